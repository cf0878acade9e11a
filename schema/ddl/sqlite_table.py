"""The DDL text of one SQLite table and of what belongs to it, from a catalog.

The grammar is that of https://sqlite.org/lang_createtable.html. Expressions stand in a catalog in
one spelling (``schema.catalog.sqlite_text``), so what is written here has the meaning of the
original, not its looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from schema.catalog.objects import Catalog, Property, SchemaObject

__all__ = [
    "CONSTRAINTS",
    "Table",
    "column_text",
    "constraint_text",
    "identifier",
    "is_constant",
    "mentions",
    "pragma_text",
    "references",
    "shape",
    "tables",
    "texts",
    "trigger_text",
    "view_text",
]

_PREPARER = SQLiteDialect().identifier_preparer
# Two words that SQLite reserves and SQLAlchemy's list lacks.
_PREPARER.reserved_words = _PREPARER.reserved_words | {"nothing", "returning"}

#: What SQLite takes as a default without parentheses.
_LITERAL = re.compile(
    r"[+-]?(\d[\w.+-]*|\.\d[\w+-]*)|[xX]?'([^']|'')*'|TRUE|FALSE|CURRENT_(DATE|TIME|TIMESTAMP)"
)

#: The kinds of constraints, in the order in which people write them.
CONSTRAINTS = ("primary key", "unique", "foreign key", "check")

_NUMBERED = re.compile(r"(.+) #\d+\Z", re.DOTALL)


def identifier(name: str) -> str:
    """The name, quoted where it must be."""
    return _PREPARER.quote(name)


def collation_name(name: str) -> str:
    """A collation's name, which stands in capitals in a catalog, and so needs no quotes."""
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) else identifier(name)


@dataclass(frozen=True)
class Table:
    """A table with its columns, constraints, indexes and triggers, by kind and name."""

    item: SchemaObject
    members: Mapping[tuple[str, str], SchemaObject]

    @property
    def name(self) -> str:
        return self.item.name

    @property
    def is_virtual(self) -> bool:
        return bool(self.item.properties.get("virtual"))

    @property
    def columns(self) -> list[SchemaObject]:
        """In their own order."""
        return sorted(self.of_kind("column"), key=lambda column: _position(column))

    def of_kind(self, *kinds: str) -> list[SchemaObject]:
        """The members of these kinds, kind by kind as given."""
        return [item for kind in kinds for item in self.members.values() if item.kind == kind]

    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    def create(self, name: str | None = None) -> str:
        """The CREATE TABLE statement; under another name when one is given."""
        shown = identifier(name or self.name)
        if self.is_virtual:
            return f"CREATE VIRTUAL TABLE {shown} USING {self.item.properties['virtual']}"
        if self.item.properties.get("definition"):
            return str(self.item.properties["definition"])
        lines = [column_text(column, self.inline_key(column.name)) for column in self.columns]
        lines += [
            constraint_text(item, self)
            for item in self.of_kind(*CONSTRAINTS)
            if not self._is_inline(item)
        ]
        body = ",\n    ".join(lines)
        return f"CREATE TABLE {shown} (\n    {body}\n){self._options()}"

    def indexes(self) -> list[str]:
        """The CREATE INDEX statements."""
        return [self.index(item) for item in self.of_kind("index")]

    def triggers(self) -> list[str]:
        """The CREATE TRIGGER statements."""
        return [trigger_text(item) for item in self.of_kind("trigger")]

    def index(self, item: SchemaObject) -> str:
        """The CREATE INDEX statement of one of this table's indexes."""
        found = item.properties
        if found.get("definition"):
            return str(found["definition"])
        parts = _with_collations(
            [self._index_part(str(part)) for part in _strings(found["columns"])],
            found.get("collation"),
        )
        unique = "UNIQUE " if found.get("unique") else ""
        where = f" WHERE {found['predicate']}" if found.get("predicate") else ""
        return (
            f"CREATE {unique}INDEX {identifier(item.name)} ON {identifier(self.name)} "
            f"({', '.join(parts)}){where}"
        )

    def inline_key(self, column: str) -> SchemaObject | None:
        """The primary key, when it must stand at this very column.

        AUTOINCREMENT is written there; and ``INTEGER PRIMARY KEY DESC`` is the rowid as a
        constraint of the table, but an index of its own at the column
        (https://sqlite.org/lang_createtable.html#rowid).
        """
        found = self.of_kind("primary key")
        return found[0] if found and self._is_inline(found[0], column) else None

    def autoincrement(self) -> bool:
        return bool(self.item.properties.get("autoincrement"))

    def has_rowid(self) -> bool:
        """Whether rows have a rowid that is no column of the table's own."""
        types = {column.name: column.properties.get("type") for column in self.columns}
        keys = [_strings(key.properties["columns"]) for key in self.of_kind("primary key")]
        is_column = any(len(key) == 1 and types.get(key[0]) == "INTEGER" for key in keys)
        is_shadowed = any(name.lower() == "rowid" for name in types)
        return not (self.item.properties.get("without_rowid") or is_column or is_shadowed)

    def _is_inline(self, item: SchemaObject, column: str | None = None) -> bool:
        names = _strings(item.properties.get("columns") or ())
        if item.kind != "primary key" or len(names) != 1 or column not in {None, *names}:
            return False
        key = self.members["column", names[0]]
        is_integer = key.properties["type"] == "INTEGER"
        descending = is_integer and bool(item.properties.get("descending"))
        without_rowid = self.item.properties.get("without_rowid")
        return self.autoincrement() or (descending and not without_rowid)

    def _index_part(self, part: str) -> str:
        # A name that could be taken for an expression stands in quotes already.
        bare = part.removesuffix(" DESC")
        is_name = bare.isidentifier() and ("column", bare) in self.members
        return (identifier(bare) if is_name else bare) + part[len(bare) :]

    def _options(self) -> str:
        found = self.item.properties
        chosen = [("STRICT", found.get("strict")), ("WITHOUT ROWID", found.get("without_rowid"))]
        words = [word for word, is_set in chosen if is_set]
        return " " + ", ".join(words) if words else ""


