"""Where a live database stands: its catalog, its version table, and others that look like one."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import URL

from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.database import dialect_of, open_read_only, show_url
from schema.project import Project

__all__ = ["Standing", "read_standing"]

#: What a version table looks like: Alembic's has this one column, and no other.
_COLUMN = "version_num"


@dataclass(frozen=True)
class Standing:
    """A live database as it was read: all of its catalog, and the rows of its version table.

    ``rows`` is None where there is no such table; ``others`` are tables that look like one, with
    what stands in them. ``strange`` are the columns of a table that only has the name of one.
    """

    url: URL
    catalog: Catalog = field(repr=False)
    table: str
    schema_name: str | None
    rows: tuple[str | None, ...] | None
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()
    strange: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The URL, without a password."""
        return show_url(self.url)

    @property
    def dialect(self) -> str:
        """The kind of database."""
        return dialect_of(self.url)

    @property
    def server(self) -> URL | None:
        """Where scratch databases of its kind are made; None where that needs no server."""
        return None if self.dialect == "sqlite" else self.url

    @property
    def own(self) -> Catalog:
        """The catalog without the version table."""
        return self.catalog.without_table(self.table, self.schema_name)

    @property
    def named(self) -> str:
        """The version table, as one says it."""
        return f"{self.schema_name}.{self.table}" if self.schema_name else self.table

    @property
    def stamp(self) -> tuple[str, ...]:
        """The revisions that it is stamped with, sorted."""
        return tuple(sorted({row for row in self.rows or () if row}))

    def tables(self) -> list[SchemaObject]:
        """All but version tables."""
        aside = {self.named, *(name for name, _ in self.others)}
        tables = self.catalog.of_kind("table")
        return [
            item for item in tables if not {item.name, _label(item.schema_name, item.name)} & aside
        ]


def read_standing(project: Project, url: URL) -> Standing:
    """What a live database holds; it is only read. Raises DatabaseError, and ProjectCodeError."""
    settings = project.settings(with_url=False)
    table, schema_name = settings.version_table, settings.version_table_schema
    with open_read_only(url) as connection:
        catalog = read_catalog(connection)
        default = {None, sa.inspect(connection).default_schema_name}
        wanted = default if schema_name is None else {schema_name}
        rows: tuple[str | None, ...] | None = None
        others: list[tuple[str, tuple[str, ...]]] = []
        widths = Counter((item.schema_name, item.table) for item in catalog.of_kind("column"))
        for item in catalog.of_kind("column"):
            if item.name != _COLUMN or item.table is None:
                continue
            if item.table == table and item.schema_name in wanted:
                rows = _rows(connection, item.table, item.schema_name)
                continue
            if widths[item.schema_name, item.table] > 1:
                continue  # a column of an application's own table
            # Of another table it is no matter whether it may be read.
            with suppress(sa.exc.DBAPIError), connection.begin_nested():
                found = _rows(connection, item.table, item.schema_name)
                told = tuple(sorted({value for value in found if value}))
                others.append((_label(item.schema_name, item.table), told))
    named = [item for item in catalog.of_kind("column")
             if item.table == table and item.schema_name in wanted]  # fmt: skip
    strange = () if rows is not None else tuple(item.name for item in named)
    return Standing(url, catalog, table, schema_name, rows, tuple(others), strange)


def _rows(connection: sa.Connection, table: str, schema_name: str | None) -> tuple[str | None, ...]:
    column = sa.Column(_COLUMN, sa.String)
    versions = sa.Table(table, sa.MetaData(), column, schema=schema_name)
    found = connection.scalars(sa.select(versions.c[_COLUMN]).limit(100))
    return tuple(None if value is None else str(value) for value in found)


def _label(schema_name: str | None, name: str) -> str:
    return f"{schema_name}.{name}" if schema_name else name
