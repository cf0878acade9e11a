"""The project's models: made real on a scratch database, and asked what belongs to them."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, List, Optional

from . import entities
from .connections import ScratchConnections
from .creation import create, make_schema, recorded
from .drivers import dialect_of
from .environment import Environment
from .failure import Failure, from_exception
from .guard import redirected
from .inspection import Captured, capture

#: Our kinds of object by the name that Alembic gives them in ``include_object``.
ALEMBIC_TYPES = {
    "table": "table",
    "column": "column",
    "index": "index",
    "unique": "unique_constraint",
    "foreign key": "foreign_key_constraint",
    "check": "check_constraint",
}


def materialise(environment: Environment, told: Dict[str, str]) -> Dict[str, Any]:
    """``create_all`` of the target_metadata on an empty scratch database.

    ``left_out`` are the indexes and foreign keys that could not be made, with the reason.
    """
    found = _metadata(captured := capture(environment))
    connections = ScratchConnections(told, environment.url())
    try:
        connection = connections.connect(captured.engine)
        namespaces = captured.namespaces()
        with redirected(connections.connect):
            if namespaces.default is not None and not connections.is_sqlite:
                make_schema(connection, namespaces.default)
                if namespaces.path is not None:
                    connections.set_path(connection, namespaces.path)
            is_postgresql = connection.dialect.name == "postgresql"
            if is_postgresql:
                entities.create_before(connection)
            left_out = create(connection, found, namespaces)
            if is_postgresql:
                left_out += entities.create_after(connection)
        connection.close()
    except Failure:
        raise
    except BaseException as error:
        raise from_exception(error, environment.root, "The models cannot be created") from None
    finally:
        connections.dispose()
    return {"left_out": left_out}


def ddl(environment: Environment, dialect: str) -> Dict[str, Any]:
    """The ``digest`` of what ``create_all`` would send to a database of this kind.

    None where that is not known beforehand, as something in it asks the database.
    """
    found = _metadata(captured := capture(environment))
    namespaces = captured.namespaces()
    statements = recorded(dialect_of(dialect, environment.url()), found, namespaces)
    if statements is None:
        return {"digest": None}
    # The indexes of a table are a set: their order is that of their addresses.
    told = [namespaces.default, *sorted(statements), *entities.texts()]
    digest = hashlib.sha256(json.dumps(told).encode())
    return {"digest": digest.hexdigest()}


def _metadata(captured: Captured) -> List[Any]:
    found = captured.metadata()
    if not found:
        raise Failure(
            "project", "env.py passes no target_metadata: there are no models to compare."
        )
    return found


def included(environment: Environment, objects: List[List[Any]]) -> List[bool]:
    """For each object, whether env.py's filters let Alembic look at it.

    An object is its kind, schema, table and name, and the names of its columns, or None.
    """
    captured = capture(environment)
    filters = _Filters(captured)
    try:
        return [filters.keep(*item) for item in objects]
    except Exception as error:
        raise from_exception(error, environment.root, "A filter of env.py failed") from None


class _Filters:
    """``include_schemas``, ``include_name``, ``include_object``, as autogenerate applies them."""

    def __init__(self, captured: Captured) -> None:
        options = captured.options or {}
        self._include_name = options.get("include_name")
        self._include_object = options.get("include_object")
        self._include_schemas = bool(options.get("include_schemas", False))
        namespaces = captured.namespaces()
        self._default = namespaces.default
        tables = [t for metadata in captured.metadata() for t in metadata.tables.values()]
        self._schemas = {self._named(namespaces.real(table.schema)) for table in tables}
        self._tables = {
            _qualified(self._named(namespaces.real(t.schema)), t.name): t for t in tables
        }
        self._known: Dict[Any, bool] = {}

    def keep(
        self, kind: str, schema: Optional[str], owner: Optional[str], name: str, columns: Any
    ) -> bool:
        schema = self._named(schema)
        if kind == "schema":
            is_seen = self._include_schemas or self._default is not None
            return not is_seen or self._keep_schema(self._named(name))
        if not self._keep_schema(schema):
            return False
        table = name if kind == "table" else owner
        if table is not None and not self._keep_table(schema, table):
            return False
        called = ALEMBIC_TYPES.get(kind)
        if called is None or called == "table" or table is None:
            return True
        return self._keep_object(called, name, schema, table, columns)

    def _named(self, schema: Optional[str]) -> Optional[str]:
        """A schema as Alembic names it: the default one has no name."""
        return None if schema == (self._default or "public") else schema

    def _keep_table(self, schema: Optional[str], table: str) -> bool:
        """Asked once for each table, not once for each of its columns."""
        key = (schema, table)
        if key not in self._known:
            self._known[key] = self._keep_object("table", table, schema, table, None)
        return self._known[key]

    def _keep_schema(self, schema: Optional[str]) -> bool:
        # Without include_schemas Alembic reads the default schema; models elsewhere still count.
        if not self._include_schemas:
            return schema is None or schema in self._schemas
        if self._include_name is None:
            return True
        return bool(self._include_name(schema, "schema", {}))

    def _keep_object(
        self, kind: str, name: str, schema: Optional[str], table: str, columns: Any
    ) -> bool:
        qualified = _qualified(schema, table)
        if self._include_name is not None:
            parents = {"schema_name": schema}
            if kind != "table":
                parents["table_name"] = table
            parents["schema_qualified_table_name"] = qualified
            if not self._include_name(name, kind, parents):
                return False
        if self._include_object is None:
            return True
        model = self._in_models(kind, name, qualified)
        reflected = _stand_in(kind, name, schema, table, columns)
        if model is not None:
            return bool(self._include_object(model, name, kind, False, reflected))
        return bool(self._include_object(reflected, name, kind, True, None))

    def _in_models(self, kind: str, name: str, qualified: str) -> Any:
        table = self._tables.get(qualified)
        if table is None or kind == "table":
            return table
        if kind == "column":
            return table.columns.get(name)
        pool = table.indexes if kind == "index" else table.constraints
        return next((found for found in pool if found.name == name), None)


def _qualified(schema: Optional[str], table: str) -> str:
    return "{}.{}".format(schema, table) if schema else table


def _stand_in(kind: str, name: str, schema: Optional[str], table: str, columns: Any) -> Any:
    """What reflection would hand to ``include_object``, as far as names go."""
    import sqlalchemy as sa

    names = [str(c) for c in columns or ()] or ([name] if kind == "column" else [])
    found = sa.Table(table, sa.MetaData(), *(sa.Column(c) for c in names), schema=schema)
    if kind == "table":
        return found
    if kind == "column":
        return found.columns[name]
    if kind == "index":
        return sa.Index(name, *found.columns)
    if kind == "unique_constraint":
        constraint: Any = sa.UniqueConstraint(*names, name=name)
    elif kind == "check_constraint":
        constraint = sa.CheckConstraint(sa.text("true"), name=name)
    else:
        constraint = sa.ForeignKeyConstraint(names, ["?." + c for c in names], name=name)
    found.append_constraint(constraint)
    return constraint
