"""A MariaDB catalog after tables and columns were renamed, as the server itself leaves it.

It follows in keys, foreign keys, checks and computed columns, but not in the texts of views,
triggers and routines: https://mariadb.com/kb/en/alter-table/#rename-column
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from schema.catalog.mariadb_text import NAME, bare, quoted, spell_name
from schema.catalog.objects import Catalog, Property, SchemaObject
from schema.compare import Difference
from schema.ddl.mariadb_text import part
from schema.ddl.statement import Statement

__all__ = ["is_rename", "renamed", "statements", "without"]

#: What a table is called for a moment, inside one statement.
_ASIDE = "_schema_aside"
_EXPRESSIONS = ("generated", "expression", "partition_key")


def is_rename(item: Difference) -> bool:
    return item.change == "renamed" and item.kind in {"table", "column"} and bool(item.renamed_from)


def _tables(renames: Sequence[Difference]) -> dict[str, str]:
    """Tables by their name now: the name that they shall have."""
    return {item.name: str(item.renamed_from) for item in renames if item.kind == "table"}


def statements(renames: Sequence[Difference]) -> list[Statement]:
    """Tables first, then columns; names that are passed on or exchanged wait for no other step."""
    tables = _tables(renames)
    made = [_of_tables(line, renames) for line in _lines(tables)]
    columns: dict[str, list[Difference]] = {}
    for item in renames:
        if item.kind == "column":
            columns.setdefault(item.table or "", []).append(item)
    for table, items in columns.items():
        # In one statement the server takes all names at once, also where columns exchange theirs.
        clauses = [
            f"  RENAME COLUMN {quoted(item.name)} TO {quoted(str(item.renamed_from))}"
            for item in items
        ]
        text = f"ALTER TABLE {quoted(tables.get(table, table))}\n" + ",\n".join(clauses)
        about = tuple(item.identity for item in items)
        made.append(Statement(text, about, in_transaction=False))
    return made


def _of_tables(line: Sequence[tuple[str, str]], renames: Sequence[Difference]) -> Statement:
    """One statement for tables that hand on their names; one after the other, or none at all.

    Source: https://mariadb.com/kb/en/rename-table/
    """
    moves = ", ".join(f"{quoted(old)} TO {quoted(new)}" for old, new in line)
    names = [old for old, _ in line]
    about = tuple(item.identity for item in renames if item.kind == "table" and item.name in names)
    return Statement(f"RENAME TABLE {moves}", about, in_transaction=False)


def _lines(tables: Mapping[str, str]) -> list[list[tuple[str, str]]]:
    """Renames that wait for each other, in the order in which each name is free when it is taken.

    A chain begins at its far end; a ring has one table step aside for a moment.
    """
    left, found = dict(tables), []
    taken = set(tables.values())
    for first in sorted(tables, key=lambda name: name in taken):  # what begins a chain, then rings
        line: list[tuple[str, str]] = []
        name = first
        while name in left:
            line.append((name, left[name]))
            name = left.pop(name)
        if line and name == first and len(line) > 1:
            line = [(_ASIDE, line[0][1]), *line[1:], (first, _ASIDE)]
        if line:
            found.append(line[::-1])
    return found


def renamed(found: Catalog, renames: Sequence[Difference]) -> Catalog:
    """``found`` after these statements."""
    tables = _tables(renames)
    columns: dict[str, dict[str, str]] = {}
    for item in renames:
        if item.kind == "column" and item.table:
            columns.setdefault(item.table, {})[item.name] = str(item.renamed_from)
    objects = (_moved(item, tables, columns) for item in found.values())
    return Catalog(found.dialect, found.server_version, objects, not_compared=found.not_compared)


def _moved(
    item: SchemaObject, tables: Mapping[str, str], columns: Mapping[str, Mapping[str, str]]
) -> SchemaObject:
    owner = item.name if item.kind == "table" else item.table
    mine = columns.get(owner or "", {})
    found = {name: _in(name, value, mine) for name, value in item.properties.items()}
    if item.kind == "foreign key":
        target = str(found["target"])
        theirs = columns.get(target, {})
        found["target"] = tables.get(target, target)
        found["target_columns"] = _each(found["target_columns"], theirs)
    name = tables.get(item.name, item.name) if item.kind == "table" else item.name
    is_inline = item.kind == "check" and item.properties.get("server_named")
    if item.kind == "column" or is_inline:
        name = mine.get(name, name)
    table = tables.get(item.table, item.table) if item.table else None
    return SchemaObject(item.kind, item.schema_name, table, name, found)


def _in(name: str, value: Property, columns: Mapping[str, str]) -> Property:
    """A property with the columns' new names."""
    if not columns:
        return value
    if name in _EXPRESSIONS and isinstance(value, str):
        return re.sub(
            NAME,
            lambda found: quoted(columns.get(bare(found[0]), bare(found[0]))),
            value,
        )
    if name in {"columns", "descending"}:
        return _each(value, columns)
    if name == "lengths" and isinstance(value, tuple):
        return tuple((columns.get(each[0], each[0]), *each[1:]) for each in value)
    return value


def _each(value: Property, columns: Mapping[str, str]) -> Property:
    if not isinstance(value, tuple):
        return value
    return tuple(_part(each, columns) for each in value)


def _part(told: str, columns: Mapping[str, str]) -> str:
    name, rest = part(told)
    if name not in columns:
        return told
    return spell_name(columns[name]) + rest if rest else columns[name]


def without(differences: Sequence[Difference]) -> list[Difference]:
    """The differences as they are once tables and columns have their names."""
    tables = _tables([item for item in differences if is_rename(item)])
    found = []
    for item in differences:
        moved = replace(item, table=tables.get(item.table or "", item.table))
        if is_rename(item):
            pairs = {name: pair for name, pair in item.properties.items() if name != "name"}
            if not pairs:
                continue
            moved = replace(
                moved, name=str(item.renamed_from), change="changed", renamed_from=None,
                properties=pairs,
            )  # fmt: skip
        found.append(moved)
    return found
