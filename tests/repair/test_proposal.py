"""SQL that brings a live database back: proved on a scratch copy, and run by a person."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema import scratch
from schema.catalog import read_catalog
from schema.compare import Difference, Differences, compare
from schema.ddl import Statement
from schema.drift import Drift, find_drift
from schema.errors import WorkbenchError
from schema.repair import Proof, Repair, propose
from schema.repair.proof import prove

if TYPE_CHECKING:
    from tests.conftest import Shop

BY_HAND = (
    "CREATE INDEX by_mail ON customer (mail)",
    "ALTER TABLE customer ADD COLUMN nick TEXT",
    "CREATE TABLE extra (id INTEGER PRIMARY KEY)",
)


def run(url: str, text: str) -> None:
    """Run a repair's file on a database, as a person would."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.executescript(text)


def content(url: str) -> bytes:
    return Path(url.removeprefix("sqlite:///")).read_bytes()


def found_and_proposed(shop: Shop, *by_hand: str) -> tuple[str, Drift, Repair]:
    url = shop.live("ccc333", *by_hand)
    drift = find_drift(shop.project, url)
    return url, drift, propose(shop.project, drift)


def test_the_file_brings_live_back_and_proposing_it_touches_nothing(shop: Shop) -> None:
    url = shop.live("ccc333", *BY_HAND)
    before = content(url)
    repair = propose(shop.project, find_drift(shop.project, url))
    assert content(url) == before
    assert repair.is_proved
    assert repair.verdict == "proved: nothing left; 5 statements, 2 destructive"
    run(url, repair.text)
    assert find_drift(shop.project, url).is_clean


def test_what_a_repair_adds_is_left_when_it_only_covers_the_rest(shop: Shop) -> None:
    url = shop.live("ccc333", *BY_HAND)
    drift = find_drift(shop.project, url)
    index = drift.differences.where(lambda item: item.kind == "index")
    repair = propose(shop.project, drift, index)
    assert repair.verdict == "proved: nothing left; 1 statement"
    run(url, repair.text)
    left = find_drift(shop.project, url).differences
    assert {(item.kind, item.name) for item in left} == {("column", "nick"), ("table", "extra")}


def test_the_file_tells_what_it_is_and_what_each_statement_repairs(shop: Shop) -> None:
    url, _, repair = found_and_proposed(shop, *BY_HAND)
    lines = repair.text.splitlines()
    assert (
        lines[0] == f"-- Brings {url} (sqlite) back to what revision ccc333 makes: 3 differences."
    )
    assert "-- Verdict on a scratch database with its schema: proved: nothing left" in lines
    assert "-- index customer.by_mail" in lines
    assert lines.count("BEGIN;") == lines.count("COMMIT;") == 1
    assert sum(line.startswith("-- DESTRUCTIVE: ") for line in lines) == 2


def test_scratch_databases_are_gone_afterwards(shop: Shop) -> None:
    found_and_proposed(shop, *BY_HAND)
    assert [each for each in scratch.find() if "repair" in each.name] == []


def test_nothing_selected_is_nothing_to_repair(shop: Shop) -> None:
    url = shop.live("ccc333")
    repair = propose(shop.project, find_drift(shop.project, url))
    assert (repair.verdict, repair.statements) == ("nothing to repair on live", ())
    assert repair.is_proved


def test_models_that_are_ahead_cannot_be_brought_back_to(shop: Shop) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(shop.project, shop.live("ccc333"))
    repair = propose(shop.project, drift, drift.models)
    assert not repair.is_proved
    [(difference, reason)] = repair.not_expressed
    assert difference.name == "paid"
    assert "adopt" in reason


def test_a_direction_that_there_is_not_is_refused(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("ccc333"))
    with pytest.raises(WorkbenchError, match="'live' or 'adopt', not 'sideways'"):
        propose(shop.project, drift, direction="sideways")


# -- the proof ------------------------------------------------------------------------------------


def proof_of(tmp_path: Path, *statements: str, selected: Callable[[Difference], bool]) -> Proof:
    """The proof of these statements as a repair of some of what differs between two files."""
    catalogs = []
    for name, ddl in (("wanted", "CREATE TABLE a (x INTEGER)"),
                      ("live", "CREATE TABLE a (x TEXT); CREATE INDEX i ON a (x)")):  # fmt: skip
        url = f"sqlite:///{tmp_path / name}.sqlite"
        run(url, ddl)
        catalogs.append(read_catalog(url))
    wanted, live = catalogs
    differences = compare(wanted, live).where(selected)
    return prove(live, wanted, differences, [Statement(each) for each in statements], server=None)


def is_index(item: Difference) -> bool:
    return item.kind == "index"


def test_what_the_statements_leave_is_named(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, "DROP INDEX i", selected=lambda _: True)
    assert proof.note == "not proved: left: column a.x"
    assert [item.name for item in proof.remaining] == ["x"]


def test_what_else_they_change_is_named_and_no_proof(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, "DROP INDEX i", "CREATE TABLE b (y)", selected=is_index)
    assert proof.note == "not proved: also changed: table b"
    assert not proof.is_proved


def test_what_else_they_repair_is_named(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, "DROP TABLE a", "CREATE TABLE a (x INTEGER)", selected=is_index)
    assert proof.note == "proved: nothing left; also repaired: column a.x"


def test_an_sql_error_is_a_verdict(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, "DROP INDEX j", selected=is_index)
    assert proof.note == "not proved: no such index: j (in: DROP INDEX j)"
    assert [item.name for item in proof.remaining] == ["i"]


def test_a_name_cannot_break_out_of_a_comment(shop: Shop) -> None:
    name = "x\nDROP TABLE customer; --\r\x85\u2028"
    url, _, repair = found_and_proposed(shop, f'CREATE TABLE "{name}" (id INTEGER)')
    assert repair.is_proved
    comments = [line for line in repair.text.split("\n") if line.startswith("-- table")]
    assert comments == ["-- table x DROP TABLE customer; --\ufffd\ufffd\ufffd"]
    run(url, repair.text)
    assert find_drift(shop.project, url).is_clean


# -- the value ------------------------------------------------------------------------------------


def made(**others: object) -> Repair:
    values = {"direction": "live", "dialect": "sqlite", "statements": (), "text": "SELECT 1;\n",
              "proof": Proof(True, Differences(), "proved: nothing left")}  # fmt: skip
    return Repair(**{**values, **others})  # type: ignore[arg-type]


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    path = made().save(tmp_path)
    assert path == tmp_path / "repair.sql"
    assert path.read_text() == "SELECT 1;\n"
    with pytest.raises(WorkbenchError, match="exists, and was left as it is"):
        made(text="DROP").save(path)
    assert path.read_text() == "SELECT 1;\n"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="There is no folder"):
        made().save(tmp_path / "missing" / "repair.sql")


def test_a_repair_is_a_table_and_json(shop: Shop) -> None:
    _, _, repair = found_and_proposed(shop, *BY_HAND)
    frame = repair.frame()
    assert list(frame.columns) == ["statement", "about", "destructive", "why"]
    assert frame["destructive"].tolist().count(True) == 2
    told = json.loads(json.dumps(repair.to_dict()))
    assert told["proved"] is True
    assert told["filename"] == "repair_ccc333.sql"
    assert [each["about"] for each in told["statements"]].count(["table extra"]) == 1
