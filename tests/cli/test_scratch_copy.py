"""``schema scratch copy``: copies of a database, and of a choice of its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from schema.cli.choices import copy_options
from schema.scratch import Choice

from .conftest import Ran

Schema = Callable[..., Ran]

pytestmark = pytest.mark.usefixtures("cache")


def rows(path: str, table: str) -> int:
    with closing(sqlite3.connect(path.removeprefix("sqlite:///"))) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_copy_is_made_listed_and_the_original_stays(
    schema: Schema, production: Path, digest: Callable[[Path], str]
) -> None:
    before = digest(production)
    made = schema("scratch", "copy", "--url", production, "--name", "mine", "--json").json
    assert made["name"] == "mine"
    assert made["choice"]["rows"] == "all"
    assert rows(made["url"], "metrics") == rows(str(production), "metrics") > 0
    [listed] = schema("scratch", "list", "--json").json["scratch"]
    assert listed == {key: value for key, value in made.items() if key != "choice"}
    assert "mine" in schema("scratch", "copy", "--url", production, "--name", "mine").err
    assert digest(production) == before


def test_a_choice_of_rows_is_copied(schema: Schema, production: Path) -> None:
    made = schema("scratch", "copy", "--url", production, "--schema-only", "--json").json
    assert rows(made["url"], "metrics") == 0
    assert rows(made["url"], "alembic_version") == 1
    some = schema("scratch", "copy", "--url", production, "--first", 3, "--json").json
    assert rows(some["url"], "metrics") == 3
    shown = schema("scratch", "copy", "--url", production, "--sample", "50%")
    assert shown.code == 0
    assert f"copy of sqlite:///{production}" in shown.out


def test_masks_are_applied_and_made_up_rows_are_there(schema: Schema, production: Path) -> None:
    options = ["--synthetic", 7, "--mask", "metrics.count=null", "--json"]
    made = schema("scratch", "copy", "--url", production, *options).json
    assert rows(made["url"], "metrics") == 7
    assert rows(made["url"], "metrics WHERE count IS NOT NULL") == 0
    assert made["choice"]["masks"] == ["metrics.count=null"]
    schema("scratch", "copy", "--url", production, "--mask", "nonsense").refused("no mask")


def test_an_estimate_copies_nothing(schema: Schema, production: Path) -> None:
    told = schema("scratch", "copy", "--url", production, "--estimate", "--json")
    assert told.code == 0
    assert told.json["problem"] is None
    assert told.json["bytes"] == production.stat().st_size
    assert told.json["free"] > told.json["bytes"]
    assert "all rows" in schema("scratch", "copy", "--url", production, "--estimate").out
    assert schema("scratch", "list", "--json").json == {"scratch": []}


def test_a_disk_that_is_too_full_is_told_before_anything_is_copied(
    schema: Schema, production: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.scratch.sqlite_estimate.free_bytes", lambda _: 1_000_000)
    told = schema("scratch", "copy", "--url", production, "--estimate", "--json")
    assert told.code == 1
    assert "1.00 MB free" in told.json["problem"]
    schema("scratch", "copy", "--url", production).refused("1.00 MB free", "Choose fewer rows")
    assert schema("scratch", "list", "--json").json == {"scratch": []}


@pytest.mark.parametrize(
    ("options", "choice"),
    [
        ([], Choice()),
        (["--schema-only"], Choice.schema_only()),
        (["--first", "9"], Choice.first(9)),
        (["--sample", "0.25", "--seed", "7"], Choice.sample(0.25, seed=7)),
        (["--sample", "5%"], Choice.sample(0.05)),
        (["--sample", "200"], Choice.sample(200)),
        (["--synthetic", "4"], Choice.synthetic(4)),
        (["--mask", "*.a=hash", "--keep-table", "v"], Choice().keeping("v").masked(["*.a=hash"])),
    ],
)  # fmt: skip
def test_options_say_what_is_chosen(options: list[str], choice: Choice) -> None:
    import click

    found: list[Choice] = []

    @click.command()
    @copy_options
    def command(choice: Choice) -> None:
        found.append(choice)

    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    assert found == [choice]


def test_options_that_contradict_or_make_no_sense_are_refused(
    schema: Schema, production: Path
) -> None:
    def refused(*options: object) -> str:
        ran = schema("scratch", "copy", "--url", production, *options)
        assert ran.code == 2
        return ran.err

    assert "exclude each other" in refused("--schema-only", "--first", 3)
    assert "not 'some'" in refused("--sample", "some")
    assert "at most 1, not 1.5" in refused("--sample", "1.5")
    assert "--first" in refused("--first", 0)
    assert "postgresql" in refused("--url", "oracle://x/y")
