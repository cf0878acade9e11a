"""What a catalog is made of: schema objects, and the mapping that holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from schema.display import Displayed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OWN_TABLES", "Catalog", "Identity", "Property", "SchemaObject", "order"]

#: A property's value: hashable and JSON-able. A tuple holds scalars or further tuples.
Property = str | int | bool | None | tuple[Any, ...]

#: Tables that the workbench itself puts into scratch databases. No reader reports them.
OWN_TABLES = frozenset({"_schema_scratch"})


class Identity(NamedTuple):
    """What makes two objects of two catalogs the same thing.

    ``schema_name`` is None where the database has no schemas (SQLite). ``table`` is None for what
    belongs to no table. ``name`` is the object's name; a constraint without a name is called by
    its shape, for example ``"unique (a, b)"``.
    """

    kind: str
    schema_name: str | None
    table: str | None
    name: str

    @property
    def label(self) -> str:
        """``public.users.role``: schema, table and name as a person writes them."""
        return ".".join(part for part in (self.schema_name, self.table, self.name) if part)


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """One thing in a database: a table, a column, a constraint, an index, a trigger ...

    ``properties`` is flat. A property that this kind of server does not have is absent; a property
    that it has and that is not set is None.
    """

    kind: str
    schema_name: str | None
    table: str | None
    name: str
    properties: Mapping[str, Property] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))

    @property
    def identity(self) -> Identity:
        return Identity(self.kind, self.schema_name, self.table, self.name)

    def __hash__(self) -> int:
        return hash(self.identity)


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
        self._objects = {item.identity: item for item in sorted(objects, key=order)}

    def __getitem__(self, identity: Identity) -> SchemaObject:
        return self._objects[identity]

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

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
        return Catalog(
            self.dialect,
            self.server_version,
            filter(keep, self._objects.values()),
            not_compared=self.not_compared,
        )

    def without_table(self, name: str, schema_name: str | None = None) -> Catalog:
        """A new catalog without this table and what belongs to it.

        ``schema_name`` None means the default schema: no schema name, or PostgreSQL's ``public``.
        """
        schemas = {None, "public"} if schema_name is None else {schema_name}

        def keep(item: SchemaObject) -> bool:
            table = item.name if item.kind == "table" else item.table
            return not (table == name and item.schema_name in schemas)

        return self.where(keep)

    def frame(self) -> pd.DataFrame:
        """One row an object: ``kind, schema_name, table, name, properties`` (a dict)."""
        import pandas as pd

        rows = [(*identity, dict(item.properties)) for identity, item in self._objects.items()]
        return pd.DataFrame(rows, columns=["kind", "schema_name", "table", "name", "properties"])

    def to_json(self) -> str:
        """All of it as JSON text; ``from_json`` is the way back, without loss."""
        objects = [[*identity, dict(item.properties)] for identity, item in self._objects.items()]
        return json.dumps(
            {
                "dialect": self.dialect,
                "server_version": self.server_version,
                "not_compared": self.not_compared,
                "objects": objects,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Catalog:
        """The catalog that ``to_json`` wrote."""
        data = json.loads(text)
        objects = [
            SchemaObject(kind, schema_name, table, name, {k: _tuples(v) for k, v in found.items()})
            for kind, schema_name, table, name, found in data["objects"]
        ]
        return cls(
            data["dialect"], data["server_version"], objects, not_compared=data["not_compared"]
        )


#: The order in which kinds are shown: a table, what is in it, then what hangs on it.
_KINDS = ("schema", "extension", "enum", "domain", "sequence", "table", "column", "primary key",
          "unique", "foreign key", "check", "exclusion", "index", "trigger", "policy", "rule",
          "view", "materialized view", "function")  # fmt: skip


def order(item: SchemaObject) -> tuple[Any, ...]:
    """The place of an object in a catalog, as a sort key: by schema, table, kind, then position."""
    rank = _KINDS.index(item.kind) if item.kind in _KINDS else len(_KINDS)
    owner = item.name if item.kind == "table" else item.table
    position = item.properties.get("position")
    return (
        item.schema_name or "",
        0 if owner is None else 1,
        owner or "",
        rank,
        position if isinstance(position, int) else 0,
        item.name,
    )


def _tuples(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON holds
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
