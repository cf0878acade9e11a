"""The properties of schema objects, kept small, and rows of a query or a file made into objects."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import cache
from typing import Any

__all__ = ["Properties", "Property"]

#: A property's value: hashable and JSON-able. A tuple holds scalars or further tuples.
Property = str | int | bool | None | tuple[Any, ...]


class Properties(Mapping[str, Property]):
    """An immutable mapping of names to values.

    All objects of one shape share their names, so that each holds its values only: a catalog of a
    thousand tables has tens of thousands of objects.
    """

    __slots__ = ("_places", "_values")
    _places: Mapping[str, int]
    _values: tuple[Property, ...]

    def __init__(self, found: Mapping[str, Property]) -> None:
        self._places = _places(tuple(found))
        self._values = tuple(found.values())

    @classmethod
    def maker(cls, names: tuple[str, ...]) -> Callable[[tuple[Property, ...]], Properties]:
        """What makes properties of this shape from their values, for many at once."""
        places = _places(names)

        def make(values: tuple[Property, ...]) -> Properties:
            made = _new(cls)
            made._places = places
            made._values = values
            return made

        return make

    def __getitem__(self, name: str) -> Property:
        return self._values[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Properties) and self._places is other._places:
            return self._values == other._values
        return dict(self.items()) == other if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    # What Mapping gives is several times slower.

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 -- as Mapping has it
        place = self._places.get(name)
        return default if place is None else self._values[place]

    def keys(self) -> KeysView[str]:
        return self._places.keys()

    def items(self) -> ItemsView[str, Property]:
        return dict(zip(self._places, self._values, strict=True)).items()

    def values(self) -> ValuesView[Property]:
        return dict(zip(self._places, self._values, strict=True)).values()


_new = object.__new__


@cache
def _places(names: tuple[str, ...]) -> Mapping[str, int]:
    """Where each name's value stands. One mapping a shape; there are about as many as kinds."""
    return {name: place for place, name in enumerate(names)}
