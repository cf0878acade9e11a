"""The order in which things can be made: what one needs comes before it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from typing import Any, TypeVar

__all__ = ["closure", "ordered"]

T = TypeVar("T", bound=Hashable)


def ordered(needs: Mapping[T, Iterable[T]], rank: Callable[[T], Any]) -> tuple[list[T], list[T]]:
    """All keys of ``needs``, each after what it needs, and by ``rank`` where that leaves a choice.

    What is no key does not count. Things that need each other are made in the order of their rank;
    the second list has those that come before something that they need.
    """
    graph = {node: {each for each in found if each in needs} - {node}
             for node, found in needs.items()}  # fmt: skip
    forced: list[T] = []
    while True:
        try:
            return _sorted(graph, rank), forced
        except CycleError as error:
            ring: Sequence[T] = error.args[1]
            first = min(ring, key=rank)
            graph[first] -= set(ring)
            forced.append(first)


def _sorted(graph: Mapping[T, Iterable[T]], rank: Callable[[T], Any]) -> list[T]:
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    waiting: list[tuple[Any, int, T]] = []
    found: list[T] = []
    count = 0
    while sorter.is_active():
        for node in sorter.get_ready():
            count += 1  # settles ties, as nodes themselves may have no order
            heappush(waiting, (rank(node), count, node))
        _, _, node = heappop(waiting)
        found.append(node)
        sorter.done(node)
    return found


def closure(start: Iterable[T], users: Mapping[T, Iterable[T]]) -> set[T]:
    """``start`` with whatever uses it, and whatever uses that."""
    found = set(start)
    waiting = list(found)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in found:
                found.add(user)
                waiting.append(user)
    return found
