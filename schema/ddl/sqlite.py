"""SQLite: a catalog as statements, and the statements that lead from one catalog to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from schema.catalog import Catalog, read_catalog
from schema.compare import Difference
from schema.ddl.goal import goal
from schema.ddl.sqlite_migration import Transition
from schema.ddl.sqlite_table import identifier, pragma_text, tables, trigger_text, view_text
from schema.ddl.statement import Migration, Statement

__all__ = ["create", "migrate"]

#: Settings of the file, in the order in which they must be made.
_PRAGMAS = ("encoding", "auto_vacuum", "application_id", "user_version")

#: What a new file has by itself.
_DEFAULTS = (None, 0, "UTF-8")

_KINDS = frozenset(
    {"database", "table", "column", "primary key", "unique", "foreign key", "check", "index",
     "trigger", "view"}
)  # fmt: skip


def create(catalog: Catalog) -> list[str]:
    """The statements that make an empty database equal to the catalog.

    The encoding can be chosen only while nothing at all is in the file; later SQLite ignores it.
    """
    found = [table for table in tables(catalog).values() if table.item.kind == "table"]
    statements = [*_settings(catalog), *(table.create() for table in found)]
    statements += [text for table in found for text in table.indexes()]
    statements += [view_text(view) for view in catalog.of_kind("view")]
    statements += [trigger_text(item) for item in catalog.of_kind("trigger")]
    return statements


def migrate(found: Catalog, wanted: Catalog, differences: Sequence[Difference]) -> Migration:
    """What gives the objects of these differences the form that ``wanted`` has.

    The differences are of ``compare(wanted, found)``. The statements are one transaction, with what
    must stand outside of it before and after; it rolls itself back where a row would get lost or a
    foreign key be broken. Also returned: what no SQL can do, each with the reason.
    """
    reasons = {item: _impossible(item, found, wanted) for item in differences}
    not_expressed = [(item, reason) for item, reason in reasons.items() if reason]
    possible = [item for item, reason in reasons.items() if not reason]
    renames = [_rename(item) for item in possible if _is_rename(item)]
    renamed = _after(found, renames) if renames else found
    arrival = goal(renamed, wanted, _without_renames(possible))
    return Transition(renamed, arrival, renames).statements(), not_expressed


def _settings(catalog: Catalog) -> list[str]:
    found = [item.properties for item in catalog.of_kind("database")]
    settings = found[0] if found else {}
    return [
        pragma_text(name, settings[name])
        for name in _PRAGMAS
        if settings.get(name) not in _DEFAULTS
    ]


def _impossible(item: Difference, found: Catalog, wanted: Catalog) -> str | None:
    """Why no statement can do it; None when one can."""
    if item.kind not in _KINDS:
        return f"there is no SQL for a {item.kind} of SQLite yet"
    if item.kind == "database" and not item.properties.keys() <= {"user_version", "application_id"}:
        return "the encoding and auto_vacuum of a file are chosen when it is made"
    if "virtual" in item.properties and item.change == "changed":
        return "a virtual table's contents are its module's: drop it and make it anew by hand"
    unread = {
        each.name for side in (found, wanted) for each in side.of_kind("table")
        if each.properties.get("definition")
    }  # fmt: skip
    if item.kind not in {"index", "trigger", "view"} and item.change in {"changed", "renamed"}:
        named = {item.table, item.name} & unread
        if named:
            return f"the text of table {named.pop()} could not be read"
    return None


# -- renames --------------------------------------------------------------------------------------


def _is_rename(item: Difference) -> bool:
    return item.change == "renamed" and item.kind in {"table", "column"}


def _rename(item: Difference) -> Statement:
    """SQLite itself renames in all that mentions the table or column, but for table options."""
    old, new = identifier(item.name), identifier(item.renamed_from or item.name)
    if item.kind == "table":
        text = f"ALTER TABLE {old} RENAME TO {new}"
    else:
        text = f"ALTER TABLE {identifier(item.table or '')} RENAME COLUMN {old} TO {new}"
    return Statement(text, (item.identity,))


def _after(found: Catalog, renames: Iterable[Statement]) -> Catalog:
    """The catalog after the renames, as SQLite itself makes it."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            for text in (*create(found), *(rename.sql for rename in renames)):
                connection.exec_driver_sql(text)
            return read_catalog(connection)
    finally:
        engine.dispose()


def _without_renames(differences: Sequence[Difference]) -> list[Difference]:
    """The differences as they are once tables and columns have their names."""
    renamed = [item for item in differences if _is_rename(item)]
    names = {item.name: item.renamed_from for item in renamed if item.kind == "table"}
    return [
        left for item in differences if (left := _under_new_names(item, names, renamed)) is not None
    ]


def _under_new_names(
    item: Difference, names: Mapping[str, str | None], renamed: Sequence[Difference]
) -> Difference | None:
    moved = replace(item, table=names.get(item.table or "", item.table))
    if item not in renamed:
        return moved
    properties = {name: pair for name, pair in item.properties.items() if name != "name"}
    if not properties:
        return None
    name = item.renamed_from or item.name
    return replace(moved, name=name, change="changed", renamed_from=None, properties=properties)
