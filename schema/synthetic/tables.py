"""The tables to fill, as far as their rows depend on it: columns, keys, and what they refer to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schema.catalog import Catalog, SchemaObject
from schema.catalog.sqlite_text import fold, tokens

__all__ = ["Column", "ForeignKey", "Table", "Unique", "read_tables", "table_label"]


@dataclass(frozen=True)
class Column:
    """One column. ``written`` is False where the database computes the value itself.

    ``type`` is as the catalog spells it. ``sequence`` tells that the server counts it up: a serial
    or identity column.
    """

    name: str
    type: str
    nullable: bool
    default: str | None = None
    written: bool = True
    sequence: bool = False
    affinity: str | None = None


@dataclass(frozen=True)
class ForeignKey:
    """A reference. ``target`` is the label of the table that it leads to."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    deferrable: bool = False
    full: bool = False


@dataclass(frozen=True)
class Unique:
    """Columns whose values together may occur once.

    ``partial`` tells that only some rows count, or only parts of the values. ``with_nulls`` tells
    that NULL counts as a value too; ``is_primary`` is the primary key's. ``overlapping`` names the
    column whose ranges must not overlap, for an exclusion constraint.
    """

    columns: tuple[str, ...]
    partial: bool = False
    with_nulls: bool = False
    is_primary: bool = False
    overlapping: str | None = None


