"""Everything of a schema that a word may be found in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from schema.catalog import Catalog, SchemaObject
from schema.history import History, Revision
from schema.synthetic.tables import table_label
from schema.tables.models import ModelClass, Models, ModelTable
from schema.tables.said import table_said
from schema.timeline import Timeline

__all__ = ["Entry", "Text", "entries_of"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text of an entry. ``weight`` is 3 for a name, 2 for words about it, 1 for SQL and types.

    A text with no weight only helps to narrow down: the table that a column is in.
    """

    field: str
    text: str
    weight: int
    low: str


@dataclass(slots=True)
class Entry:
    """One thing that can be found: what it is, where, and its texts."""

    kind: str
    table: str | None
    name: str
    texts: list[Text] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    about: str | None = None
    low: str = ""

    @property
    def label(self) -> str:
        return f"{self.table}.{self.name}" if self.table is not None else self.name

    def add(self, name: str, text: object, weight: int) -> None:
        """One more text, unless there is none, or it is there already."""
        if text:
            said = str(text)
            if not any(each.field == name and each.text == said for each in self.texts):
                self.texts.append(Text(name, said, weight, said.lower()))


#: Makes an entry, or finds it: its kind, table and name, and what it is from.
_Make = Callable[[str, str | None, str, str], Entry]

#: What is told of an object beside its name: the property, what the text is called, its weight.
_TOLD = {
    "comment": ("comment", 2),
    "definition": ("definition", 1),
    "expression": ("definition", 1),
    "predicate": ("definition", 1),
    "default": ("default", 1),
    "generated": ("definition", 1),
    "type": ("type", 1),
}


def entries_of(
    catalog: Catalog | None,
    models: Models | None,
    history: History | None,
    timeline: Timeline | None,
    *,
    source: str = "database",
) -> list[Entry]:
    """All that can be found; what database and models both have is one entry."""
    found: dict[tuple[str, str | None, str], Entry] = {}

    def entry(kind: str, table: str | None, name: str, source: str) -> Entry:
        key = kind, table, name
        if key not in found:
            found[key] = Entry(kind, table, name)
            found[key].add("name", name, 3)
            found[key].add("table", table, 0)
        if source not in found[key].sources:
            found[key].sources.append(source)
        return found[key]

    for item in catalog.values() if catalog is not None else ():
        _object(item, entry, source)
    if models is not None:
        for table in models.tables:
            _table(table, models.classes_of(table.label), entry)
        for cls in models.classes:
            _class(cls, entry)
    for revision in history if history is not None else ():
        _revision(revision, entry)
    if timeline is not None:
        _gone(timeline, {(kind, each) for kind, table, name in found
                         for each in [f"{table}.{name}" if table else name]}, entry)  # fmt: skip
    for each in found.values():
        each.texts.sort(key=_weight, reverse=True)
        each.low = "\n".join([text.low for text in each.texts])
    return list(found.values())


def _weight(text: Text) -> int:
    return text.weight


# -- from a catalog -------------------------------------------------------------------------------


def _object(item: SchemaObject, entry: _Make, source: str) -> None:
    if item.kind in {"database", "privilege", "default privilege"}:
        return
    table = None if item.table is None else table_label(item.schema_name, item.table)
    name = item.name if table is not None else table_label(item.schema_name, item.name)
    made = entry(item.kind, table, name, source)
    properties = item.properties
    for each, (called, weight) in _TOLD.items():
        value = properties.get(each)
        if value:
            made.add(called, value, weight)
            if called == "comment":
                made.about = str(value)
    if item.kind not in {"table", "column"}:
        made.add("columns", ", ".join(_texts(properties.get("columns"))), 1)
        made.add("target", properties.get("target"), 1)
    for label in _texts(properties.get("labels")):
        entry("enum value", name, label, source)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()


# -- from the models ------------------------------------------------------------------------------


def _table(table: ModelTable, classes: Sequence[ModelClass], entry: _Make) -> None:
    made = entry("table", None, table.label, "models")
    for said in table_said(None, table, classes):
        made.add(said.by, said.text, 2)
        made.about = made.about or said.text
    if table.variable is not None:
        made.add("variable", table.variable["name"], 3)
    for column in table.columns:
        one = entry("column", table.label, column.name, "models")
        one.add("comment", column.comment, 2)
        one.add("doc", column.doc, 2)
        one.add("type", column.type, 1)
        one.about = one.about or column.doc or column.comment
        for value in column.info.values():
            one.add("info", value, 2)
        if column.enum is not None:
            owner = column.enum.name or column.enum.class_name or f"{table.label}.{column.name}"
            for value in column.enum.values:
                member = column.enum.members.get(value)
                added = entry("enum value", owner, value, "models")
                added.add("value", member if member != value else None, 3)


def _class(cls: ModelClass, entry: _Make) -> None:
    made = entry("class", None, cls.name, "models")
    made.add("table", cls.table, 0)
    if cls.table is None:  # else it is told with the table
        made.add("docstring", cls.docstring, 2)
    made.about = cls.docstring
    for each in cls.attributes:
        columns = [(table, name) for table, name in each.columns if table is not None]
        for table, name in columns:
            one = entry("column", table, name, "models")
            one.add("attribute", each.name if each.name != name else None, 3)
            one.add("text beside it", each.doc, 2)
            one.about = one.about or each.doc
        if not columns:
            one = entry(each.kind, cls.name, each.name, "models")
            one.add("doc", each.doc, 2)
            one.add("definition", each.target, 1)
            one.about = one.about or each.doc
    for other in cls.relationships:
        one = entry("relationship", cls.name, other.name, "models")
        one.add("target", other.target, 1)
        one.add("doc", other.doc, 2)
        one.about = one.about or other.doc


# -- from the revisions ---------------------------------------------------------------------------


def _revision(revision: Revision, entry: _Make) -> None:
    made = entry("revision", None, revision.id, "revisions")
    made.about = revision.message
    made.add("message", revision.message, 2)
    made.add("author", revision.author, 2)
    made.add("file", revision.path.stem, 1)
    for label in revision.labels:
        made.add("label", label, 3)
    rest = _without_head(revision.doc)
    if rest and rest != revision.message:
        made.add("docstring", rest, 2)


_HEAD = re.compile(r"^\s*(?:Revision ID|Revises|Create Date|Depends on|Branch Labels):.*$", re.M)


def _without_head(doc: str) -> str:
    """A revision's docstring without what Alembic writes into each."""
    return _HEAD.sub("", doc).strip()


def _gone(timeline: Timeline, there: set[tuple[str, str]], entry: _Make) -> None:
    """What was dropped or renamed, as far as nothing has that name today."""
    for step in timeline.steps:
        for item in step.differences:
            old = item.renamed_from if item.change == "renamed" else item.name
            if item.change not in {"removed", "renamed"} or old is None:
                continue
            table = None if item.table is None else table_label(item.schema_name, item.table)
            name = old if table is not None else table_label(item.schema_name, old)
            if (item.kind, f"{table}.{name}" if table else name) in there:
                continue
            made = entry(item.kind, table, name, "revisions")
            word = "renamed" if item.change == "renamed" else "dropped"
            now = f" to {item.name}" if item.change == "renamed" else ""
            made.about = f"{word}{now} by {step.id} {step.revision.message}".strip()
            made.add("gone", made.about, 2)
