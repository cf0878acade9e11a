"""Rows are counted where their table has any name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema.database import open_read_only
from schema.tables.figures import read_figures
from tests.tables.conftest import run

KINDS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgresql),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "column"), [("a%%b", "c%%d"), ("100%s", "a %(b)s")])
def test_percent_signs_of_names_are_kept(
    request: pytest.FixtureRequest, kind: str, name: str, column: str
) -> None:
    url = sa.make_url(request.getfixturevalue(f"{kind}_url"))
    mark = "`" if kind == "mariadb" else '"'
    table = f"{mark}{name}{mark}"
    run(url, f"CREATE TABLE {table} ({mark}{column}{mark} integer)")
    run(url, f"INSERT INTO {table} VALUES (7), (7), (8), (NULL)")
    with open_read_only(url) as connection:
        found = read_figures(connection, None, name, [column], count=True)
    assert [note for note in found.notes if "counted" in note] == []
    assert (found.rows, found.rows_from) == (4, "counted")
    assert (found.columns[column].null_share, found.columns[column].distinct) == (0.25, 2)
