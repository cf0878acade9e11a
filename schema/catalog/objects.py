"""What a catalog is made of: schema objects, and the mapping that holds them."""

from __future__ import annotations

import json
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from typing import TYPE_CHECKING, Any

from schema.catalog.properties import Properties, Property
from schema.catalog.rows import nothing_is_garbage, packed, unpacked
from schema.catalog.values import Identity, SchemaObject, identities, order
from schema.display import Displayed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OWN_TABLES", "Catalog", "Identity", "Properties", "Property", "SchemaObject", "order"]

#: Tables that the workbench itself puts into scratch databases. No reader reports them.
OWN_TABLES = frozenset({"_schema_scratch", "_schema_probe"})


class Catalog(Displayed, Mapping[Identity, SchemaObject]):
    """All schema objects of one database, as read at one moment. Immutable.

    ``dialect`` is ``"sqlite"``, ``"postgresql"`` or ``"mariadb"``; ``server_version`` is as the
    server says it (``"18.4"``). ``not_compared`` names, in words, what the reader saw and could not
    read, such as ``"2 foreign data wrappers"``.
    """

    def __init__(
        self,
        dialect: str,
        server_version: str,
        objects: Iterable[SchemaObject],
        *,
        not_compared: Iterable[str] = (),
    ) -> None:
        self.dialect = dialect
        self.server_version = server_version
        self.not_compared = tuple(not_compared)
        ordered = sorted(objects, key=order)
        self._objects = dict(zip(identities(ordered), ordered, strict=True))

    def __getitem__(self, identity: Identity) -> SchemaObject:
        return self._objects[identity]

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    # What Mapping gives is several times slower.

    def keys(self) -> KeysView[Identity]:
        return self._objects.keys()

    def items(self) -> ItemsView[Identity, SchemaObject]:
        return self._objects.items()

    def values(self) -> ValuesView[SchemaObject]:
        return self._objects.values()

    def __eq__(self, other: object) -> bool:
        """Equal when dialect and objects are; the server's version does not count."""
        if not isinstance(other, Catalog):
            return NotImplemented
        return self.dialect == other.dialect and self._objects == other._objects

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        tables = len(self.of_kind("table"))
        return (
            f"<Catalog {self.dialect} {self.server_version}: {tables} tables, {len(self)} objects>"
        )

    def of_kind(self, *kinds: str) -> list[SchemaObject]:
        """The objects of these kinds, in the catalog's order."""
        return [item for item in self._objects.values() if item.kind in kinds]

    def where(self, keep: Callable[[SchemaObject], bool]) -> Catalog:
        """A new catalog with the objects for which ``keep`` is true."""
        kept = {name: item for name, item in self._objects.items() if keep(item)}
        return Catalog._ordered(self.dialect, self.server_version, kept, self.not_compared)

    def sharing(self, other: Catalog) -> Catalog:
        """An equal catalog that holds the objects of another where they are equal.

        The catalogs of many revisions take little more memory so than one, and what they share is
        compared at a glance.
        """
        known = other._objects
        objects = {
            name: known[name] if name in known and known[name] == item else item
            for name, item in self._objects.items()
        }
        return Catalog._ordered(self.dialect, self.server_version, objects, self.not_compared)

    def without_table(self, name: str, schema_name: str | None = None) -> Catalog:
        """A new catalog without this table and what belongs to it.

        ``schema_name`` None means the default schema: no schema name, or PostgreSQL's ``public``.
        """
        schemas = {None, "public"} if schema_name is None else {schema_name}
        if not any(Identity("table", each, None, name) in self._objects for each in schemas):
            return self

        def keep(item: SchemaObject) -> bool:
            table = item.name if item.kind == "table" else item.table
            return not (table == name and item.schema_name in schemas)

        return self.where(keep)

    def frame(self) -> pd.DataFrame:
        """One row an object: ``kind, schema_name, table, name, properties`` (a dict)."""
        import pandas as pd

        rows = [(*identity, dict(item.properties)) for identity, item in self._objects.items()]
        return pd.DataFrame(rows, columns=["kind", "schema_name", "table", "name", "properties"])

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape: a dict an object, with its properties by their names."""
        return {
            "dialect": self.dialect,
            "server_version": self.server_version,
            "not_compared": list(self.not_compared),
            "objects": [
                {**key._asdict(), "properties": dict(item.properties)}
                for key, item in self._objects.items()
            ],
        }

    def to_json(self) -> str:
        """All of it as JSON text; ``from_json`` is the way back, without loss."""
        return json.dumps(
            {
                "dialect": self.dialect,
                "server_version": self.server_version,
                "not_compared": self.not_compared,
                "objects": packed(self._objects.values()),
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Catalog:
        """The catalog that ``to_json`` wrote. Raises KeyError, TypeError or ValueError."""
        data = json.loads(text)
        told = data["dialect"], data["server_version"]
        with nothing_is_garbage():
            objects = unpacked(data["objects"])
            ordered = dict(zip(identities(objects), objects, strict=True))
            return cls._ordered(*told, ordered, tuple(data["not_compared"]))

    @classmethod
    def _ordered(
        cls,
        dialect: str,
        server_version: str,
        objects: dict[Identity, SchemaObject],
        not_compared: tuple[str, ...],
    ) -> Catalog:
        """A catalog of objects that stand in a catalog's order already."""
        made = cls(dialect, server_version, (), not_compared=not_compared)
        made._objects = objects
        return made
