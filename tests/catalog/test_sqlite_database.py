"""A SQLite file's own settings: as they come, and as somebody changed them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.drift import find_drift

if TYPE_CHECKING:
    from tests.conftest import Shop

DEFAULTS = {"user_version": 0, "application_id": 0, "encoding": "UTF-8", "auto_vacuum": 0}


def made(path: Path, sql: str) -> Catalog:
    """The catalog of a file made by these statements."""
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()
    return read_catalog(f"sqlite:///{path}")


def settings(catalog: Catalog) -> dict[str, object]:
    [database] = catalog.of_kind("database")
    assert database.identity == ("database", None, None, "main")
    return dict(database.properties)


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    assert settings(made(tmp_path / "a", "VACUUM")) == DEFAULTS


def test_an_empty_scratch_database_has_the_defaults() -> None:
    with scratch.create("sqlite") as empty:
        assert settings(read_catalog(empty.url)) == DEFAULTS


@pytest.mark.parametrize(
    ("statement", "name", "value"),
    [
        ("PRAGMA user_version = 7", "user_version", 7),
        ("PRAGMA user_version = -1", "user_version", -1),
        ("PRAGMA application_id = 252006674", "application_id", 252006674),
        ("PRAGMA encoding = 'UTF-16le'", "encoding", "UTF-16le"),
        ("PRAGMA auto_vacuum = FULL", "auto_vacuum", 1),
        ("PRAGMA auto_vacuum = INCREMENTAL", "auto_vacuum", 2),
    ],
)
def test_each_setting_is_one_difference(
    tmp_path: Path, statement: str, name: str, value: object
) -> None:
    table = "; CREATE TABLE t (a)"
    left, right = made(tmp_path / "a", table), made(tmp_path / "b", statement + table)
    [difference] = compare(left, right)
    assert (difference.kind, difference.name, difference.change) == ("database", "main", "changed")
    assert dict(difference.properties) == {name: (DEFAULTS[name], value)}


def test_a_version_set_by_hand_is_one_change_outside_the_migrations(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("ccc333", "PRAGMA user_version = 3"))
    [difference] = drift.differences
    assert difference.kind == "database"
    assert difference.cause == "outside-migrations"
    assert dict(difference.properties) == {"user_version": (0, 3)}
    assert list(drift.models) == []


def test_a_version_that_a_revision_set_is_no_drift(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", up="op.execute('PRAGMA user_version = 3')")
    drift = find_drift(shop.project, shop.live("ddd444", "PRAGMA user_version = 3"))
    assert list(drift.differences) == list(drift.models) == []


def test_journal_mode_and_page_size_are_no_difference(tmp_path: Path) -> None:
    table = "; CREATE TABLE t (a)"
    left = made(tmp_path / "a", "PRAGMA journal_mode = WAL; PRAGMA page_size = 8192" + table)
    assert list(compare(left, made(tmp_path / "b", table))) == []


def test_the_settings_of_an_in_memory_database_can_be_read() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        assert settings(read_catalog(connection)) == DEFAULTS
    engine.dispose()