def tables(catalog: Catalog) -> dict[str, Table]:
    """The tables of a catalog by name. Views are among them for the sake of their triggers."""
    members: dict[str, dict[tuple[str, str], SchemaObject]] = {}
    for item in catalog.values():
        if item.table is not None:
            members.setdefault(item.table, {})[item.kind, item.name] = item
    owners = catalog.of_kind("table", "view")
    return {item.name: Table(item, members.get(item.name, {})) for item in owners}


def column_text(column: SchemaObject, key: SchemaObject | None = None) -> str:
    """A column as it stands in CREATE TABLE or ADD COLUMN; ``key`` is its inline primary key."""
    found = column.properties
    parts = [identifier(column.name), str(found.get("type") or "")]
    if found.get("collation"):
        parts.append(f"COLLATE {collation_name(str(found['collation']))}")
    if not found["nullable"]:
        name = found.get("not_null_name")
        named = f"CONSTRAINT {identifier(str(name))} " if name else ""
        parts.append(f"{named}NOT NULL{_conflict(column)}")
    if found.get("default") is not None:
        parts.append(f"DEFAULT {_default(str(found['default']))}")
    if found.get("generated"):
        how, _, expression = str(found["generated"]).partition(": ")
        parts.append(f"GENERATED ALWAYS AS ({expression}) {how.upper()}")
    if key is not None:
        parts.append(_inline_key(key, column))
    return " ".join(filter(None, parts))


def constraint_text(item: SchemaObject, table: Table) -> str:
    """A constraint as it stands in CREATE TABLE, after the columns."""
    return _named(item, table) + _CONSTRAINTS[item.kind](item)


def trigger_text(item: SchemaObject) -> str:
    """A trigger's CREATE statement."""
    return f"CREATE TRIGGER {identifier(item.name)} {item.properties['definition']}"


def view_text(item: SchemaObject) -> str:
    """A view's CREATE statement."""
    return f"CREATE VIEW {identifier(item.name)} {item.properties['definition']}"


def pragma_text(name: str, value: Property) -> str:
    """The statement that sets a property of the file."""
    return f"PRAGMA {name} = " + (f"'{value}'" if isinstance(value, str) else str(value or 0))


def is_constant(default: str) -> bool:
    """Whether a default is a literal: it stands without parentheses."""
    return _LITERAL.fullmatch(default) is not None


