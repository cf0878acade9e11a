"""``schema repair``: the file on standard output or on disk, the verdict beside it."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

Schema = Callable[..., Any]


def test_the_file_is_printed_and_the_verdict_told_beside_it(
    schema: Schema, sample: Path, digest: Callable[[Path], str]
) -> None:
    before = digest(sample)
    ran = schema("repair", "--url", sample)
    assert ran.code == 0
    assert ran.out.startswith("-- Brings sqlite:///")
    assert "DROP INDEX ix_guest_events_guestname;" in ran.out
    assert ran.err.startswith("schema: proved: nothing left; ")
    assert digest(sample) == before


def test_the_printed_file_repairs_the_database(schema: Schema, production: Path) -> None:
    ran = schema("repair", "--url", production, "--object", "index *", "--object", "table *")
    assert ran.code == 0
    with closing(sqlite3.connect(production)) as connection:
        connection.executescript(ran.out)
    left = schema("drift", "--url", production, "--json").json["differences"]
    assert {item["kind"] for item in left} == {"column", "foreign key", "trigger"}


def test_one_object_is_repaired_alone(schema: Schema, sample: Path) -> None:
    ran = schema("repair", "--url", sample, "--object", "users.role")
    assert ran.code == 0
    assert "-- column users.role" in ran.out
    assert "pool_outages" not in ran.out


def test_an_object_that_does_not_differ_is_trouble(schema: Schema, sample: Path) -> None:
    schema("repair", "--url", sample, "--object", "users.nothing").refused(
        "No difference is called 'users.nothing'", "index guest_events.ix_guest_events_guestname"
    )


def test_a_file_is_written_once_and_never_overwritten(
    schema: Schema, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "repair.sql"
    ran = schema("repair", "--url", sample, "--object", "index *", "--output", path)
    assert (ran.code, ran.out) == (0, "")
    assert f"written: {path}" in ran.err
    path.write_text("mine")
    ran = schema("repair", "--url", sample, "--object", "index *", "--output", path)
    ran.refused("exists, and was left as it is")
    assert path.read_text() == "mine"


def test_a_revision_adopts_the_drift(schema: Schema, sample: Path) -> None:
    ran = schema("repair", "--url", sample, "--object", "index *", "--adopt")
    assert ran.code == 0
    ast.parse(ran.out)
    assert "op.create_index(" in ran.out
    assert ran.err.startswith("schema: proved")


def test_json_has_the_statements_and_the_proof(schema: Schema, sample: Path) -> None:
    told = schema("repair", "--url", sample, "--object", "table *", "--json").json
    assert told["proved"] is True
    assert told["direction"] == "live"
    [statement] = [each for each in told["statements"] if each["about"] == ["table pool_outages"]]
    assert statement["destructive"] is True
    assert statement["why"]
    assert told["text"].startswith("-- Brings")
