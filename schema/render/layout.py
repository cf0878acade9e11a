"""Which lane each revision stands in, and how the lines between revisions run.

As ``git log --graph`` does it: rows from the newest revision down; a lane is taken by a revision
that somebody above waits for, and is free again once that revision has come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from schema.history import Revision

__all__ = ["Edge", "Layout", "lay_out"]

#: Row and lane of the child, the lane that the line runs in, the parent, and the two flags.
_Raw = tuple[int, int, int, str, bool, bool]


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a revision down to one that it follows, or depends on (then ``is_dashed``).

    It leaves ``child``, runs down in ``lane`` and ends at ``parent``; both are (row, lane).
    ``parent`` is None when no file bears it. ``is_gap``: between the two, revisions were left out.
    """

    child: tuple[int, int]
    lane: int
    parent: tuple[int, int] | None
    is_dashed: bool
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The lane of each row, all edges, and the number of lanes."""

    lanes: tuple[int, ...]
    edges: tuple[Edge, ...]

    @property
    def width(self) -> int:
        return 1 + max((*self.lanes, *(edge.lane for edge in self.edges)), default=-1)


def lay_out(history: Sequence[Revision], gaps: Collection[tuple[str, str]] = ()) -> Layout:
    """The layout of a history, in its own order; ``gaps`` as ``narrowed`` finds them."""
    rows = {revision.id: row for row, revision in enumerate(history)}
    labels = {label: revision.id for revision in history for label in revision.labels}
    lanes: list[int] = []
    waiting: list[str | None] = []
    edges: list[_Raw] = []
    for row, revision in enumerate(history):
        lane = _arrive(waiting, revision.id)
        lanes.append(lane)
        for target, is_dashed in _targets(revision, labels):
            # Upwards leads only what is part of a circle, and History has named that as a problem.
            if rows.get(target, row + 1) > row:
                taken = _wait(waiting, target, lane) if target in rows else lane
                is_gap = (revision.id, target) in gaps
                edges.append((row, lane, taken, target, is_dashed, is_gap))
    return Layout(tuple(lanes), tuple(_edge(edge, rows, lanes) for edge in edges))


def _arrive(waiting: list[str | None], name: str) -> int:
    """The lane where this revision stands; all lanes that waited for it become free."""
    lanes = [lane for lane, wanted in enumerate(waiting) if wanted == name]
    for lane in lanes:
        waiting[lane] = None
    return lanes[0] if lanes else _free(waiting, 0)


def _wait(waiting: list[str | None], name: str, near: int) -> int:
    """The lane in which the line to this revision runs."""
    if name in waiting:
        return waiting.index(name)
    lane = _free(waiting, near)
    waiting[lane] = name
    return lane


def _free(waiting: list[str | None], near: int) -> int:
    if near < len(waiting) and waiting[near] is None:
        return near
    if None in waiting:
        return waiting.index(None)
    waiting.append(None)
    return len(waiting) - 1


def _targets(revision: Revision, labels: dict[str, str]) -> Iterator[tuple[str, bool]]:
    yield from ((parent, False) for parent in revision.parents)
    depended = dict.fromkeys(labels.get(other, other) for other in revision.depends_on)
    yield from ((other, True) for other in depended if other not in revision.parents)


def _edge(raw: _Raw, rows: dict[str, int], lanes: list[int]) -> Edge:
    row, lane, taken, target, is_dashed, is_gap = raw
    parent = (rows[target], lanes[rows[target]]) if target in rows else None
    return Edge((row, lane), taken, parent, is_dashed, is_gap)
