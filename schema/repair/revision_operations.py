"""Alembic's own operations that lead from one scratch database to another, as autogenerate finds
them; and the trial of them.

Both databases are of one server and hold what ``schema.ddl`` made of two catalogs, so everything
that autogenerate compares is compared like with like, and the types are SQLAlchemy's own.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

from schema.catalog import Identity
from schema.compare import Difference
from schema.scratch import ScratchDatabase

__all__ = [
    "Block",
    "TableName",
    "blocks",
    "connected",
    "default_schema",
    "escaped",
    "reflected",
    "renames",
    "run_blocks",
    "table_of",
]

#: Schema and name of a table; None where it is in the default schema.
TableName = tuple[str | None, str]

#: Operations that a plain ``op.`` does on SQLite too.
_PLAIN = (ops.CreateIndexOp, ops.DropIndexOp)


@dataclass(frozen=True)
class Block:
    """Operations that belong together: one statement, or those on one table.

    ``table`` is None for what is no change of a table. ``naming_convention`` gives names to foreign
    keys that have none, so that Alembic's batch mode can drop one.
    """

    operations: tuple[ops.MigrateOperation, ...]
    table: TableName | None = None
    in_batch: bool = False
    naming_convention: dict[str, str] = field(default_factory=dict)


def default_schema(name: str | None) -> str | None:
    """The schema as SQLAlchemy says it: None for PostgreSQL's ``public``."""
    return None if name == "public" else name


def table_of(item: Difference | Identity) -> TableName | None:
    """The table that an object is, or belongs to."""
    name = item.name if item.kind == "table" else item.table
    return None if name is None else (default_schema(item.schema_name), name)


def reflected(connection: Connection, tables: Collection[TableName]) -> sa.MetaData:
    """These tables as SQLAlchemy reads them; those that are not there are left out."""
    found = sa.MetaData()
    inspector = sa.inspect(connection)
    with _quiet():
        for schema in {schema for schema, _ in tables}:
            there = set(inspector.get_table_names(schema))
            names = [name for place, name in tables if place == schema and name in there]
            found.reflect(connection, schema=schema, only=names)
    for table in found.tables.values():
        for column in table.columns:
            _make_no_type(column.type)
            # Reflection says it of every column; it means something for a primary key alone.
            if not column.primary_key:
                column.autoincrement = "auto"
    return found


def _make_no_type(found: Any) -> None:  # noqa: ANN401 -- any of SQLAlchemy's types
    """Types are made by statements of their own: a table must not make them along."""
    kinds: list[Any] = [found, getattr(found, "item_type", None)]
    for each in kinds:
        if hasattr(each, "create_type"):
            each.create_type = False


def renames(differences: Iterable[Difference]) -> list[Block]:
    """Tables and columns that get another name; the difference's left is what they shall be."""
    found = [item for item in differences if item.change == "renamed" and item.renamed_from]
    tables = {item.name: item.renamed_from for item in found if item.kind == "table"}
    made: list[Block] = []
    for item in found:
        schema, new = default_schema(item.schema_name), str(item.renamed_from)
        if item.kind == "table":
            made.append(Block((ops.RenameTableOp(item.name, new, schema=schema),)))
        elif item.kind == "column":
            table = tables.get(item.table or "") or item.table or ""
            rename = ops.AlterColumnOp(table, item.name, schema=schema, modify_name=new)
            made.append(Block((rename,), (schema, table)))
    return sorted(made, key=lambda block: block.table is not None)


def blocks(
    connection: Connection,
    wanted: sa.MetaData,
    tables: Collection[TableName],
    differences: Sequence[Difference],
    *,
    as_batch: bool,
) -> list[Block]:
    """What leads from the database behind ``connection`` to ``wanted``, for these tables only.

    An operation on a column in which ``differences`` (of the two catalogs) see nothing is dropped.
    """
    context = _context(connection, tables)
    with _quiet():
        script = produce_migrations(context, wanted)
    upgrade = script.upgrade_ops
    checks = _checks(differences)
    known = {(table_of(item), item.name) for item in differences if item.kind == "column"}
    found: list[Block] = []
    for item in upgrade.ops if upgrade else ():
        if isinstance(item, ops.ModifyTableOps):
            more = checks.pop((item.schema, item.table_name), [])
            found += _parted(item, more, known, as_batch)
        else:
            found.append(Block((_plain(item),), _name_of(item)))
    for (schema, name), more in checks.items():
        found += _parted(ops.ModifyTableOps(name, [], schema=schema), more, known, as_batch)
    return found


def _checks(differences: Sequence[Difference]) -> dict[TableName, list[ops.MigrateOperation]]:
    """Named checks, which autogenerate leaves alone; the old form of one goes first."""
    found: dict[TableName, list[ops.MigrateOperation]] = {}
    for item in differences:
        table = table_of(item)
        if item.kind != "check" or table is None or item.name.startswith("check ("):
            continue
        wanted, there = item.properties.get("expression", (None, None))
        drop, create = (_check(item.name, table, text) for text in (there, wanted))
        found.setdefault(table, []).extend(
            ([drop.reverse()] if there else []) + ([create] if wanted else [])
        )
    return found