@dataclass
class Table:
    """A table under work. ``label`` is as a person writes it; ``refusal`` why it takes no rows."""

    schema_name: str | None
    name: str
    label: str
    columns: tuple[Column, ...] = ()
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[str, ...] = ()
    #: Of a partitioned table: the bounds of its partitions.
    bounds: tuple[str, ...] = ()
    partition_key: str | None = None
    refusal: str | None = None
    has_rowid: bool = True
    by_name: Mapping[str, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name = {column.name: column for column in self.columns}

    @property
    def primary_key(self) -> tuple[str, ...]:
        return next((each.columns for each in self.uniques if each.is_primary), ())

    def may_be_null(self, columns: Collection[str]) -> bool:
        """Whether all, or for a key over several columns any, of these may be NULL."""
        return any(self.by_name[name].nullable for name in columns)


def read_tables(catalog: Catalog, skip: Collection[str] = ()) -> list[Table]:
    """The tables of a catalog that rows can be put into, those named in ``skip`` left out.

    Partitions are left to their partitioned table. A table that takes no rows (foreign, virtual)
    is among them, with its ``refusal``.
    """
    return _Reader(catalog, skip).tables()


class _Reader:
    def __init__(self, catalog: Catalog, skip: Collection[str]) -> None:
        self.is_sqlite = catalog.dialect == "sqlite"
        self.skip = set(skip)
        self.objects: dict[tuple[str | None, str], list[SchemaObject]] = defaultdict(list)
        self.found: dict[str, SchemaObject] = {}
        self.parents: dict[str, tuple[str, ...]] = {}
        self.children: dict[str, list[str]] = defaultdict(list)
        for item in catalog.values():
            if item.kind == "table":
                label = table_label(item.schema_name, item.name)
                self.found[label] = item
                self.parents[label] = tuple(map(_unquoted, _names(item, "inherits")))
                for parent in self.parents[label]:
                    self.children[parent].append(label)
            elif item.table is not None:
                self.objects[item.schema_name, item.table].append(item)
        names = {(fold(label) if self.is_sqlite else label): label for label in self.found}
        self.label_of: Callable[[str], str | None] = lambda name: names.get(
            fold(name) if self.is_sqlite else name
        )

    def tables(self) -> list[Table]:
        return [self._table(label, item) for label, item in self.found.items()
                if not self._is_left_out(label, item)]  # fmt: skip

    def _is_left_out(self, label: str, item: SchemaObject) -> bool:
        partition = item.properties.get("partition_bound") is not None
        return partition or label in self.skip or item.name in self.skip

    def _objects(self, label: str) -> Iterator[SchemaObject]:
        """What belongs to a table, its parents' columns and checks first."""
        for parent in self.parents.get(label, ()):
            if parent in self.found:
                yield from (
                    item for item in self._objects(parent) if item.kind in {"column", "check"}
                )
        item = self.found[label]
        yield from self.objects[item.schema_name, item.name]

    def _table(self, label: str, item: SchemaObject) -> Table:
        objects: dict[str, list[SchemaObject]] = defaultdict(list)
        for each in self._objects(label):
            objects[each.kind].append(each)
        columns = list({each.name: _column(each) for each in objects["column"]}.values())
        names = [column.name for column in columns]
        keys = {name for each in objects["primary key"] for name in _names(each, "columns")}
        if not self.is_sqlite:
            columns = [replace(c, nullable=False) if c.name in keys else c for c in columns]
        return Table(
            item.schema_name,
            item.name,
            label,
            tuple(columns),
            tuple(_uniques(objects, names, fold if self.is_sqlite else str)),
            tuple(self._foreign_keys(objects["foreign key"])),
            tuple(_checks(objects["check"])),
            tuple(self._bounds(label)),
            _text(item, "partition_key"),
            _refusal(item, columns),
            not item.properties.get("without_rowid"),
        )

    def _foreign_keys(self, found: Sequence[SchemaObject]) -> Iterator[ForeignKey]:
        for item in found:
            if item.properties.get("not_enforced"):
                continue
            named = str(item.properties["target"])
            target = self.label_of(named) or named
            columns, others = _names(item, "columns"), _names(item, "target_columns")
            if target in self.found and not others:
                others = next(
                    (_names(each, "columns") for each in self._objects(target)
                     if each.kind == "primary key"), ())  # fmt: skip
            yield ForeignKey(
                item.name, columns, target, others,
                self.is_sqlite or bool(item.properties.get("deferrable")),
                item.properties.get("match") == "FULL",
            )  # fmt: skip

    def _bounds(self, label: str) -> Iterator[str]:
        for child in self.children.get(label, ()):
            bound = self.found[child].properties.get("partition_bound")
            if bound is not None:
                yield str(bound)


def table_label(schema_name: str | None, name: str) -> str:
    """``users``, or ``sales.orders`` in another schema than PostgreSQL's public."""
    return name if schema_name in {None, "public"} else f"{schema_name}.{name}"


def _unquoted(name: str) -> str:
    """A qualified name (``public."Mixed"``) as a label."""
    parts = [token.name for token in tokens(name) if token.text != "."]
    return table_label(parts[0], parts[1]) if len(parts) == 2 else name


def _column(item: SchemaObject) -> Column:
    default = _text(item, "default")
    return Column(
        item.name,
        str(item.properties.get("type") or ""),
        bool(item.properties.get("nullable")),
        default,
        item.properties.get("generated") is None,
        item.properties.get("identity") is not None
        or bool(item.properties.get("auto_increment"))
        or (default or "").startswith("nextval("),
        _text(item, "affinity"),
    )


def _uniques(
    objects: Mapping[str, Sequence[SchemaObject]],
    names: Sequence[str],
    same: Callable[[str], str],
) -> Iterator[Unique]:
    for item in objects["primary key"]:
        yield Unique(_names(item, "columns"), is_primary=True)
    for item in objects["unique"]:
        nulls = bool(item.properties.get("nulls_not_distinct"))
        prefix = bool(item.properties.get("lengths"))  # MariaDB: of the first characters alone
        yield Unique(_names(item, "columns"), prefix, with_nulls=nulls)
    for item in objects["index"]:
        if item.properties.get("unique"):
            yield _unique_index(item, names, same)
    for item in objects["exclusion"]:
        yield from _exclusion(item, names)


def _unique_index(item: SchemaObject, names: Sequence[str], same: Callable[[str], str]) -> Unique:
    """A unique index; of an expression the columns in it, which are then more than unique."""
    parts = [str(part) for part in _names(item, "columns")]
    named = [name for part in parts for name in mentioned(part, names, same)]
    plain = all(len(tokens(part)) == 1 for part in parts)
    partial = item.properties.get("predicate") is not None or not plain
    nulls = bool(item.properties.get("nulls_not_distinct"))
    return Unique(tuple(dict.fromkeys(named)), partial=partial, with_nulls=nulls)


def mentioned(text: str, names: Sequence[str], same: Callable[[str], str] = str) -> Iterator[str]:
    """The columns that an expression names."""
    known = {same(name): name for name in names}
    for token in tokens(text):
        if token.kind in {"word", "double", "other"} and same(token.name) in known:
            yield known[same(token.name)]


def _exclusion(item: SchemaObject, names: Sequence[str]) -> Iterator[Unique]:
    """An exclusion constraint, kept by ranges that never overlap, else by unequal values."""
    definition = str(item.properties["definition"])
    columns = tuple(dict.fromkeys(mentioned(definition.partition("(")[2], names)))
    if not columns:
        return
    overlap = re.search(r"(\S+) WITH &&", definition)
    ranges = list(mentioned(overlap[1], names)) if overlap else []
    partial = " WHERE " in definition
    yield Unique(columns, partial, with_nulls=False, overlapping=ranges[0] if ranges else None)


def _checks(found: Sequence[SchemaObject]) -> Iterator[str]:
    for item in found:
        if not item.properties.get("not_enforced"):
            yield str(item.properties["expression"])


def _refusal(item: SchemaObject, columns: Sequence[Column]) -> str | None:
    if item.properties.get("virtual") is not None:
        return "a virtual table's module decides what its rows are"
    if item.properties.get("kind") == "foreign table":
        return "a foreign table's rows are in another database"
    if item.properties.get("definition") is not None:
        return "its definition could not be understood"
    return None if columns else "it has no columns"


def _names(item: SchemaObject, name: str) -> tuple[str, ...]:
    found = item.properties.get(name)
    return tuple(str(each) for each in found) if isinstance(found, tuple) else ()


def _text(item: SchemaObject, name: str) -> str | None:
    found = item.properties.get(name)
    return None if found is None else str(found)
