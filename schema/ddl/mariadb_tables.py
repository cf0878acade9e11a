"""The tables of a MariaDB catalog, each with all that belongs to it, and the SQL that makes them.

Source: https://mariadb.com/kb/en/create-table/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schema.catalog.mariadb_text import quoted
from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.mariadb_partitions import partitioning
from schema.ddl.mariadb_text import listed, literal, part

__all__ = [
    "Table",
    "check",
    "foreign_key",
    "key",
    "key_columns",
    "period_of",
    "row_format",
    "system_period",
    "tables",
]

_KEYS = ("primary key", "unique", "index")
_TEXT = re.compile(r"(?:char|varchar|tinytext|text|mediumtext|longtext|enum|set)\b")

#: Formats that are a table's own choice; the others are the engine's default.
_FORMATS = frozenset({"compressed", "compact", "redundant"})


@dataclass
class Table:
    """A table and what belongs to it, by name; keys by kind and name."""

    item: SchemaObject
    columns: dict[str, SchemaObject] = field(default_factory=dict)
    keys: dict[tuple[str, str], SchemaObject] = field(default_factory=dict)
    checks: dict[str, SchemaObject] = field(default_factory=dict)
    foreign_keys: dict[str, SchemaObject] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.item.name

    def inline_check(self, name: str) -> SchemaObject | None:
        """The check that is part of a column's own definition: it is called as the column is."""
        found = self.checks.get(name)
        is_inline = found is not None and found.properties.get("server_named")
        return found if is_inline and name in self.columns else None

    def outer_checks(self) -> list[SchemaObject]:
        """The checks that are the table's."""
        return [each for name, each in self.checks.items() if self.inline_check(name) is None]

    def definition(self, name: str, *, collation: bool = False) -> str:
        """A column's definition; its collation is said where it is its own, or if asked."""
        item = self.columns[name]
        inline = self.inline_check(name)
        checked = f" CHECK ({inline.properties['expression']})" if inline else ""
        return _column(item, self.collation_of(item) if collation else None) + checked

    def collation_of(self, item: SchemaObject) -> str | None:
        """The collation that a column has, its own or the table's; None for what is no text."""
        if not _is_text(item):
            return None
        found = item.properties.get("collation") or self.item.properties.get("collation")
        return str(found) if found else None

    def create(self, *, keys: bool = True) -> str:
        """CREATE TABLE; without its foreign keys unless ``keys``."""
        lines = [self.definition(name) for name in self.columns]
        lines += list(_periods(self))
        lines += [key(each) for each in self.keys.values()]
        lines += [foreign_key(each) for each in self.foreign_keys.values()] if keys else []
        lines += [check(each) for each in self.outer_checks()]
        inside = ",\n".join(f"  {line}" for line in lines)
        said = " ".join(_options(self.item))
        divided = partitioning(self.item)
        text = f"CREATE TABLE {quoted(self.name)} (\n{inside}\n) {said}"
        return f"{text}\n{divided}" if divided else text


def tables(catalog: Catalog) -> dict[str, Table]:
    """All tables by name, their columns in order."""
    found = {item.name: Table(item) for item in catalog.of_kind("table")}
    for item in sorted(catalog.of_kind("column"), key=_position):
        if item.table in found:
            found[item.table].columns[item.name] = item
    for item in catalog.values():
        owner = found.get(item.table or "")
        if owner is None:
            continue
        if item.kind in _KEYS:
            owner.keys[item.kind, item.name] = item
        elif item.kind == "check":
            owner.checks[item.name] = item
        elif item.kind == "foreign key":
            owner.foreign_keys[item.name] = item
    for table in found.values():
        table.keys = dict(sorted(table.keys.items(), key=lambda each: _KEYS.index(each[0][0])))
    return found


def _position(item: SchemaObject) -> int:
    found = item.properties.get("position")
    return found if isinstance(found, int) else 0


def _is_text(item: SchemaObject) -> bool:
    """Whether a column has a collation."""
    return _TEXT.match(str(item.properties["type"])) is not None


# -- the parts ------------------------------------------------------------------------------------


def _column(item: SchemaObject, collation: str | None = None) -> str:
    """A column's definition, as CREATE TABLE and ADD COLUMN take it.

    NULL is always said: a timestamp would be NOT NULL without.
    """
    found = item.properties
    words = [quoted(item.name), str(found["type"])]
    if collation or found.get("collation"):
        words.append(f"COLLATE {collation or found['collation']}")
    generated = found.get("generated")
    if generated:
        words.append(_generated(str(generated)))
    else:
        words.append("NULL" if found["nullable"] else "NOT NULL")
    words += ["INVISIBLE"] if found.get("invisible") else []
    words += ["WITHOUT SYSTEM VERSIONING"] if found.get("unversioned") else []
    if found.get("default") is not None:
        words.append(f"DEFAULT {_in_parentheses(str(found['default']))}")
    words += [f"ON UPDATE {found['on_update']}"] if found.get("on_update") else []
    words += ["AUTO_INCREMENT"] if found.get("auto_increment") else []
    words += [f"COMMENT {literal(str(found['comment']))}"] if found.get("comment") else []
    return " ".join(words)