def _check(name: str, table: TableName, expression: object) -> ops.CreateCheckConstraintOp:
    text = sa.text(escaped(str(expression)))
    return ops.CreateCheckConstraintOp(name, table[1], text, schema=table[0])


def escaped(sql: str) -> str:
    """SQL for ``sa.text``, whose colons are no parameters."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\:", sql)


def _context(connection: Connection, tables: Collection[TableName]) -> MigrationContext:
    schemas = {schema for schema, _ in tables}

    def include_name(name: str | None, kind: str, parents: Any) -> bool:  # noqa: ANN401
        if kind == "schema":
            return name in schemas
        return kind != "table" or (parents["schema_name"], name) in tables

    def include_object(item: Any, name: str | None, kind: str, *_: object) -> bool:  # noqa: ANN401
        return kind != "table" or (item.schema, name) in tables

    return MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_schemas": schemas != {None},
            "include_name": include_name,
            "include_object": include_object,
        },
    )


def _name_of(item: ops.MigrateOperation) -> TableName | None:
    name = getattr(item, "table_name", None)
    return None if name is None else (getattr(item, "schema", None), name)


def _parted(
    item: ops.ModifyTableOps,
    more: Sequence[ops.MigrateOperation],
    known: Collection[tuple[TableName | None, str]],
    as_batch: bool,
) -> Iterator[Block]:
    """One table's operations; indexes stand apart, as they need no batch."""
    table = (item.schema, item.table_name)
    wanted = [each for each in (*item.ops, *more) if _is_meant(each, table, known)]
    middle = [each for each in wanted if not isinstance(each, _PLAIN)]
    for each in wanted:
        if isinstance(each, ops.DropIndexOp):
            yield Block((each,), table)
    if middle and as_batch:
        yield Block(tuple(middle), table, True, _name_foreign_keys(middle))
    else:
        yield from (Block((each,), table) for each in middle)
    for each in wanted:
        if isinstance(each, ops.CreateIndexOp):
            yield Block((_plain(each),), table)


def _plain(item: ops.MigrateOperation) -> ops.MigrateOperation:
    """Without the options of an index that are empty."""
    if isinstance(item, ops.CreateIndexOp):
        item.kw = {name: value for name, value in item.kw.items() if value not in ([], None)}
    return item


def _is_meant(
    item: ops.MigrateOperation,
    table: TableName,
    known: Collection[tuple[TableName | None, str]],
) -> bool:
    return not isinstance(item, ops.AlterColumnOp) or (table, item.column_name) in known


def _name_foreign_keys(found: Sequence[ops.MigrateOperation]) -> dict[str, str]:
    """Give nameless foreign keys that are to be dropped the name that a convention gives them.

    See "Dropping Unnamed or Named Foreign Keys" in Alembic's documentation of batch mode.
    """
    convention = {}
    for item in found:
        if not isinstance(item, ops.DropConstraintOp) or item.constraint_name is not None:
            continue
        if item.constraint_type == "foreignkey":
            columns = [column.name for column in item.to_constraint().columns]  # type: ignore[attr-defined]
            item.constraint_name = "_".join(["fk", *map(str, columns)])
            convention = {"fk": "fk_%(column_0_N_name)s"}
    return convention


def run_blocks(connection: Connection, found: Sequence[Block]) -> None:
    """Run the operations, as the rendered file will. Raises what Alembic and the driver raise."""
    operations = Operations(MigrationContext.configure(connection))
    with _quiet():
        for block in found:
            _run(operations, block)


def _run(operations: Operations, block: Block) -> None:
    if not block.in_batch or block.table is None:
        for item in block.operations:
            operations.invoke(_as_written(item))
        return
    schema, name = block.table
    options: dict[str, Any] = {}
    if block.naming_convention:
        options["naming_convention"] = block.naming_convention
    with operations.batch_alter_table(name, schema=schema, **options) as batch:
        for item in block.operations:
            batch.invoke(_as_written(item))


def _as_written(item: ops.MigrateOperation) -> ops.MigrateOperation:
    """A default is found as a clause, written as an expression, and taken only as that."""
    default = getattr(item, "modify_server_default", None)
    if not isinstance(default, sa.DefaultClause):
        return item
    written = copy(item)
    written.modify_server_default = default.arg  # type: ignore[attr-defined]
    return written


@contextmanager
def connected(scratch: ScratchDatabase) -> Iterator[Connection]:
    """One transaction on a scratch database."""
    engine = sa.create_engine(scratch.url, poolclass=sa.NullPool)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _quiet() -> Iterator[None]:
    """What reflection cannot read shows when catalogs are compared; it needs no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
