"""What is written about tables, columns and the like: comments, docstrings, words beside a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from schema.catalog import SchemaObject
from schema.tables.models import Attribute, EnumType, ModelClass, ModelColumn, ModelTable
from schema.tables.parts import Said

__all__ = ["class_mentions", "column_said", "enum_said", "relationship_said", "table_said"]


def table_said(
    item: SchemaObject | None, table: ModelTable | None, classes: Sequence[ModelClass]
) -> tuple[Said, ...]:
    """What a table is for: the docstrings of its classes, its comments, the words beside it."""
    found = [Said(cls.docstring, "docstring") for cls in classes if cls.docstring]
    if table is not None and table.variable is not None and table.variable.get("doc"):
        found.append(Said(str(table.variable["doc"]), "text beside it"))
    return _distinct([*found, *_comments(item, table)])


def column_said(
    item: SchemaObject | None,
    column: ModelColumn | None,
    attributes: Iterable[Attribute],
    mentions: Mapping[str, str],
) -> tuple[Said, ...]:
    """What a column is for. ``mentions`` are the sentences of a class's docstring by name."""
    attributes = list(attributes)
    found = list(_comments(item, column))
    if column is not None and column.doc:
        found.append(Said(column.doc, "doc"))
    found += [Said(each.doc, "text beside it") for each in attributes if each.doc]
    names = {each.name for each in attributes} | ({column.name} if column is not None else set())
    found += [Said(mentions[name], "class docstring") for name in sorted(names & mentions.keys())]
    return _distinct(found)


def enum_said(item: SchemaObject | None, kind: EnumType | None) -> tuple[Said, ...]:
    """What an enum is for: the docstring of its class, and the comment of the type."""
    found = [Said(kind.doc, "docstring")] if kind is not None and kind.doc else []
    return _distinct([*found, *_comments(item, None)])


def relationship_said(doc: str | None) -> tuple[Said, ...]:
    """What a relationship is for."""
    return (Said(doc, "doc"),) if doc else ()


def _comments(item: SchemaObject | None, model: ModelTable | ModelColumn | None) -> Iterator[Said]:
    live = item.properties.get("comment") if item is not None else None
    if live:
        yield Said(str(live), "comment")
    if model is not None and model.comment:
        yield Said(
            model.comment, "comment" if item is None or not live else "comment in the models"
        )


def _distinct(found: Iterable[Said]) -> tuple[Said, ...]:
    """Each text once, by what said it first."""
    return tuple({" ".join(each.text.split()): each for each in reversed(list(found))}.values())[
        ::-1
    ]


# -- a class's docstring --------------------------------------------------------------------------

_SENTENCE = re.compile(r"(?<=[.;!?])\s+(?=[A-Z`*:\"'(])|\n\s*\n|\n(?=\s*(?:[-*]|:\w+))")
_QUOTED = re.compile(r"`+([A-Za-z_]\w*)`+")
_FIELD = re.compile(
    r"^\s*[-*]?\s*(?::(?:param|ivar|cvar|var|attribute)\s+(?:\w+\s+)?(?P<a>\w+):"
    r"|(?P<b>[A-Za-z_]\w*)(?:\s*\([^)]*\))?\s*(?::|--|–)\s+\S)"
)


def class_mentions(classes: Iterable[ModelClass]) -> dict[str, str]:
    """The sentences of classes' docstrings, by each name that they put in backquotes or explain.

    ``field: words`` on a line of its own counts too, as in a list of attributes.
    """
    found: dict[str, str] = {}
    for cls in classes:
        if not cls.docstring:
            continue
        for sentence in _SENTENCE.split(cls.docstring):
            for name in dict.fromkeys(_QUOTED.findall(sentence)):
                _add(found, name, sentence)
        for line in cls.docstring.splitlines():
            field = _FIELD.match(line)
            if field:
                _add(found, field["a"] or field["b"], line)
    return found


def _add(found: dict[str, str], name: str, sentence: str) -> None:
    words = " ".join(sentence.split())
    if words not in found.get(name, ""):
        found[name] = f"{found[name]} {words}" if name in found else words
