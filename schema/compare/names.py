"""Names that differ between two catalogs: what is told as renamed must not be told again.

A renamed column is renamed in every index, key, check and view that uses it. Where what the server
or a reader wrote of these is compared, an old name may stand against its new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from schema.catalog.objects import Identity, Property, SchemaObject
from schema.compare.tokens import Renamed, alike
from schema.compare.versions import Versions

__all__ = ["Names", "bare", "is_unset"]

#: Kinds whose text may name any table's columns; the others only name their own table's.
_NAMES_ALL = frozenset(
    {"view", "materialized view", "trigger", "rule", "policy", "foreign key", "sequence",
     "publication", "privilege"}
)  # fmt: skip


#: What may stand behind a bare name among an index's columns.
_ORDERS = (" DESC NULLS LAST", " NULLS FIRST", " DESC")


def _is_renamed(left: str, right: str, pairs: Collection[Renamed]) -> bool:
    """Whether these are an old and a new name, as they are or as columns of an index."""
    if (left, right) in pairs:
        return True
    order = next((each for each in _ORDERS if left.endswith(each) and right.endswith(each)), "")
    return (left.removesuffix(order), right.removesuffix(order)) in pairs


def is_unset(value: Property) -> bool:
    """Whether this is how a server writes, or leaves out, what is not set."""
    return value is None or value is False or value == ()


class Names:
    """What is called one thing on the left and another on the right. Grows while renames are found.

    Schemas, tables and columns are looked up with their place; of all else (types, sequences,
    views, functions) only the two names are kept, as they stand in texts.
    """

    def __init__(self, *, folded: bool = False) -> None:
        #: Whether texts hold names in lower case, however they are spelled elsewhere (SQLite).
        self._folded = folded
        self._schemas: dict[str | None, str] = {}
        self._tables: dict[tuple[str | None, str | None], str] = {}
        self._columns: dict[tuple[str | None, str | None], dict[str, str]] = defaultdict(dict)
        self._texts: set[Renamed] = set()

    def __bool__(self) -> bool:
        return bool(self._texts or self._columns)

    def add(self, left: SchemaObject, right: SchemaObject) -> None:
        """Keep that ``left`` is now called as ``right`` is."""
        if left.kind == "column":
            self._columns[right.schema_name, right.table][left.name] = right.name
            return
        if left.kind == "schema":
            self._schemas[left.name] = right.name
        elif left.kind == "table":
            self._tables[right.schema_name, left.name] = right.name
        pairs = {(left.name, right.name), (bare(left.name), bare(right.name))}
        pairs |= {(f"{left.schema_name}.{old}", f"{right.schema_name}.{new}") for old, new in pairs}
        self._texts |= {pair for pair in pairs if pair[0] != pair[1]}

    def add_label(self, enum: SchemaObject, old: str, new: str) -> None:
        """Keep that a label of this enum of the right was called otherwise."""
        self._texts.add((enum.name, old, new))

    def now(self, identity: Identity) -> Identity:
        """What the right calls what the left calls so; a table's parts go with their table."""
        if not self:
            return identity
        schema_name = self._schemas.get(identity.schema_name, identity.schema_name)
        table, name = identity.table, identity.name
        if identity.kind == "table":
            name = self._tables.get((schema_name, name), name)
        elif table is not None:
            table = self._tables.get((schema_name, table), table)
        if identity.kind == "column":
            name = self._columns.get((schema_name, table), {}).get(name, name)
        return Identity(identity.kind, schema_name, table, name)

    def pairs(self, item: SchemaObject) -> Collection[Renamed]:
        """The renamed names that may stand in this object of the right."""
        if not self._columns:
            return self._as_written(self._texts)
        if item.kind in _NAMES_ALL:
            columns = {pair for each in self._columns.values() for pair in each.items()}
        else:
            owner = item.name if item.kind == "table" else item.table
            columns = set(self._columns.get((item.schema_name, owner), {}).items())
        return self._as_written(self._texts | columns)

    def _as_written(self, pairs: set[Renamed]) -> Collection[Renamed]:
        return pairs | {tuple(map(str.lower, pair)) for pair in pairs} if self._folded else pairs

    def same(
        self,
        left: Property,
        right: Property,
        pairs: Collection[Renamed],
        versions: Versions | None = None,
    ) -> bool:
        """Whether two properties say the same, but for renamed names.

        With ``versions``, also when only their servers write it differently.
        """
        if left == right or (is_unset(left) and is_unset(right)):
            # 0 is False to Python, and a value to a database.
            return type(left) is type(right) or is_unset(left) is is_unset(right)
        if isinstance(left, str) and isinstance(right, str):
            if _is_renamed(left, right, pairs) or alike(left, right, pairs):
                return True
            return versions is not None and versions.same(left, right, pairs)
        if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
            return all(
                self.same(old, new, pairs, versions) for old, new in zip(left, right, strict=True)
            )
        return False


def bare(name: str) -> str:
    """A function's name without its arguments, any other name as it is."""
    return name.partition("(")[0] if name.endswith(")") else name
