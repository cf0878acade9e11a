"""Commands that only read: history, current, compare, drift."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Schema = Callable[..., Any]

DIFFERENCE = {"kind", "schema_name", "table", "name", "change", "properties", "cause"}


def changed(path: Path, statement: str) -> Path:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()
    return path


@pytest.fixture
def broken(root: Path, tmp_path: Path) -> Path:
    """A project one of whose revision files has a syntax error."""
    folder = shutil.copytree(root / "tests" / "projects" / "generic", tmp_path / "broken")
    (folder / "migrations" / "versions" / "c3_typo.py").write_text("revision = 'c3'\ndef upgrade(:")
    return folder


# -- history and current ----------------------------------------------------------------------


def test_history_as_json(schema: Schema, sample: Path) -> None:
    found = schema("history", "--json", "--url", sample)
    assert found.code == 0
    assert set(found.json) == {"heads", "bases", "current", "revisions", "problems"}
    assert found.json["heads"] == ["7adee582ada3"]
    assert found.json["current"] == ["e454a81bd5a2"]
    standing = [revision["standing"] for revision in found.json["revisions"]]
    assert standing == ["pending"] * 5 + ["current"] + ["applied"] * 8


def test_history_without_a_database_tells_no_standing(schema: Schema) -> None:
    found = schema("history", "--json").json
    assert found["current"] is None
    assert "standing" not in found["revisions"][0]


def test_history_as_text(schema: Schema, sample: Path) -> None:
    shown = schema("history", "--url", sample)
    assert shown.code == 0
    assert "7adee582ada3" in shown.out
    assert "Adds guest_tags table" in shown.out


def test_history_as_mermaid(schema: Schema) -> None:
    assert "7adee582ada3" in schema("history", "--mermaid").out


def test_history_shows_the_rest_of_a_broken_one(schema: Schema, broken: Path) -> None:
    shown = schema("history", "-c", broken, "--json")
    assert shown.code == 2
    assert [revision["revision"] for revision in shown.json["revisions"]] == ["b2", "a1"]
    assert "c3_typo.py" in shown.err
    assert "Traceback" not in shown.err


def test_current(schema: Schema, sample: Path) -> None:
    found = schema("current", "--json", "--url", sample)
    assert found.code == 0
    assert [item["revision"] for item in found.json["current"]] == ["e454a81bd5a2"]
    assert found.json["heads"] == ["7adee582ada3"]
    assert len(found.json["pending"]) == 5
    shown = schema("current", "--url", sample).out
    assert "create post_install_script column" in shown
    assert "Pending (5), in order:" in shown


# -- compare ----------------------------------------------------------------------------------


def test_compare_of_equal_databases_finds_nothing(schema: Schema, sample: Path) -> None:
    found = schema("compare", sample, f"sqlite:///{sample}", "--json")
    assert found.code == 0
    assert found.json["differences"] == []


def test_compare_tells_the_expected_side_first(
    schema: Schema, sample: Path, production: Path
) -> None:
    changed(production, "ALTER TABLE users ADD COLUMN mail VARCHAR(80)")
    found = schema("compare", sample, production, "--json")
    assert found.code == 1
    [difference] = found.json["differences"]
    assert set(difference) == DIFFERENCE
    assert (difference["table"], difference["name"]) == ("users", "mail")
    assert difference["change"] == "added"
    assert difference["properties"]["type"] == [None, "VARCHAR(80)"]
    assert schema("compare", production, sample, "--json").json["differences"][0]["change"] == (
        "removed"
    )


def test_compare_as_text(schema: Schema, sample: Path, production: Path) -> None:
    changed(production, "ALTER TABLE users ADD COLUMN mail VARCHAR(80)")
    shown = schema("compare", sample, production)
    assert shown.code == 1
    assert "mail" in shown.out


def test_compare_tells_a_rename_with_its_evidence(
    schema: Schema, sample: Path, production: Path
) -> None:
    changed(production, "ALTER TABLE guest_requests RENAME COLUMN address TO street")
    [difference] = schema("compare", sample, production, "--json").json["differences"]
    assert (difference["change"], difference["renamed_from"]) == ("renamed", "address")
    assert "same type" in difference["evidence"]
    assert 0.5 < difference["confidence"] < 1
    shown = schema("compare", sample, production).out
    assert "from address" in shown
    assert shown.count("same type") == 1


def test_compare_leaves_out_what_is_cosmetic_unless_asked(schema: Schema, tmp_path: Path) -> None:
    left = changed(tmp_path / "a.sqlite", "CREATE TABLE t (a TEXT, b TEXT, UNIQUE (a))")
    right = changed(
        tmp_path / "b.sqlite", "CREATE TABLE t (b TEXT, a TEXT, CONSTRAINT uq_a UNIQUE (a))"
    )
    shown = schema("compare", left, right)
    assert (shown.code, shown.out) == (0, "No differences.\n")
    assert "2 cosmetic differences left out: --cosmetic" in shown.err
    every = schema("compare", left, right, "--cosmetic", "--json")
    assert every.code == 0
    assert [item["is_cosmetic"] for item in every.json["differences"]] == [True, True]


@pytest.mark.postgresql
def test_compare_asks_what_the_server_knows_of_the_data(
    schema: Schema, postgresql_server: str
) -> None:
    import sqlalchemy as sa

    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    urls = []
    for name, columns in (("left_one", "id, a"), ("right_one", "id, u, v")):
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        url = sa.make_url(postgresql_server).set(database=name)
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            # u holds other data than a, v the same.
            values = "n, n::text" if name == "left_one" else "n, 'x', n::text"
            connection.exec_driver_sql(
                f"CREATE TABLE t ({columns}) AS SELECT {values} FROM generate_series(1, 500) n"
            )
            connection.exec_driver_sql("ANALYZE t")
        urls.append(url.render_as_string(hide_password=False))
    found = schema("compare", *urls, "--json").json["differences"]
    for name in ("left_one", "right_one"):
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
    assert {(item["name"], item["change"]) for item in found} == {("u", "added"), ("v", "renamed")}


@pytest.mark.postgresql
def test_compare_refuses_two_kinds(schema: Schema, sample: Path, postgresql_url: str) -> None:
    schema("compare", sample, postgresql_url).refused("sqlite", "postgresql")


# -- drift ------------------------------------------------------------------------------------


def test_drift_of_the_sample(schema: Schema, production: Path, digest: Callable[..., str]) -> None:
    before = digest(production)
    found = schema("drift", "--url", production, "--json")
    assert found.code == 1
    assert len(found.json["differences"]) == 8
    assert {item["cause"] for item in found.json["differences"]} == {"outside-migrations"}
    assert all(set(item) >= DIFFERENCE for item in found.json["differences"])
    assert len(found.json["pending_revisions"]) == 5
    assert digest(production) == before


def test_drift_as_text(schema: Schema, sample: Path) -> None:
    shown = schema("drift", "--url", sample)
    assert shown.code == 1
    assert "8 changes outside migrations" in shown.out
    assert "fingerprint" in shown.out


def test_no_drift_is_exit_zero(schema: Schema, root: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'live.sqlite'}"
    upgrade = [sys.executable, "-m", "alembic", "-x", f"url={url}", "upgrade", "head"]
    subprocess.run(upgrade, cwd=root, check=True, capture_output=True)
    found = schema("drift", "--url", url, "--json")
    assert (found.code, found.json["differences"]) == (0, []), found
    assert schema("drift", "--url", url).code == 0


def test_drift_that_was_not_looked_for_is_not_exit_zero(
    schema: Schema, root: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(root / "tests" / "projects" / "generic", tmp_path / "failing")
    config, path = folder / "alembic.ini", folder / "live.db"
    upgrade = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(upgrade, cwd=folder, check=True, capture_output=True)
    revision = folder / "migrations" / "versions" / "a1_people.py"
    fails = "def upgrade():\n    raise RuntimeError\n"
    revision.write_text(revision.read_text().replace("def upgrade():\n", fails))
    found = schema("drift", "--url", path, "-c", config)
    assert found.code == 2, found
    assert "! No drift found, but not all compared" in found.out


@pytest.mark.parametrize("name", ["what?.sqlite", "50%20.sqlite", "it's <i>😀.sqlite"])
def test_a_path_may_hold_what_means_something_in_a_url(
    schema: Schema, sample: Path, tmp_path: Path, name: str
) -> None:
    path = shutil.copy(sample, tmp_path / name)
    assert schema("current", "--url", path, "--json").code == 0


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["current", "drift", "rehearse"])
class TestRefused:
    def test_no_config(
        self,
        schema: Schema,
        command: str,
        sample: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        schema(command, "--url", sample).refused("alembic.ini")

    def test_missing_config(self, schema: Schema, command: str, sample: Path) -> None:
        schema(command, "--url", sample, "-c", "no/such.ini").refused("no/such.ini")

    def test_config_without_script_location(
        self, schema: Schema, command: str, sample: Path, tmp_path: Path
    ) -> None:
        config = tmp_path / "alembic.ini"
        config.write_text("[alembic]\n")
        schema(command, "--url", sample, "-c", config).refused("script_location")

    def test_missing_interpreter(self, schema: Schema, command: str, sample: Path) -> None:
        schema(command, "--url", sample, "--python", "/no/python").refused("/no/python")

    def test_missing_file(self, schema: Schema, command: str, tmp_path: Path) -> None:
        path = tmp_path / "missing.sqlite"
        schema(command, "--url", f"sqlite:///{path}").refused(str(path))
        assert not path.exists()

    def test_path_that_is_no_file(self, schema: Schema, command: str) -> None:
        schema(command, "--url", "missing.sqlite").refused("no file 'missing.sqlite'")

    def test_file_that_is_no_database(self, schema: Schema, command: str, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("Nothing that SQLite would know. " * 100)
        schema(command, "--url", path).refused("notes.txt")

    def test_unknown_stamp(self, schema: Schema, command: str, production: Path) -> None:
        changed(production, "UPDATE alembic_version SET version_num = 'feedfacecafe'")
        schema(command, "--url", production).refused("feedfacecafe")

    def test_unknown_kind_of_database(self, schema: Schema, command: str) -> None:
        schema(command, "--url", "oracle://me:secret@host/x").refused("oracle")

    def test_closed_port(self, schema: Schema, command: str) -> None:
        ran = schema(command, "--url", "postgresql://me:secret@127.0.0.1:9/x")
        ran.refused("127.0.0.1")
        assert "secret" not in ran.err

    def test_typo_hides_the_password(self, schema: Schema, command: str) -> None:
        ran = schema(command, "--url", "postgresql:/me:secret@host/x")
        ran.refused("URL")
        assert "secret" not in ran.err


@pytest.mark.parametrize("command", ["current", "drift"])
class TestRefusedWithoutAStamp:
    """A rehearsal begins at base there: see test_rehearse.py."""

    def test_empty_database(
        self, schema: Schema, command: str, empty: Path, digest: Callable[..., str]
    ) -> None:
        before = digest(empty)
        schema(command, "--url", empty).refused("empty.sqlite")
        assert digest(empty) == before

    def test_unstamped_database(self, schema: Schema, command: str, production: Path) -> None:
        changed(production, "DROP TABLE alembic_version")
        schema(command, "--url", production).refused("stamp")


def test_a_rehearsal_of_tables_without_a_stamp_says_what_finds_their_revision(
    schema: Schema, production: Path, digest: Callable[..., str]
) -> None:
    changed(production, "DROP TABLE alembic_version")
    before = digest(production)
    ran = schema("rehearse", "--url", production)
    assert ran.code == 1
    assert "already exists" in ran.out
    assert "schema diagnose finds the revision" in ran.err
    assert digest(production) == before
