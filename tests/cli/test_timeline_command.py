"""``schema timeline``, ``schema at`` and ``schema between``: text, JSON, SQL, exit codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schema.catalog import read_catalog
from schema.compare import compare

if TYPE_CHECKING:
    from tests.conftest import Shop

Schema = Callable[..., Any]
USER_DATA = "487f52cc5aef"


def test_each_revision_is_told_in_a_row(schema: Schema) -> None:
    shown = schema("timeline", "--dialect", "sqlite")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("14 revisions on sqlite\n")
    assert "~ column guest_requests.user_data: NOT NULL set" in shown.out


def test_the_timeline_as_json(schema: Schema) -> None:
    told = schema("timeline", "--dialect", "sqlite", "--json").json
    assert (told["dialect"], told["failed"]) == ("sqlite", [])
    (step,) = [step for step in told["steps"] if step["revision"] == USER_DATA]
    assert (step["before"], step["after"]) == (["a3c173dfd6f5"], [USER_DATA])
    assert step["tables"] == ["guest_requests"]
    assert step["differences"][0]["properties"] == {"nullable": [True, False]}


def test_a_failed_revision_is_exit_one_and_noted(schema: Schema, shop: Shop) -> None:
    shop.revision("bbb222", "aaa111", "op.execute('CREATE EXTENSION hstore')")
    config = ("-c", shop.root / "alembic.ini")
    shown = schema("timeline", *config)
    assert shown.code == 1
    assert "of which 1 could not be run" in shown.out
    assert "✗ failed" in shown.out
    at = schema("at", "ccc", *config)
    assert at.code == 0
    assert "bbb222 could not be run" in at.err
    assert schema("at", "ccc", *config, "--json").json["lacking"] == ["bbb222"]
    assert schema("between", "aaa", "bbb", *config).code == 0


def test_the_schema_at_a_revision_as_a_table(schema: Schema) -> None:
    shown = schema("at", USER_DATA[:6], "--dialect", "sqlite")
    assert shown.code == 0
    assert "8 tables" in shown.out.splitlines()[0]
    assert "column user_data" in shown.out
    assert "knobs" not in shown.out
    schema("at", "nothing").refused("nothing")


@pytest.mark.parametrize("revision", [USER_DATA, "head"])
def test_the_sql_makes_an_empty_file_be_like_it(
    schema: Schema, tmp_path: Path, revision: str
) -> None:
    path = tmp_path / "made.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(schema("at", revision, "--ddl", "--dialect", "sqlite").out)
    _is_alike(schema, revision, f"sqlite:///{path}", "sqlite")


@pytest.mark.postgresql
@pytest.mark.parametrize("revision", [USER_DATA, "head"])
def test_the_sql_makes_an_empty_database_be_like_it(
    schema: Schema, postgresql_url: str, revision: str
) -> None:
    import psycopg

    sql = schema("at", revision, "--ddl", "--dialect", "postgresql").out
    plain = postgresql_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql)
    _is_alike(schema, revision, postgresql_url, "postgresql")


def _is_alike(schema: Schema, revision: str, url: str, dialect: str) -> None:
    from schema.workbench import Project

    with Project.open() as project:
        wanted = project.at(revision, dialect=dialect)
    assert not compare(wanted, read_catalog(url))
    assert schema("between", "base", revision, "--dialect", dialect).code == 1


def test_what_lies_between_two_revisions(schema: Schema) -> None:
    shown = schema("between", "a3c173dfd6f5", USER_DATA, "--dialect", "sqlite")
    assert shown.code == 1
    assert "NOT NULL set" in shown.out
    same = schema("between", "head", "7adee582ada3", "--dialect", "sqlite", "--json")
    assert (same.code, same.json["differences"]) == (0, [])
