"""Finds what was renamed among the objects that only one side has.

Schemas first, then types, tables, columns, and at last what hangs on them: each step knows the
names that the steps before it found. What is unlike its best partner, or as like to two of them,
stays removed and added.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from schema.catalog.objects import SchemaObject
from schema.compare import columns, tables
from schema.compare.evidence import Grounds, Reason, assign, likeness, weigh
from schema.compare.labels import renamed_labels
from schema.compare.matching import FOLLOWING, Matching, of_table
from schema.compare.tokens import alike

__all__ = ["find_renames"]

#: Kinds of which another name is another thing: who is granted something, what an extension is.
_NEVER = frozenset(
    {"extension", "privilege", "default privilege", "user mapping", "database", "table", "column",
     "schema"}
)  # fmt: skip

_TYPES = ("enum", "domain", "composite type", "range type")

#: How much a definition that is alike to the last word says. Sequences are mostly all alike.
_WEIGHTS = {"sequence": 0.2, "domain": 0.4, "collation": 0.6, "publication": 0.5}

#: With this much, nobody asks for more.
_PLENTY = 0.9


def find_renames(found: Matching) -> None:
    """Pair removed with added objects that are one under two names."""
    _labels(found, found.pairs)
    if not (found.removed and found.added):
        return
    steps: tuple[Callable[[Matching], None], ...] = (
        _schemas, _types, tables.find, columns.find, _named_after, _others, _named_after
    )  # fmt: skip
    for step in steps:
        step(found)
        found.settle()


def _schemas(found: Matching) -> None:
    """A schema is known by what is in it."""
    sides = found.left, found.right
    gone, come = (_of(each.values(), "schema") for each in (found.removed, found.added))
    if not (gone and come):
        return
    inside = [_contents(side.values()) for side in sides]
    candidates = []
    for old in gone:
        for new in come:
            here, there = inside[0][old.name], inside[1][new.name]
            common = len(here & there)
            share = 2 * common / ((len(here) + len(there)) or 1)
            words = f"{common} of {max(len(here), len(there))} objects alike"
            grounds = weigh([(words, share**2 * (1 - 0.5**common))])
            candidates.append((found.known(old, new) or grounds, old, new))
    _accept(found, candidates)


def _contents(objects: Iterable[SchemaObject]) -> dict[str, set[tuple[str, str | None, str]]]:
    found: dict[str, set[tuple[str, str | None, str]]] = defaultdict(set)
    for item in objects:
        if item.schema_name is not None:
            found[item.schema_name].add((item.kind, item.table, item.name))
    return found


def _types(found: Matching) -> None:
    _alike_in_definition(found, lambda item: item.kind in _TYPES)
    _labels(found, ((old, new) for old, new, _ in found.renamed))


def _labels(found: Matching, pairs: Iterable[tuple[SchemaObject, SchemaObject]]) -> None:
    """Know the renamed labels of enums, which stand in defaults and checks."""
    for old, new in pairs:
        labels = old.properties.get("labels"), new.properties.get("labels")
        if isinstance(labels[0], tuple) and isinstance(labels[1], tuple):
            for before, after, _ in renamed_labels(labels[0], labels[1]):
                found.names.add_label(new, before, after)


def _others(found: Matching) -> None:
    _alike_in_definition(found, lambda item: item.kind not in _NEVER)


def _alike_in_definition(found: Matching, wanted: Callable[[SchemaObject], bool]) -> None:
    """Pairs in one place (a table, a schema) whose definitions say the same."""
    gone, come = _grouped(found, wanted, left=True), _grouped(found, wanted, left=False)
    for place in gone.keys() & come.keys():
        candidates = [
            (grounds, old, new)
            for old in gone[place]
            for new in come[place]
            if (grounds := _grounds(found, old, new, len(gone[place]) + len(come[place]) == 2))
        ]
        if place[2] is None:
            _accept(found, candidates)
        else:
            # Two keys or indexes of one table with one definition are as good as each other.
            _accept_any(found, candidates)


def _grouped(
    found: Matching, wanted: Callable[[SchemaObject], bool], *, left: bool
) -> dict[tuple[str, str | None, str | None], list[SchemaObject]]:
    groups: dict[tuple[str, str | None, str | None], list[SchemaObject]] = defaultdict(list)
    for item in (found.removed if left else found.added).values():
        if wanted(item):
            place = found.names.now(item.identity) if left else item.identity
            table = None if item.kind == "sequence" else place.table
            groups[item.kind, place.schema_name, table].append(item)
    return groups


def _grounds(found: Matching, old: SchemaObject, new: SchemaObject, only: bool) -> Grounds | None:
    known = found.known(old, new)
    if known is not None:
        return known if known.confidence else None
    definition = _definition(found, old, new)
    if definition is None:
        return None
    reasons = [definition, ("similar name", 0.4 * likeness(old.name, new.name))]
    if only and definition[1] < _PLENTY:
        reasons.append((f"the only {old.kind} gone and come", 0.2))
    if old.kind == "sequence" and old.properties.get("owned_by"):
        reasons.append(("owned by the same column", 0.9))
    if old.kind in _TYPES and _is_used(found, old, new):
        reasons.append(("the same columns are of it", 0.6))
    return weigh(reasons)


def _definition(found: Matching, old: SchemaObject, new: SchemaObject) -> Reason | None:
    """What the definitions of two objects say for their being one."""
    labels = old.properties.get("labels"), new.properties.get("labels")
    if isinstance(labels[0], tuple) and isinstance(labels[1], tuple):
        common = len(set(labels[0]) & set(labels[1]))
        most = max(len(labels[0]), len(labels[1]))
        share = common / (most or 1)
        return (f"{common} of {most} labels alike", share**2 * (1 - 0.5**common))
    if not found.same(old, new, *FOLLOWING):
        return None
    same = "same columns and options" if "columns" in old.properties else "same definition"
    return same, _WEIGHTS.get(old.kind, 0.95)


def _is_used(found: Matching, old: SchemaObject, new: SchemaObject) -> bool:
    """Whether columns of one name went from the one type to the other."""
    renamed = {(old.name, new.name)}
    types = (
        (str(left.properties.get("type")), str(right.properties.get("type")))
        for left, right in found.pairs
        if left.kind == "column"
    )
    return any(left != right and alike(left, right, renamed) for left, right in types)


def _named_after(found: Matching) -> None:
    """Pair objects whose names only follow the names of others: ``unique (old)``, grants on it."""
    if not found.names:
        return
    come = of_table(found.added.values())
    for item in list(found.removed.values()):
        now = found.names.now(item.identity)
        for other in come.get((now.schema_name, now.table), ()):
            if other.kind != item.kind or other.identity not in found.added:
                continue
            if alike(item.name, other.name, found.names.pairs(other)):
                found.pair(item, other)
                break


def _accept(found: Matching, candidates: list[tuple[Grounds, SchemaObject, SchemaObject]]) -> None:
    for grounds, old, new in assign(candidates):
        found.rename(old, new, grounds)


def _accept_any(
    found: Matching, candidates: list[tuple[Grounds, SchemaObject, SchemaObject]]
) -> None:
    """The best pairs, whatever rivals they have; fewer is the confidence by the alike ones."""
    rivals = Counter(id(old) for _, old, _ in candidates)
    taken: set[int] = set()
    for grounds, old, new in sorted(candidates, key=lambda each: -each[0].confidence):
        if not {id(old), id(new)} & taken:
            taken |= {id(old), id(new)}
            found.rename(old, new, _shared(grounds, rivals[id(old)]))


def _shared(grounds: Grounds, alike_ones: int) -> Grounds:
    if alike_ones == 1:
        return grounds
    words = f"one of {alike_ones} alike"
    return Grounds(round(max(grounds.confidence / alike_ones, 0.5), 2), (*grounds.evidence, words))


def _of(objects: Iterable[SchemaObject], kind: str) -> list[SchemaObject]:
    return [item for item in objects if item.kind == kind]
