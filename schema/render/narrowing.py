"""A history without some of its revisions, whose lanes still tell what follows what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from schema.history import Revision

__all__ = ["Narrowed", "narrowed"]


@dataclass(frozen=True)
class Narrowed:
    """The revisions that are left, newest first, and how they hang together.

    Each has for parents its nearest ancestors that are left. ``gaps`` are the pairs of a child and
    a parent between which some were left out.
    """

    revisions: tuple[Revision, ...]
    gaps: frozenset[tuple[str, str]]


def narrowed(history: Sequence[Revision], left: Collection[str]) -> Narrowed:
    """A history, newest first, with only the revisions whose ids are in ``left``."""
    left = set(left)
    if len(left) == len(history):
        return Narrowed(tuple(history), frozenset())
    names = {label: item.id for item in history for label in item.labels}
    known = {item.id for item in history}
    nearest: dict[str, tuple[str, ...]] = {}
    below: dict[str, int] = {}  # a bit for each revision that is left and an ancestor
    for place, item in enumerate(reversed(history)):
        found = dict.fromkeys(x for p in item.parents for x in _at(p, left, known, nearest))
        nearest[item.id] = _without_ancestors(found, item.parents, below)
        if item.id in left:
            below[item.id] = reduce(or_, (below.get(x, 0) for x in found), 1 << place)
    shown = [
        replace(
            item,
            parents=nearest[item.id],
            depends_on=tuple(
                dict.fromkeys(
                    x
                    for other in item.depends_on
                    for x in _at(names.get(other, other), left, known, nearest)
                )
            ),
        )
        for item in history
        if item.id in left
    ]
    originals = {item.id: item for item in history}
    gaps = (
        (item.id, parent)
        for item in shown
        for parent in (*item.parents, *item.depends_on)
        if parent not in _direct(originals[item.id], names)
    )
    return Narrowed(tuple(shown), frozenset(gaps))


def _at(
    name: str, left: set[str], known: set[str], nearest: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The revision itself where it is left, or has no file; else what is nearest below it."""
    return (name,) if name in left or name not in known else nearest.get(name, ())


def _without_ancestors(
    found: Iterable[str], parents: Sequence[str], below: dict[str, int]
) -> tuple[str, ...]:
    """Without what another one of them leads to anyway; a parent of its own always stays."""
    listed = list(found)
    return tuple(
        name
        for name in listed
        if name in parents
        or not any(_is_below(name, other, below) for other in listed if other != name)
    )


def _is_below(name: str, other: str, below: dict[str, int]) -> bool:
    mine = below.get(name, 0)
    return mine != 0 and below.get(other, 0) & mine == mine


def _direct(revision: Revision, names: dict[str, str]) -> set[str]:
    return {*revision.parents, *(names.get(other, other) for other in revision.depends_on)}
