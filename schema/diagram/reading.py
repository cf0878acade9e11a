"""From a catalog to tables and relations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from schema.catalog import Catalog, SchemaObject
from schema.diagram.values import DiagramColumn, DiagramIndex, DiagramTable, Enum, Relation

__all__ = ["Parts", "label_of", "read"]

_VIEWS = ("view", "materialized view")
#: A table's schema and name.
_Key = tuple[str | None, str]


def label_of(schema_name: str | None, name: str) -> str:
    """A table's name, with its schema unless that is the default one."""
    return name if schema_name in (None, "public") else f"{schema_name}.{name}"


class Parts:
    """What a catalog holds of each table: its columns, keys, and what they refer to."""

    def __init__(self, catalog: Catalog) -> None:
        self.tables: dict[_Key, SchemaObject] = {}
        self.columns: dict[_Key, list[SchemaObject]] = defaultdict(list)
        self.primary_keys: dict[_Key, tuple[str, ...]] = {}
        self.uniques: dict[_Key, list[tuple[str, ...]]] = defaultdict(list)
        self.indexes: dict[_Key, list[DiagramIndex]] = defaultdict(list)
        self.enums: list[Enum] = []
        self.foreign_keys: dict[_Key, list[SchemaObject]] = defaultdict(list)
        self.partitions: Counter[str] = Counter()
        for item in catalog.values():
            self._take(item)

    def _take(self, item: SchemaObject) -> None:
        owner = item.schema_name, item.table or ""
        properties = item.properties
        if item.kind == "table":
            if properties.get("partition_bound") is not None:
                parents = _names(properties.get("inherits"))
                self.partitions.update(
                    name.replace('"', "").removeprefix("public.") for name in parents
                )
            else:
                self.tables[item.schema_name, item.name] = item
        elif item.kind in _VIEWS:
            self.tables[item.schema_name, item.name] = item
        elif item.kind == "column":
            self.columns[owner].append(item)
        elif item.kind == "primary key":
            self.primary_keys[owner] = _names(properties.get("columns"))
        elif item.kind in ("unique", "index"):
            self._take_index(owner, item)
        elif item.kind == "enum":
            label = label_of(item.schema_name, item.name)
            self.enums.append(Enum(label, _names(properties.get("labels"))))
        elif item.kind == "foreign key":
            self.foreign_keys[owner].append(item)

    def _take_index(self, owner: _Key, item: SchemaObject) -> None:
        columns = _names(item.properties.get("columns"))
        is_unique = item.kind == "unique" or bool(item.properties.get("unique"))
        self.indexes[owner].append(DiagramIndex(item.name, columns, is_unique))
        if is_unique and not item.properties.get("predicate"):
            self.uniques[owner].append(columns)

    def keys(self, owner: _Key) -> list[tuple[str, ...]]:
        """The columns of each key of a table: the primary one first."""
        primary = self.primary_keys.get(owner)
        return [*([primary] if primary else []), *self.uniques[owner]]


def _names(found: object) -> tuple[str, ...]:
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def read(catalog: Catalog) -> tuple[list[DiagramTable], list[Relation]]:
    """All tables and views of a catalog, and a relation for each foreign key.

    Partitions are told with their table only. A foreign key to a table that is not there, as
    SQLite allows, is no relation.
    """
    parts = Parts(catalog)
    labels = {key: label_of(*key) for key in parts.tables}
    tables = [_table(key, parts) for key in parts.tables]
    known = set(labels.values())
    relations = [
        relation
        for key in parts.tables
        for relation in _relations(key, parts)
        if relation.target in known
    ]
    return sorted(tables, key=lambda each: each.label), sorted(relations, key=_order)


def _order(relation: Relation) -> tuple[str, str, str]:
    return relation.table, relation.target, relation.name


def _table(key: _Key, parts: Parts) -> DiagramTable:
    item = parts.tables[key]
    return DiagramTable(
        label_of(*key),
        *key,
        item.kind,
        tuple(_columns(key, parts)),
        _text(item, "comment"),
        partitions=parts.partitions[label_of(*key)],
        primary_key=parts.primary_keys.get(key, ()),
        indexes=tuple(parts.indexes[key]),
    )


def _columns(key: _Key, parts: Parts) -> Iterator[DiagramColumn]:
    marks = _marks(key, parts)
    for item in parts.columns[key]:
        yield DiagramColumn(
            item.name,
            str(item.properties.get("type") or ""),
            bool(item.properties.get("nullable")),
            tuple(marks[item.name]),
            _text(item, "default") or _text(item, "generated"),
            _text(item, "comment"),
        )


def _marks(key: _Key, parts: Parts) -> Mapping[str, list[str]]:
    """``PK``, ``FK``, ``UK`` by column, in this order."""
    marks: dict[str, list[str]] = defaultdict(list)
    referring = [_names(item.properties.get("columns")) for item in parts.foreign_keys[key]]
    for mark, keys in (
        ("PK", [parts.primary_keys.get(key, ())]),
        ("FK", referring),
        ("UK", parts.uniques[key]),
    ):
        for name in dict.fromkeys(name for columns in keys for name in columns):
            marks[name].append(mark)
    return marks


def _relations(key: _Key, parts: Parts) -> Iterator[Relation]:
    for item in parts.foreign_keys[key]:
        columns = _names(item.properties.get("columns"))
        yield Relation(
            item.name,
            label_of(*key),
            columns,
            str(item.properties.get("target")),
            _names(item.properties.get("target_columns")),
            is_optional=_is_optional(columns, parts.columns[key]),
            is_unique=any(set(each) <= set(columns) for each in parts.keys(key) if each),
            on_delete=_text(item, "on_delete"),
            on_update=_text(item, "on_update"),
        )


def _is_optional(columns: Sequence[str], all_columns: Sequence[SchemaObject]) -> bool:
    """Whether one of the columns may be null: then nothing is referred to."""
    return any(item.name in columns and item.properties.get("nullable") for item in all_columns)


def _text(item: SchemaObject, name: str) -> str | None:
    value = item.properties.get(name)
    return None if value is None else str(value)
