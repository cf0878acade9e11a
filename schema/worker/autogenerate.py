"""What ``alembic check`` would report of a database: Alembic's own comparison, run on a copy.

The project's options hold as its env.py passes them: ``target_metadata``, the filters,
``compare_type``, ``compare_server_default``, plugins. The scratch database holds the schema of the
live one, and no data.
"""

from __future__ import annotations

import warnings
from typing import Any, Dict, Iterator, List, Optional

from .connections import ScratchConnections
from .environment import Environment
from .failure import Failure, from_exception
from .guard import redirected


def alembic_diffs(environment: Environment, told: Dict[str, str]) -> List[Dict[str, Any]]:
    """Each of Alembic's diffs: ``op``, ``schema_name``, ``table``, ``name``, ``columns``.

    An error inside Alembic is one of the project's: some of its comparisons assert, or run SQL that
    a server refuses.
    """
    connections = ScratchConnections(told, environment.url())
    run = _Comparison(connections)
    try:
        connection = connections.connect()
        with redirected(connections.connect):
            environment.run(run.configure, run.compare, attributes={"connection": connection})
    except Failure:
        raise
    except BaseException as error:
        raise from_exception(error, environment.root, "alembic check fails") from None
    finally:
        connections.dispose()
    if run.diffs is None:
        raise Failure("project", "env.py ended without calling context.run_migrations().")
    return [*(_described(diff) for diff in _flat(run.diffs)), *run.of_plugins]


class _Comparison:
    """One run of env.py whose migrations are a comparison. ``diffs`` is None until it was made."""

    def __init__(self, connections: ScratchConnections) -> None:
        self.diffs: Optional[List[Any]] = None
        self.of_plugins: List[Dict[str, Any]] = []
        self._connections = connections
        self._metadata: Any = None

    def configure(self, context: Any, options: Dict[str, Any]) -> None:
        """Everything that env.py says to Alembic is kept, but for where it leads."""
        self._connections.lead_here(options)
        self._metadata = options.get("target_metadata")
        if self._metadata is None:
            raise Failure("project", "env.py passes no target_metadata: nothing can be compared.")
        type(context).configure(context, **options)

    def compare(self, heads: Any, context: Any) -> List[Any]:
        """In the place of the migrations: nothing is run."""
        from alembic.autogenerate import produce_migrations

        with warnings.catch_warnings():
            # They are about the schema, and for those who run alembic themselves.
            warnings.simplefilter("ignore")
            # As compare_metadata() does; of what other packages add, its diffs tell no names.
            found: Any = produce_migrations(context, self._metadata).upgrade_ops
            self.diffs = list(found.as_diffs())
            self.of_plugins = list(_of_plugins(found))
        return []


def _of_plugins(operation: Any) -> Iterator[Dict[str, Any]]:
    """What alembic_utils (``entity``) and alembic-postgresql-enum (``enum``) would do."""
    for each in getattr(operation, "ops", ()):
        yield from _of_plugins(each)
    target, package = (
        getattr(operation, "target", None),
        type(operation).__module__.partition(".")[0],
    )
    if package == "alembic_utils" and target is not None:
        yield _told("entity", target.schema, None, target.signature, None)
    elif package == "alembic_postgresql_enum":
        schema, name = getattr(operation, "schema", None), getattr(operation, "name", None)
        yield _told("enum", schema, None, name, None)


def _flat(diffs: List[Any]) -> Iterator[Any]:
    """Alembic gives the changes of one column as a list of their own."""
    for diff in diffs:
        if isinstance(diff, list):
            yield from _flat(diff)
        else:
            yield diff


def _described(diff: Any) -> Dict[str, Any]:
    op = str(diff[0])
    if op.startswith("modify_"):
        return _told(op, diff[1], diff[2], diff[3], None)
    if op in ("add_column", "remove_column"):
        return _told(op, diff[1], diff[2], diff[3].name, None)
    thing = diff[1]
    if op in ("add_table", "remove_table") or "comment" in op:
        return _told(op, thing.schema, None, thing.name, None)
    table = getattr(thing, "table", None)
    schema, name = getattr(table, "schema", None), getattr(table, "name", None)
    return _told(op, schema, name, getattr(thing, "name", None), _columns(thing))


def _columns(thing: Any) -> Optional[List[str]]:
    """The names of the columns of an index or a constraint, in their order."""
    try:
        elements = getattr(thing, "elements", None)
        if elements is not None and hasattr(thing, "column_keys"):  # a foreign key
            return [str(name) for name in thing.column_keys]
        return [str(column.name) for column in thing.columns]
    except Exception:
        return None


def _told(op: str, schema: Any, table: Any, name: Any, columns: Any) -> Dict[str, Any]:
    # A name may be of a class of SQLAlchemy's own.
    return {
        "op": op,
        "schema_name": None if schema is None else str(schema),
        "table": None if table is None else str(table),
        "name": None if name is None else str(name),
        "columns": columns,
    }