def _generated(told: str) -> str:
    """``stored: a + 1``, as the catalog has it; or when a row's version begins and ends."""
    how, _, expression = told.partition(": ")
    if expression in {"ROW START", "ROW END"}:
        return f"GENERATED ALWAYS AS {expression}"
    return f"GENERATED ALWAYS AS ({expression}) {how.upper()}"


def _in_parentheses(default: str) -> str:
    """A default: an expression stands in parentheses, a constant or one call as it is."""
    simple = re.fullmatch(r"-?[\d.]+(?:[eE][-+]?\d+)?|[bx]?'(?:[^'\\]|''|\\.)*'|[\w]+(?:\(\d*\))?",
                          default, re.DOTALL)  # fmt: skip
    return default if simple else f"({default})"


def _periods(table: Table) -> Iterator[str]:
    period = table.item.properties.get("period")
    if period:
        yield period_of(str(period))
    if found := system_period(table):
        yield found


def system_period(table: Table) -> str | None:
    """The period of versions, where its two columns are the table's own."""
    ends = {
        str(item.properties.get("generated")).partition(": ")[2]: name
        for name, item in table.columns.items()
    }
    if "ROW START" in ends and "ROW END" in ends:
        return f"PERIOD FOR SYSTEM_TIME ({quoted(ends['ROW START'])}, {quoted(ends['ROW END'])})"
    return None


def period_of(told: str) -> str:
    """``stay (checkin, checkout)`` as SQL has it."""
    name, _, columns = told.partition(" (")
    return f"PERIOD FOR {quoted(name)} ({listed(tuple(columns.rstrip(')').split(', ')))})"


def key(item: SchemaObject) -> str:
    """A primary key, a unique one or another index, as CREATE TABLE and ADD take it."""
    found = item.properties
    inside = ", ".join(_parts(item))
    if found.get("without_overlaps"):
        inside += f", {quoted(str(found['without_overlaps']))} WITHOUT OVERLAPS"
    method = str(found.get("method") or "")
    words = {
        "primary key": ["PRIMARY KEY"],
        "unique": ["UNIQUE KEY", quoted(item.name)],
        "index": ["KEY", quoted(item.name)],
    }[item.kind]
    if method in {"fulltext", "spatial"}:
        words = [method.upper(), *words]
    words.append(f"({inside})")
    words += [f"USING {method.upper()}"] if method in {"hash", "rtree"} else []
    words += [f"COMMENT {literal(str(found['comment']))}"] if found.get("comment") else []
    words += ["IGNORED"] if found.get("ignored") else []
    return " ".join(words)


def key_columns(item: SchemaObject) -> tuple[str, ...]:
    """The columns that a key is on, without what is said of each."""
    told = _told(item)
    return tuple(part(each)[0] for each in told) if item.kind == "index" else told


def _told(item: SchemaObject) -> tuple[str, ...]:
    found = item.properties["columns"]
    return found if isinstance(found, tuple) else ()


def _parts(item: SchemaObject) -> Iterator[str]:
    """The columns, each with its length and order."""
    found = item.properties
    if item.kind == "index":
        yield from (quoted(name) + rest for name, rest in map(part, _told(item)))
        return
    lengths = dict(found.get("lengths") or ())  # type: ignore[arg-type]
    descending = found.get("descending") or ()
    for name in key_columns(item):
        length = f"({lengths[name]})" if name in lengths else ""
        yield quoted(name) + length + (" DESC" if name in descending else "")  # type: ignore[operator]


def check(item: SchemaObject) -> str:
    return f"CONSTRAINT {quoted(item.name)} CHECK ({item.properties['expression']})"


def foreign_key(item: SchemaObject) -> str:
    """A foreign key, as CREATE TABLE and ADD take it."""
    found = item.properties
    target = ".".join(map(quoted, str(found["target"]).split(".", 1)))
    text = (
        f"CONSTRAINT {quoted(item.name)} FOREIGN KEY ({listed(found['columns'])}) "
        f"REFERENCES {target} ({listed(found['target_columns'])})"
    )
    for event in ("delete", "update"):
        action = found.get(f"on_{event}")
        text += f" ON {event.upper()} {action}" if action and action != "NO ACTION" else ""
    return text


def row_format(item: SchemaObject) -> str | None:
    """A table's own format of rows; None for the engine's default."""
    found = item.properties.get("row_format")
    return str(found).upper() if found in _FORMATS else None


def _options(item: SchemaObject) -> Iterable[str]:
    """A table's options, as they stand behind its columns."""
    found: Mapping[str, object] = item.properties
    yield f"ENGINE={found['engine']}"
    if found.get("charset"):
        yield f"DEFAULT CHARSET={found['charset']} COLLATE={found['collation']}"
    if own := row_format(item):
        yield f"ROW_FORMAT={own}"
    more = found.get("options")
    yield from map(str, more if isinstance(more, tuple) else ())
    if found.get("comment"):
        yield f"COMMENT={literal(str(found['comment']))}"
    if found.get("system_versioned"):
        yield "WITH SYSTEM VERSIONING"
