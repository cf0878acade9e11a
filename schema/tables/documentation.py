"""What of a schema is documented, and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.catalog import Catalog, SchemaObject
from schema.display import Displayed
from schema.synthetic.tables import table_label
from schema.tables.models import EnumType, ModelClass, Models, ModelTable
from schema.tables.names import tables_of
from schema.tables.parts import Said
from schema.tables.said import (
    class_mentions,
    column_said,
    enum_said,
    relationship_said,
    table_said,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Documentation", "Documented", "documentation_of"]

#: Kinds of objects of their own that can bear a comment.
_OTHERS = ("view", "materialized view", "function", "procedure", "domain", "composite type")


@dataclass(frozen=True, slots=True)
class Documented:
    """One thing that can be documented, and what is said of it; nothing when it is not.

    ``kind`` is ``table``, ``column``, ``relationship``, ``enum``, ``view`` …; ``table`` is the
    label of the table that it belongs to, None for what belongs to none.
    """

    kind: str
    table: str | None
    name: str
    said: tuple[Said, ...] = ()

    @property
    def is_documented(self) -> bool:
        return bool(self.said)

    @property
    def label(self) -> str:
        return f"{self.table}.{self.name}" if self.table is not None else self.name


@dataclass(frozen=True)
class Documentation(Displayed):
    """Everything of a schema that can be documented, table by table.

    Docstrings of classes, comments of the database and of the models, ``doc=``, and words beside an
    attribute count; a column is documented, too, when the docstring of its class names it in
    backquotes.
    """

    items: tuple[Documented, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        there, of = len(self.items) - len(self.missing), len(self.items)
        return f"<Documentation: {there:,} of {of:,} documented, {self.percentage:.0f} %>"

    @property
    def missing(self) -> tuple[Documented, ...]:
        """What is not documented."""
        return tuple(item for item in self.items if not item.is_documented)

    @property
    def percentage(self) -> float:
        """How much of all is documented, 0 to 100; 100 where there is nothing."""
        return _percentage(self.items)

    @property
    def by_kind(self) -> Mapping[str, tuple[int, int]]:
        """By kind, how many are documented, and how many there are."""
        there = Counter(item.kind for item in self.items if item.is_documented)
        return {
            kind: (there[kind], of)
            for kind, of in Counter(item.kind for item in self.items).items()
        }

    @property
    def by_table(self) -> Mapping[str, tuple[int, int]]:
        """The same by table, with its columns and relationships."""
        found: dict[str, list[int]] = {}
        for item in self.items:
            label = item.name if item.kind == "table" else item.table
            if label is not None:
                counts = found.setdefault(label, [0, 0])
                counts[0] += item.is_documented
                counts[1] += 1
        return {label: (there, of) for label, (there, of) in found.items()}

    def frame(self) -> pd.DataFrame:
        """One row a thing: ``kind, table, name, documented, by, text``."""
        import pandas as pd

        rows = [
            (
                item.kind,
                item.table,
                item.name,
                item.is_documented,
                ", ".join(dict.fromkeys(said.by for said in item.said)),
                " ".join(said.text for said in item.said),
            )
            for item in self.items
        ]
        return pd.DataFrame(rows, columns=["kind", "table", "name", "documented", "by", "text"])

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "percentage": round(self.percentage, 1),
            "kinds": {kind: {"documented": there, "of": of}
                      for kind, (there, of) in self.by_kind.items()},
            "missing": [{"kind": item.kind, "table": item.table, "name": item.name}
                        for item in self.missing],
            "documented": [
                {"kind": item.kind, "table": item.table, "name": item.name,
                 "said": [{"text": said.text, "by": said.by} for said in item.said]}
                for item in self.items if item.is_documented
            ],
            "notes": list(self.notes),
        }  # fmt: skip


def _percentage(items: Sequence[Documented]) -> float:
    there = sum(item.is_documented for item in items)
    return 100 * there / len(items) if items else 100.0


def documentation_of(
    catalog: Catalog | None, models: Models | None, *, notes: Iterable[str] = ()
) -> Documentation:
    """What of a database, and of its models, is documented. One of both may be None."""
    return Documentation(tuple(_items(catalog, models)), tuple(notes))


def _items(catalog: Catalog | None, models: Models | None) -> Iterator[Documented]:
    there, columns = tables_of(catalog), _columns(catalog)
    known = models.by_label if models is not None else {}
    for label in dict.fromkeys([*there, *known]):
        item, table = there.get(label), known.get(label)
        classes = models.classes_of(label) if models is not None else ()
        yield Documented("table", None, label, table_said(item, table, classes))
        yield from _table_columns(label, columns.get(label, []), table, classes)
        for cls in classes:
            for each in cls.relationships:
                said = relationship_said(each.doc)
                yield Documented("relationship", label, f"{cls.name}.{each.name}", said)
    yield from _enums(catalog, models)
    for item in catalog.of_kind(*_OTHERS) if catalog is not None else ():
        comment = item.properties.get("comment")
        label = table_label(item.schema_name, item.name)
        yield Documented(item.kind, None, label, (Said(str(comment), "comment"),) * bool(comment))


def _columns(catalog: Catalog | None) -> dict[str, list[SchemaObject]]:
    found: dict[str, list[SchemaObject]] = {}
    for item in catalog.of_kind("column") if catalog is not None else ():
        found.setdefault(table_label(item.schema_name, item.table or ""), []).append(item)
    return found


def _table_columns(
    label: str,
    items: Sequence[SchemaObject],
    table: ModelTable | None,
    classes: Sequence[ModelClass],
) -> Iterator[Documented]:
    mentions = class_mentions(classes)
    there = {item.name: item for item in items}
    known = {column.name: column for column in table.columns} if table is not None else {}
    for name in dict.fromkeys([*there, *known]):
        attributes = [each for cls in classes for each in cls.attributes_of(label, name)]
        said = column_said(there.get(name), known.get(name), attributes, mentions)
        yield Documented("column", label, name, said)


def _enums(catalog: Catalog | None, models: Models | None) -> Iterator[Documented]:
    """Each enum once, though several columns have it: by the type's name, else by its class's."""
    types = {
        table_label(item.schema_name, item.name): item
        for item in (catalog.of_kind("enum") if catalog is not None else ())
    }
    kinds: dict[str, EnumType | None] = dict.fromkeys(types)
    for table in models.tables if models is not None else ():
        for column in table.columns:
            if column.enum is not None:
                name = column.enum.name or column.enum.class_name or f"{table.label}.{column.name}"
                kinds[name] = column.enum
    for name, kind in kinds.items():
        yield Documented("enum", None, name, enum_said(types.get(name), kind))
