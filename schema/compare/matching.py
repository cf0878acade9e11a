"""Which object of the left is which of the right: by name, and where names differ by what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject
from schema.compare.evidence import Grounds
from schema.compare.names import Names, bare
from schema.compare.rights import comparable
from schema.compare.tokens import Renamed
from schema.compare.versions import Versions

__all__ = ["FOLLOWING", "Knowledge", "Matching", "Owner", "of_table"]

#: A schema and a table's name.
Owner = tuple[str | None, str | None]


@dataclass(frozen=True)
class Knowledge:
    """What is known beside the two catalogs.

    ``identities`` maps objects of the left and of the right to what the database itself knows them
    by (an oid, an attnum), where both come from one database at two moments. ``statistics`` maps
    columns to what the server knows of their data (``n_distinct``, ``null_frac``, ``avg_width``).
    ``renamed`` are tables and columns known to be one, whatever else has their names.
    """

    identities: tuple[Mapping[Identity, object], Mapping[Identity, object]] = ({}, {})
    statistics: tuple[
        Mapping[Identity, Mapping[str, float]], Mapping[Identity, Mapping[str, float]]
    ] = ({}, {})
    renamed: Sequence[tuple[Identity, Identity, Grounds]] = ()

    def grounds(self, left: SchemaObject, right: SchemaObject) -> Grounds | None:
        """What the database itself says of two objects; None when it was not asked."""
        same = self._is_same(left, right)
        if same is None:
            return None
        return Grounds(1.0, ("the same object to the database",)) if same else Grounds(0.0, ())

    def data(self, left: SchemaObject, right: SchemaObject) -> bool | None:
        """Whether the data of two columns look the same; None when nothing is known of them."""
        old, new = (
            known.get(item.identity)
            for known, item in zip(self.statistics, (left, right), strict=True)
        )
        if not old or not new or not (common := old.keys() & new.keys()):
            return None
        return all(_is_near(name, old[name], new[name]) for name in common)

    def _is_same(self, left: SchemaObject, right: SchemaObject) -> bool | None:
        old, new = (
            known.get(item.identity)
            for known, item in zip(self.identities, (left, right), strict=True)
        )
        return None if old is None or new is None else old == new


@dataclass
class Matching:
    """The objects of two catalogs, matched as far as it is known by now.

    ``removed`` and ``added`` hold what has no partner yet, by key (see ``key``). ``pairs`` holds
    partners that may differ, ``renamed`` those with another name and the grounds to believe it.
    What is equal on both sides is in none of them.
    """

    left: Catalog
    right: Catalog
    knowledge: Knowledge = field(default_factory=Knowledge)
    removed: dict[Identity, SchemaObject] = field(init=False)
    added: dict[Identity, SchemaObject] = field(init=False)
    pairs: list[tuple[SchemaObject, SchemaObject]] = field(init=False, default_factory=list)
    renamed: list[tuple[SchemaObject, SchemaObject, Grounds]] = field(default_factory=list)
    names: Names = field(init=False)
    versions: Versions | None = field(init=False)

    def __post_init__(self) -> None:
        servers = self.left.server_version, self.right.server_version
        self.names = Names(folded=self.left.dialect == "sqlite")
        self.versions = Versions.of(self.left.dialect, *servers)
        lefts, rights = comparable(self.left, self.right)
        # At C's speed: most objects are equal, most catalogs of a timeline share them.
        self.removed = _by_key(lefts, lefts.keys() - rights.keys())
        self.added = _by_key(rights, rights.keys() - lefts.keys())
        self.pairs = [
            (item, rights[identity])
            for identity, item in lefts.items()
            if identity in rights
            and item is not rights[identity]
            and item.properties != rights[identity].properties
        ]
        if self.knowledge.renamed:
            self._believe(lefts, rights)
        self._pair_sequences()

    def _believe(
        self, lefts: Mapping[Identity, SchemaObject], rights: Mapping[Identity, SchemaObject]
    ) -> None:
        """Pair what is known to be renamed, and not with what has its old or new name."""
        known = sorted(self.knowledge.renamed, key=lambda each: each[0].kind != "table")
        named = {identity for old, new, _ in known for identity in (old, new)}
        tables = {(each.schema_name, each.name) for each in named if each.kind == "table"}

        def is_parted(each: Identity) -> bool:
            return each in named or (each.schema_name, each.table) in tables

        self.removed |= _by_key(lefts, {each for each in lefts if is_parted(each)})
        self.added |= _by_key(rights, {each for each in rights if is_parted(each)})
        self.pairs = [pair for pair in self.pairs if not is_parted(pair[0].identity)]
        for old, new, grounds in known:
            if old in self.removed and new in self.added:
                self.rename(self.removed[old], self.added[new], grounds)
        moved = {(old.schema_name, old.name) for old, _, _ in known if old.kind == "table"}
        for each in [each for each in self.removed if (each.schema_name, each.table) in moved]:
            other = self.added.get(key(self.names.now(each)))
            if other is not None:
                self.pair(self.removed[each], other)

    def _pair_sequences(self) -> None:
        """A sequence stays itself when its owner changes."""
        for name in self.removed.keys() & self.added.keys():
            self.pair(self.removed[name], self.added[name])

    def rename(self, left: SchemaObject, right: SchemaObject, grounds: Grounds) -> None:
        """Keep that these two are one, and pair all that only lacked this name to be matched."""
        self._take(left, right)
        self.renamed.append((left, right, grounds))
        self.names.add(left, right)

    def pair(self, left: SchemaObject, right: SchemaObject) -> None:
        """Keep that these two are one under one name, as far as a person can tell."""
        self._take(left, right)
        self.pairs.append((left, right))

    def settle(self) -> None:
        """Pair what has one name on both sides once the names found so far are followed."""
        if not self.names:
            return
        for item in list(self.removed.values()):
            other = self.added.get(key(self.names.now(item.identity)))
            if other is not None:
                self.pair(item, other)

    def known(self, left: SchemaObject, right: SchemaObject) -> Grounds | None:
        """What the database itself says of the two, where it was asked."""
        return self.knowledge.grounds(left, right)

    def _take(self, left: SchemaObject, right: SchemaObject) -> None:
        del self.removed[key(left.identity)]
        del self.added[key(right.identity)]

    def same(self, left: SchemaObject, right: SchemaObject, *ignored: str) -> bool:
        """Whether two objects are one in all but their names."""
        return not self.unlike(left, right, *ignored)

    def unlike(
        self, left: SchemaObject, right: SchemaObject, *ignored: str, strictly: bool = False
    ) -> list[str]:
        """The properties that differ, in the reader's order, which is that of importance.

        What only the servers' versions write differently is among them if ``strictly``.
        """
        pairs = self._pairs(left, right)
        versions = None if strictly else self.versions
        every = dict.fromkeys([*left.properties, *right.properties])
        return [
            name
            for name in every
            if name not in _IGNORED
            and name not in ignored
            and not self._same(name, left, right, pairs, versions)
        ]

    def _pairs(self, left: SchemaObject, right: SchemaObject) -> Collection[Renamed]:
        found = self.names.pairs(right)
        if left.name == right.name:
            return found
        return {*found, (left.name, right.name), (bare(left.name), bare(right.name))}

    def _same(
        self,
        name: str,
        left: SchemaObject,
        right: SchemaObject,
        pairs: Collection[Renamed],
        versions: Versions | None,
    ) -> bool:
        old, new = left.properties.get(name), right.properties.get(name)
        if name == "owned_by":  # a table and a column, their names as they are
            old, new = _without_table(old, left.table), _without_table(new, right.table)
        if name == "generated" and versions is not None:
            old, new = versions.generated(old), versions.generated(new)
        return self.names.same(old, new, pairs, versions)


#: Names that were given along with an object's own, before that was changed.
FOLLOWING = ("not_null_name", "identity_sequence", "multirange")

#: Where a column stands is told apart; whether the server made up a name is only for that name.
_IGNORED = frozenset({"position", "server_named"})


def key(identity: Identity) -> Identity:
    """What an object is matched by: its identity, a sequence's without the table that owns it."""
    return identity._replace(table=None) if identity.kind == "sequence" else identity


def of_table(objects: Iterable[SchemaObject]) -> dict[Owner, list[SchemaObject]]:
    """Objects by the table that they belong to, in their order."""
    found: dict[Owner, list[SchemaObject]] = defaultdict(list)
    for item in objects:
        found[item.schema_name, item.table].append(item)
    return found


def _by_key(
    objects: Mapping[Identity, SchemaObject], wanted: Collection[Identity]
) -> dict[Identity, SchemaObject]:
    """The wanted objects in their order."""
    if not wanted:
        return {}
    return {key(identity): item for identity, item in objects.items() if identity in wanted}


def _without_table(owned_by: Property, table: str | None) -> Property:
    return owned_by.removeprefix(f"{table}.") if isinstance(owned_by, str) else owned_by


def _is_near(name: str, left: float, right: float) -> bool:
    """Shares of rows may differ by 5 in 100, widths and counts by a quarter."""
    if name == "null_frac" or (left < 0 and right < 0):
        return abs(left - right) <= 0.05
    return (left < 0) == (right < 0) and abs(left - right) <= 0.25 * max(abs(left), abs(right))
