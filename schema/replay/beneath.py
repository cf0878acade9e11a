"""What models rest on and do not make: extensions above all, and types and functions.

A column of the type ``citext``, or a default that calls a function of the project's, needs what
only the migrations make. So where models cannot be created on an empty database for the want of it,
that is made there first, as the migrations leave it at head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from schema import ddl
from schema.catalog import Catalog, Identity
from schema.database import each_committed
from schema.errors import WorkbenchError
from schema.history import read_history
from schema.project import Project
from schema.replay.running import replay
from schema.scratch import ScratchDatabase

__all__ = ["is_wanting", "lay", "layers", "without"]

#: What a server says where something is not there.
_WANTING = re.compile("does not exist|Undefined|InvalidSchemaName")

#: What models never make; it is not theirs then.
_NEVER = frozenset(
    {
        "extension", "collation", "language", "function", "procedure", "aggregate", "operator",
        "operator class", "operator family", "cast", "text search configuration",
        "text search dictionary", "text search parser", "text search template",
    }
)  # fmt: skip
#: What they may make, or leave to the migrations, as an enum with ``create_type=False``.
_SOMETIMES = frozenset({"enum", "domain", "composite type", "range type", "sequence"})


def is_wanting(error: WorkbenchError) -> bool:
    """Whether models could not be created as something that they need is not there."""
    return bool(_WANTING.search(str(error)))


def layers(
    project: Project, dialect: str, *, server: URL | None = None, facts: str | None = None
) -> Iterator[Catalog]:
    """What to lay beneath the models, as the migrations make it: little first, then all there is.

    Nothing where the migrations have nothing of the kind, or cannot be replayed.
    """
    if dialect != "postgresql":
        return
    try:
        history = read_history(project)
        found = replay(project, dialect, history.heads, server=server, facts=facts, history=history)
        head = found.at(found.end)
    except WorkbenchError:
        return
    before = 0
    for kinds in ({"extension"}, _NEVER | _SOMETIMES):
        count = len(list(_of_kinds(head, kinds)))
        if count > before:
            wanted = set(_of_kinds(head, kinds | {"schema"}))
            yield head.where(lambda item, wanted=wanted: item.identity in wanted)  # type: ignore[misc]
        before = count


def lay(database: ScratchDatabase, layer: Catalog) -> None:
    """Make it, as far as that goes: what needs tables cannot be made before them."""
    with each_committed(database.url) as connection:
        for text in ("SET search_path = public", "SET check_function_bodies = off"):
            connection.exec_driver_sql(text)
        for text in ddl.create(layer):
            try:
                connection.exec_driver_sql(text)
            except DBAPIError:
                continue


def without(models: Catalog, layer: Catalog) -> Catalog:
    """The models' catalog without what was only laid beneath them."""
    laid: set[Identity] = set(_of_kinds(layer, _NEVER))
    return models.where(lambda item: item.identity not in laid)


def _of_kinds(catalog: Catalog, kinds: Iterable[str]) -> Iterator[Identity]:
    return (item.identity for item in catalog.values() if item.kind in kinds)
