"""Copies that hold a part of the rows: a whole copy from which rows are deleted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema import scratch as scratches
from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.database import open_read_only
from schema.scratch import ScratchDatabase
from schema.scratch.model import Cancelled, Progress

__all__ = ["sample"]

_PARTS = 1_000_000


def sample(
    source: URL,
    fraction: float,
    seed: int,
    stamps: str,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A copy with this part of the rows of every table that no other refers to; those stay whole.

    So no reference leads nowhere. ``stamps`` is the table of Alembic's stamps, which stays whole
    too. The same seed keeps the same rows of the same source.
    """
    copied = scratches.copy(source, progress=progress, cancelled=cancelled)
    if fraction < 1:
        try:
            _thin(copied, fraction, seed, stamps)
        except BaseException:
            copied.drop()
            raise
    return copied


def _thin(copied: ScratchDatabase, fraction: float, seed: int, stamps: str) -> None:
    with open_read_only(copied.url) as reading:
        tables = _unreferenced(read_catalog(reading), stamps)
    engine = sa.create_engine(copied.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for table in tables:
                connection.exec_driver_sql(_deletion(connection, table, fraction, seed))
            connection.exec_driver_sql("VACUUM" if copied.kind == "sqlite" else "VACUUM (FULL)")
    finally:
        engine.dispose()


def _unreferenced(catalog: Catalog, stamps: str) -> list[SchemaObject]:
    referred = {each.properties.get("target") for each in catalog.of_kind("foreign key")}
    return [
        table
        for table in catalog.of_kind("table")
        if table.name not in {*referred, stamps, "_schema_scratch"}
    ]


def _deletion(connection: Connection, table: SchemaObject, fraction: float, seed: int) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    parts = [part for part in (table.schema_name, table.name) if part is not None]
    name = ".".join(map(quote, parts))
    kept = round(fraction * _PARTS)
    if connection.dialect.name == "sqlite":
        number = f"(rowid * 7919 + {seed}) * 104729 %% {_PARTS}".replace("%%", "%")
    else:
        number = f"mod(abs(hashtext(CAST(ctid AS text) || '{seed}')), {_PARTS})"
    return f"DELETE FROM {name} WHERE {number} >= {kept}"  # noqa: S608 -- quoted
