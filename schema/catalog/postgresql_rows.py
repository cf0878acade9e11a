"""From the rows of a catalog query to schema objects; postgresql_sql.py says how rows are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from schema.catalog.objects import SchemaObject
from schema.catalog.postgresql_arrays import spell_arrays
from schema.catalog.postgresql_names import is_server_named
from schema.catalog.rows import from_rows

__all__ = ["GoneError", "objects"]

#: The columns that come before the properties: ``_kind, _schema, _table, _name``.
_IDENTITY = 4

#: Lists of ``name=value`` whose order, that of typing, means nothing.
_UNORDERED = {"options", "?options", "?server_options"}

#: Expressions, and definitions that hold some, as the server writes them.
_WRITTEN = {
    "!definition", "!expression", "predicate", "!columns", "using", "with_check", "default",
    "generated", "expressions", "checks", "partition_key", "partition_bound",
}  # fmt: skip

Columns = dict[str, Sequence[Any]]


class GoneError(Exception):
    """An object was dropped between the snapshot and the reading of its definition."""


def objects(labels: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[SchemaObject]:
    """An object for each row. Raises GoneError for one whose definition is not there any more."""
    if not rows:
        return []
    columns: Columns = dict(zip(labels, zip(*rows, strict=True), strict=True))
    _check_there(columns)
    _judge_names(columns)
    for label in _UNORDERED & columns.keys():
        columns[label] = [sorted(value) if value else value for value in columns[label]]
    for label in _WRITTEN & columns.keys():
        columns[label] = [_spelled(value) for value in columns[label]]
    told = {
        label.lstrip("!"): column
        for label, column in list(columns.items())[_IDENTITY:]
        if not label.startswith(("?", "_"))
    }
    rare = {label[1:]: column for label, column in columns.items() if label.startswith("?")}
    identity = list(columns.values())[:_IDENTITY]
    return [
        item
        for names, found in _by_shape(rare, [*identity, *told.values()])
        for item in from_rows([*told, *names], found)
    ]


def _by_shape(
    rare: Columns, always: Sequence[Sequence[Any]]
) -> Iterator[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """The rows, parted by which of the rare properties are set: most have none."""
    used = {name: column for name, column in rare.items() if any(map(_is_set, column))}
    if not used:
        yield (), list(zip(*always, strict=True))
        return
    shapes: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row, values in zip(
        zip(*always, strict=True), zip(*used.values(), strict=True), strict=True
    ):
        pairs = [(name, value) for name, value in zip(used, values, strict=True) if _is_set(value)]
        names = tuple(name for name, _ in pairs)
        shapes[names].append((*row, *(value for _, value in pairs)))
    yield from shapes.items()


def _spelled(value: Any) -> Any:  # noqa: ANN401 -- a text, several, or none
    if value.__class__ is str:
        return spell_arrays(value)
    return [_spelled(each) for each in value] if value.__class__ is list else value


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != []


def _check_there(columns: Columns) -> None:
    for label, column in columns.items():
        if label.startswith("!"):
            for place, value in enumerate(column):
                if value is None or (value.__class__ is list and None in value):
                    kind, name = columns["_kind"][place], columns["_name"][place]
                    raise GoneError(f"the {kind} {name} is gone")


def _judge_names(columns: Columns) -> None:
    """Find the names that the server made up; of a column's own things the others are told."""
    tables, names = columns["_table"], columns["_name"]
    if "_label" in columns:
        columns["server_named"] = [
            is_server_named(name, table or "", addition or "", label) if label else None
            for name, table, addition, label in zip(
                names, tables, columns["_addition"], columns["_label"], strict=True
            )
        ]
    for hidden, label, told in (
        ("_not_null", "not_null", "?not_null_name"),
        ("_identity_sequence", "seq", "?identity_sequence"),
    ):
        if hidden in columns:
            columns[told] = [
                None if given is None or is_server_named(given, table, name, label) else given
                for given, table, name in zip(columns[hidden], tables, names, strict=True)
            ]
