"""Schema objects from rows, many at once; and catalogs as text, kept by columns.

A catalog of a thousand tables has tens of thousands of objects, of which most properties are the
same throughout. Taken column by column, what is the same is written, parsed and held once.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from types import NoneType
from typing import Any

from schema.catalog.properties import Properties, Property
from schema.catalog.values import SchemaObject

__all__ = ["from_rows", "nothing_is_garbage", "packed", "unpacked"]

#: The columns of a row that come before its properties: kind, schema, table, name.
_IDENTITY = 4

Column = Sequence[Any]


@contextmanager
def nothing_is_garbage() -> Iterator[None]:
    """Do not look for garbage while tens of thousands of objects are made, none of which is any.

    Each look goes through all objects of the program, and takes longer than making these.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def from_rows(names: Iterable[str], rows: Iterable[Sequence[Any]]) -> list[SchemaObject]:
    """An object for each row: its kind, schema, table and name, then the properties ``names``.

    Lists become tuples. Equal values of one column become one value, which saves much memory.
    """
    with nothing_is_garbage():
        columns = [_shared(column) for column in zip(*rows, strict=True)]
        return _objects(tuple(names), columns) if columns else []


def packed(objects: Iterable[SchemaObject]) -> dict[str, Any]:
    """The objects as JSON values; ``unpacked`` is the way back, in the same order."""
    shapes: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    places: dict[tuple[str, ...], list[int]] = {}
    for place, item in enumerate(objects):
        shape = tuple(item.properties)
        shapes.setdefault(shape, []).append((*item.identity, *item.properties.values()))
        places.setdefault(shape, []).append(place)
    return {
        "shapes": [
            [names, len(rows), [_packed(column) for column in zip(*rows, strict=True)]]
            for names, rows in shapes.items()
        ],
        "places": [place for found in places.values() for place in found],
    }


def unpacked(data: Mapping[str, Any]) -> list[SchemaObject]:
    """What ``packed`` made. Raises KeyError, TypeError or ValueError for anything else."""
    places = data["places"]
    found: list[Any] = []
    for names, count, columns in data["shapes"]:
        found += _objects(tuple(names), [_unpacked(column, count) for column in columns])
    ordered: list[Any] = [None] * len(found)
    for place, item in zip(places, found, strict=True):
        ordered[place] = item
    return ordered


def _objects(names: tuple[str, ...], columns: Sequence[Iterable[Any]]) -> list[SchemaObject]:
    identities, values = columns[:_IDENTITY], columns[_IDENTITY:]
    if len(values) != len(names):
        raise ValueError(f"{len(values)} values for {len(names)} names.")
    rows: Iterable[tuple[Property, ...]] = zip(*values, strict=False) if values else repeat(())
    make = Properties.maker(names)
    return list(map(SchemaObject.made, *identities, map(make, rows)))


def _shared(column: Sequence[Any]) -> Sequence[Any]:
    """The column with tuples for lists, and one value for all that are equal and of one type."""
    kinds = set(map(type, column))
    if list in kinds:
        column = _each(column)
    if kinds - {str, list, tuple, NoneType}:
        return column  # 1 is equal to True, and something else
    known: dict[Any, Any] = {}
    return list(map(known.setdefault, column, column))


def _packed(column: tuple[Any, ...]) -> Any:  # noqa: ANN401 -- JSON
    """One value where all are the same, else each value once and where it stands."""
    known: dict[Any, int] = {}
    at = [known.setdefault((type(value), value), len(known)) for value in column]
    if len(known) == 1:
        return {"same": column[0]}
    if len(known) > len(column) // 2:
        return {"each": column}
    return {"of": [value for _, value in known], "at": at}


def _unpacked(column: Mapping[str, Any], count: int) -> Iterable[Any]:
    if "same" in column:
        return repeat(_tuples(column["same"]), count)
    if "each" in column:
        return _each(column["each"])
    return map(_each(column["of"]).__getitem__, column["at"])


def _each(values: Sequence[Any]) -> Sequence[Any]:
    if list not in set(map(type, values)):
        return values
    return [_tuples(value) if type(value) is list else value for value in values]


def _tuples(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON or the driver holds
    if not isinstance(value, list):
        return value
    return tuple(map(_tuples, value)) if list in map(type, value) else tuple(value)