def references(item: SchemaObject) -> str:
    """The ``REFERENCES …`` of a foreign key."""
    found = item.properties
    target = identifier(str(found["target"]))
    columns = ", ".join(map(identifier, _strings(found["target_columns"])))
    parts = [f"REFERENCES {target} ({columns})" if columns else f"REFERENCES {target}"]
    for event in ("delete", "update"):
        action = found.get(f"on_{event}")
        parts += [f"ON {event.upper()} {action}"] if action not in {None, "NO ACTION"} else []
    if found.get("match"):
        parts.append(f"MATCH {found['match']}")
    if found.get("deferrable"):
        parts.append("DEFERRABLE")
        parts += ["INITIALLY DEFERRED"] if found.get("initially_deferred") else []
    return " ".join(parts)


def _default(text: str) -> str:
    return text if is_constant(text) else f"({text})"


def _inline_key(key: SchemaObject, column: SchemaObject) -> str:
    named = "" if key.name == "primary key" else f"CONSTRAINT {identifier(key.name)} "
    order = " DESC" if column.name in _strings(key.properties.get("descending") or ()) else ""
    # Only AUTOINCREMENT and DESC are written at the column.
    increment = "" if order else " AUTOINCREMENT"
    return f"{named}PRIMARY KEY{order}{_conflict(key)}{increment}"


def _primary_key(item: SchemaObject) -> str:
    return f"PRIMARY KEY ({_key_parts(item)}){_conflict(item)}"


def _unique(item: SchemaObject) -> str:
    return f"UNIQUE ({_key_parts(item)}){_conflict(item)}"


def _key_parts(item: SchemaObject) -> str:
    descending = set(_strings(item.properties.get("descending") or ()))
    parts = [
        identifier(name) + (" DESC" if name in descending else "")
        for name in _strings(item.properties["columns"])
    ]
    return ", ".join(_with_collations(parts, item.properties.get("collation")))


def _foreign_key(item: SchemaObject) -> str:
    columns = ", ".join(map(identifier, _strings(item.properties["columns"])))
    return f"FOREIGN KEY ({columns}) {references(item)}"


def _check(item: SchemaObject) -> str:
    return f"CHECK ({item.properties['expression']})"


_CONSTRAINTS = {
    "primary key": _primary_key,
    "unique": _unique,
    "foreign key": _foreign_key,
    "check": _check,
}


def _named(item: SchemaObject, table: Table) -> str:
    """``CONSTRAINT name ``; nothing for one that a catalog calls by its shape."""
    numbered = _NUMBERED.fullmatch(item.name)
    name = item.name
    if numbered and (item.kind, numbered[1]) in table.members:
        name = numbered[1]
    return "" if name == shape(item) else f"CONSTRAINT {identifier(name)} "


def shape(item: SchemaObject) -> str:
    """What a catalog calls a constraint that has no name."""
    if item.kind == "primary key":
        return item.kind
    if item.kind == "check":
        return f"check ({item.properties['expression']})"
    return f"{item.kind} ({', '.join(_strings(item.properties['columns']))})"


def _conflict(item: SchemaObject) -> str:
    action = item.properties.get("on_conflict")
    return f" ON CONFLICT {action}" if action else ""


def _with_collations(parts: list[str], collations: Any) -> list[str]:  # noqa: ANN401 -- a Property
    """Each part with its own collation, which stands before DESC."""
    if not collations:
        return parts
    return [_collated(part, said) for part, said in zip(parts, collations, strict=True)]


def _collated(part: str, collation: str | None) -> str:
    if collation is None:
        return part
    bare = part.removesuffix(" DESC")
    return f"{bare} COLLATE {collation_name(collation)}{part[len(bare) :]}"


def _strings(value: Any) -> tuple[str, ...]:  # noqa: ANN401 -- a Property that is a tuple
    return tuple(value)


def _position(column: SchemaObject) -> int:
    place = column.properties.get("position")
    return place if isinstance(place, int) else 0


def mentions(text: str, name: str) -> bool:
    """Whether a name may stand in a spelled text; errs on the side of yes."""
    return re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", text) is not None


def texts(table: Table) -> Iterator[tuple[SchemaObject, str]]:
    """Every expression that belongs to the table, with the object that holds it."""
    for item in table.members.values():
        for key in ("expression", "generated", "predicate", "definition"):
            if item.properties.get(key):
                yield item, str(item.properties[key])
        if item.kind == "index":
            yield item, " ".join(map(str, _strings(item.properties.get("columns") or ())))
