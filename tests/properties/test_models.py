"""Random SQLAlchemy models: made twice, or by the migration that Alembic writes, they are equal."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation, OpContainer
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import JSONB

from schema.catalog import Catalog, read_catalog
from schema.compare import compare

NAMES = ["id", "name", "a", "b c", "order", "select", 'q"uote', "it's", "<b>", "größe", "x.y",
         "total", "user_id", "position", "CamelCase"]  # fmt: skip

#: What makes each type, and defaults for it as models give them.
TYPES: dict[str, tuple[Callable[[], sa.types.TypeEngine[object]], list[object]]] = {
    "integer": (sa.Integer, ["0", sa.text("1")]),
    "big": (sa.BigInteger, ["-5"]),
    "string": (lambda: sa.String(20), ["x", "it's", sa.text("'y'")]),
    "text": (sa.Text, ["", "a"]),
    "numeric": (lambda: sa.Numeric(10, 2), ["0", sa.text("1.5")]),
    "float": (sa.Float, ["1"]),
    "boolean": (sa.Boolean, [sa.true(), sa.text("false")]),
    "moment": (lambda: sa.DateTime(timezone=True), [sa.func.now(), sa.func.current_timestamp()]),
    "day": (sa.Date, [sa.func.current_date()]),
    "json": (lambda: sa.JSON().with_variant(JSONB(), "postgresql"), [sa.text("'{}'")]),
    "enum": (lambda: sa.Enum("one", "two", name="an enum"), ["one"]),
    "short": (lambda: sa.Enum("x", "y", native_enum=False, create_constraint=True),
                ["x"]),
    "bytes": (sa.LargeBinary, []),
    "uuid": (sa.Uuid, []),
}  # fmt: skip


def examples(number: int) -> settings:
    """This many examples where no other number was asked for."""
    return settings() if "SCHEMA_TEST_EXAMPLES" in os.environ else settings(max_examples=number)


def names(count: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(NAMES), min_size=count, max_size=count, unique_by=str.lower)


@st.composite
def models(draw: st.DrawFn) -> sa.MetaData:
    convention = {"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}
    metadata = sa.MetaData(naming_convention=draw(st.sampled_from([None, convention])))
    for name in draw(names(draw(st.integers(1, 3)))):
        others = list(metadata.tables.values())
        key, second, *rest = draw(names(draw(st.integers(3, 5))))
        columns = [draw(key_columns(key)), draw(columns_called(second))]
        columns += [draw(columns_called(each)) for each in rest]
        table = sa.Table(name, metadata, *columns, comment=draw(st.sampled_from([None, "it's"])))
        draw(constraints(table, others))
    return metadata


@st.composite
def key_columns(draw: st.DrawFn, name: str) -> sa.Column[object]:
    counted = [sa.Identity(always=True, start=3)] if draw(st.booleans()) else []
    return sa.Column(name, sa.Integer, *counted, primary_key=True)


@st.composite
def columns_called(draw: st.DrawFn, name: str) -> sa.Column[object]:
    make, defaults = TYPES[draw(st.sampled_from(sorted(TYPES)))]
    return sa.Column(
        name,
        make(),
        nullable=draw(st.booleans()),
        server_default=draw(st.sampled_from([None, *defaults])),
        index=draw(st.booleans()),
        comment=draw(st.sampled_from([None, "100% <b>"])),
    )


@st.composite
def constraints(draw: st.DrawFn, table: sa.Table, others: list[sa.Table]) -> None:
    key, second, *_ = table.columns
    if draw(st.booleans()):
        table.append_constraint(
            sa.UniqueConstraint(key, second, name=draw(st.sampled_from([None, f"uq_{table.name}"])))
        )
    if draw(st.booleans()):
        table.append_constraint(sa.CheckConstraint(key > 0, name=f"ck_{table.name}"))
    if others and draw(st.booleans()):
        target = next(iter(draw(st.sampled_from(others)).columns))
        table.append_constraint(
            sa.ForeignKeyConstraint(
                [key], [target], ondelete=draw(st.sampled_from([None, "CASCADE"]))
            )
        )
    if draw(st.booleans()):
        sa.Index(f"ix {table.name}", key.desc(), unique=True, postgresql_where=key > 5,
                 sqlite_where=key > 5)  # fmt: skip


def by_create_all(connection: sa.Connection, metadata: sa.MetaData) -> Catalog:
    metadata.create_all(connection)
    return read_catalog(connection)


def by_migration(connection: sa.Connection, metadata: sa.MetaData) -> Catalog:
    """Made by the operations that Alembic would write into a first revision."""
    context = MigrationContext.configure(connection)
    script = produce_migrations(context, metadata)
    assert script.upgrade_ops is not None
    invoke(Operations(context), script.upgrade_ops)
    return read_catalog(connection)


def invoke(operations: Operations, operation: MigrateOperation) -> None:
    if isinstance(operation, OpContainer):
        for each in operation.ops:
            invoke(operations, each)
    else:
        operations.invoke(operation)


def check(make_engine: Callable[[], sa.Engine], metadata: sa.MetaData) -> None:
    found = []
    for make in (by_create_all, by_create_all, by_migration):
        engine = make_engine()
        with engine.connect() as connection:
            found.append(make(connection, metadata))
            connection.rollback()
        engine.dispose()
    assert list(compare(found[0], found[1], cosmetic=True)) == []
    assert list(compare(found[0], found[2])) == []


@given(models())
@examples(50)
def test_models_on_sqlite_are_what_they_were(metadata: sa.MetaData) -> None:
    check(lambda: sa.create_engine("sqlite://"), metadata)


@pytest.mark.postgresql
@given(models())
@examples(12)
def test_models_on_postgresql_are_what_they_were(
    postgresql_url: str, metadata: sa.MetaData
) -> None:
    check(lambda: sa.create_engine(postgresql_url, poolclass=sa.NullPool), metadata)
