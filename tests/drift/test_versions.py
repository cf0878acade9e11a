"""What only the server's version writes otherwise is proved to be the same, and no drift."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.compare import compare
from schema.drift.versions import tell_noise

pytestmark = pytest.mark.postgresql


@pytest.fixture
def expected(postgresql_url: str) -> Catalog:
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0), b int)")
    engine.dispose()
    return read_catalog(postgresql_url)


def older(catalog: Catalog, expression: str) -> Catalog:
    """The same as an older server would tell it, which writes the check in its own words."""

    def written(item: SchemaObject) -> SchemaObject:
        if item.kind != "check":
            return item
        return replace(item, properties={**item.properties, "expression": expression})

    return Catalog(catalog.dialect, "12.1", map(written, catalog.values()))


def test_another_spelling_of_an_older_server_is_noise(expected: Catalog) -> None:
    live = older(expected, "( ( a > (0) ) )")
    changes = list(compare(expected, live))
    assert [list(item.properties) for item in changes] == [["expression"]]
    real, noise = tell_noise(changes, expected, live, None, lambda catalog: catalog)
    assert real == []
    assert [(item.cause, item.is_cosmetic) for item in noise] == [("noise", True)]
    assert noise[0].explanation is not None
    assert noise[0].explanation.endswith("and 12 write it")


def test_another_meaning_on_an_older_server_is_real(expected: Catalog) -> None:
    live = older(expected, "(a > 1)")
    changes = list(compare(expected, live))
    real, noise = tell_noise(changes, expected, live, None, lambda catalog: catalog)
    assert (real, noise) == (changes, [])


def test_on_one_version_another_spelling_is_taken_as_it_is(expected: Catalog) -> None:
    live = Catalog(
        "postgresql", expected.server_version, older(expected, "( ( a > (0) ) )").values()
    )
    changes = list(compare(expected, live))
    assert tell_noise(changes, expected, live, None, lambda catalog: catalog) == (changes, [])
