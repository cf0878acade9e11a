"""What ``alembic check`` would have reported of the differences that were found, and what not.

Alembic's own comparison is run, with the project's options, on a scratch database that has live's
schema. Its diffs name tables, columns, indexes and constraints; each difference is looked for among
them. So a team sees what its CI misses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.engine import URL

from schema import scratch
from schema.catalog import OWN_TABLES, Catalog
from schema.compare import Difference
from schema.database import open_read_only
from schema.errors import DatabaseError, WorkbenchError
from schema.project import Project
from schema.rebuilding import rebuilt
from schema.rebuilding.running import build
from schema.scratch import ScratchDatabase
from schema.scratch.mariadb_server import texts_of

__all__ = ["MOST_TABLES", "Reported", "ask_alembic"]

#: By default Alembic is not asked about more tables: its comparison takes seconds there.
MOST_TABLES = 200


class Reported:
    """Alembic's diffs of one database, to look differences up in.

    ``default_schema`` is the one that models and Alembic mostly do not name.
    """

    def __init__(
        self, diffs: Iterable[Mapping[str, Any]], default_schema: str | None = None
    ) -> None:
        self._default = default_schema or "public"
        self._diffs = [_Diff.of(diff) for diff in diffs]

    def __contains__(self, change: Difference) -> bool:
        names = {change.name, change.renamed_from} - {None}
        return any(self._tells(diff, change, names) for diff in self._diffs)

    def _tells(self, diff: _Diff, change: Difference, names: set[str | None]) -> bool:
        if diff.op not in _operations(change):
            return False
        if self._schema(diff.schema) != self._schema(change.schema_name):
            return False
        if diff.op == "entity":  # a function with its arguments, a trigger without its table
            return _bare(diff.name) in map(_bare, names)
        if change.kind in ("table", "enum"):
            return diff.name in names
        if diff.table != change.table:
            return False
        return diff.name in names or (
            change.kind != "column" and bool(diff.columns) and diff.columns in _columns(change)
        )

    def _schema(self, name: str | None) -> str | None:
        return None if name == self._default else name


@dataclass(frozen=True)
class _Diff:
    op: str
    schema: str | None
    table: str | None
    name: str | None
    columns: tuple[str, ...] | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> _Diff:
        columns = None if told["columns"] is None else tuple(told["columns"])
        return cls(told["op"], told["schema_name"], told["table"], told["name"], columns)


def ask_alembic(
    project: Project, url: URL, live: Catalog, server: URL | None, notes: list[str]
) -> Callable[[Difference], bool | None]:
    """Run Alembic's comparison on a copy of live's schema; tells of a difference whether it is in.

    None for all when the comparison fails, as Alembic's own does on some schemas: ``notes`` gets
    the reason. None too for what could not be rebuilt on the copy.
    """
    try:
        with _copy(url, live, server) as (database, unlike):
            default = project.settings(with_url=False).default_schema
            reported = Reported(project.alembic_diffs(database), default)
    except WorkbenchError as error:
        notes.append(f"what alembic check would report is not known: {error}")
        return lambda _: None
    return lambda change: None if change.identity in unlike else change in reported


@contextmanager
def _copy(
    url: URL, live: Catalog, server: URL | None
) -> Iterator[tuple[ScratchDatabase, frozenset[object]]]:
    """A scratch database with live's schema, and the objects that are not as on live."""
    if live.dialect == "sqlite":
        # Alembic reads SQLite's texts as they were written, so that they must be the very same.
        with scratch.create("sqlite", label="check") as database:
            build(database, _texts(url))
            yield database, frozenset()
        return
    if live.dialect == "mariadb":
        with scratch.create("mariadb", server=server, label="check") as database:
            errors = build(database, _mariadb_texts(url))
            if errors:
                raise DatabaseError(f"live's schema could not be made again: {errors[0]}")
            yield database, frozenset()
        return
    with rebuilt(live, server, label="check") as copy:
        yield copy.scratch, frozenset(item.identity for item in copy.unlike)


def _texts(url: URL) -> Sequence[str]:
    """A SQLite schema in its own words; a virtual table makes its shadow tables by itself."""
    query = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' ORDER BY type <> 'table', rowid"
    )
    with open_read_only(url) as connection:
        return list(connection.exec_driver_sql(query).scalars())


def _mariadb_texts(url: URL) -> Sequence[str]:
    """The tables as the server shows them: of other objects Alembic looks at none."""
    with open_read_only(url) as connection:
        found = texts_of(connection, str(url.database), leave_out=OWN_TABLES, counters=False)
    off, on = (f"SET SESSION foreign_key_checks = {value}" for value in (0, 1))
    return [off, *found.sequences, *found.tables, on]


# -- which of Alembic's diffs tell of a difference ------------------------------------------------

_ENTITIES = ("extension", "function", "materialized view", "policy", "trigger", "view")
_UNIQUE = ("add_constraint", "remove_constraint", "add_index", "remove_index")

#: Alembic's diffs that tell of an object that came, went or was renamed.
_WHOLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "table": ("add_table", "remove_table"),
        "column": ("add_column", "remove_column"),
        "index": _UNIQUE,
        "unique": _UNIQUE,
        "foreign key": ("add_fk", "remove_fk"),
        "check": ("add_constraint", "remove_constraint"),
        # Of alembic_utils and of alembic-postgresql-enum, where a project uses these.
        **dict.fromkeys(_ENTITIES, ("entity",)),
        "enum": ("enum",),
    }
)

#: And of a property. What is not here it does not look at.
_PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "type": "modify_type",
        "affinity": "modify_type",
        "nullable": "modify_nullable",
        "default": "modify_default",
        "identity": "modify_default",
        "generated": "modify_default",
        "comment": "modify_comment",
    }
)


def _operations(change: Difference) -> tuple[str, ...]:
    whole = _WHOLE.get(change.kind, ())
    if change.change != "changed":
        return whole
    if change.kind == "table":
        commented = "comment" in change.properties
        return ("add_table_comment", "remove_table_comment") if commented else ()
    if change.kind == "column":
        return tuple(_PROPERTIES[name] for name in change.properties if name in _PROPERTIES)
    return whole  # a changed index or constraint is one that goes and one that comes


def _bare(name: str | None) -> str | None:
    return None if name is None else name.partition("(")[0]


def _columns(change: Difference) -> list[tuple[str, ...]]:
    """The columns of a constraint or index, on either side: it may have no name in the models."""
    sides = change.properties.get("columns") or ()
    return [tuple(map(str, side)) for side in sides if isinstance(side, tuple)]
