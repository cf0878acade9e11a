"""From ties between tables to an order: clusters, the centre of each, rings, and who stands alone.

Pure graph work on names; knows nothing of catalogs.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Cluster", "Graph", "Tie", "alone_by_name", "clusters_of", "nearest"]

#: As many tables can be the centre together, if each has this share of what leads to the first.
MOST_CENTRES = 3
_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Tie:
    """A foreign key from one table to another.

    ``evidence`` is None then; of what only names tell of, it says why it is believed.
    """

    source: str
    target: str
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    evidence: str | None = None

    @property
    def implied(self) -> bool:
        return self.evidence is not None


class Graph:
    """Tables and the ties between them, to be asked in both directions.

    A tie to a table that is not there is left out; one to the table itself counts for nothing here.
    """

    def __init__(self, tables: Iterable[str], ties: Iterable[Tie]) -> None:
        self.tables = tuple(dict.fromkeys(tables))
        known = set(self.tables)
        self.ties = [t for t in ties if t.source in known and t.target in known]
        self.leads_to: dict[str, dict[str, bool]] = {name: {} for name in self.tables}
        self.referenced_by: dict[str, dict[str, bool]] = {name: {} for name in self.tables}
        self._ties: dict[str, list[Tie]] = {name: [] for name in self.tables}
        for tie in self.ties:
            self._ties[tie.source].append(tie)
            if tie.source != tie.target:
                self._add(self.leads_to[tie.source], tie.target, tie.implied)
                self._add(self.referenced_by[tie.target], tie.source, tie.implied)
                self._ties[tie.target].append(tie)

    @staticmethod
    def _add(found: dict[str, bool], name: str, implied: bool) -> None:
        """Note a neighbour; whether it is implied only, so that a real key outweighs."""
        found[name] = implied and found.get(name, True)

    def ties_of(self, name: str) -> list[Tie]:
        """All ties of a table, in either direction."""
        return self._ties[name]

    def neighbours(self, name: str) -> list[str]:
        """All tables one tie away, in either direction."""
        return list(dict.fromkeys([*self.leads_to[name], *self.referenced_by[name]]))

    def weight(self, name: str) -> int:
        """How much leads here: two for each table with a real key, one for one implied."""
        return sum(1 if implied else 2 for implied in self.referenced_by[name].values())

    def rank(self, name: str) -> tuple[int, int, str]:
        """A sort key: what is most referenced, then what has most neighbours, then by name."""
        return -self.weight(name), -len(self.neighbours(name)), name

    def importance(self, name: str) -> tuple[int, str]:
        """A sort key: what holds most together first, whichever way its ties lead."""
        return -self.weight(name) - len(self.leads_to[name]), name


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tables that hang together, each with its distance from the centre, which has none (0).

    In the order of a tour: ring by ring, the most referenced of a ring first.
    """

    distances: dict[str, int]

    @property
    def centre(self) -> list[str]:
        return [name for name, distance in self.distances.items() if distance == 0]

    def __len__(self) -> int:
        return len(self.distances)


def clusters_of(graph: Graph) -> list[Cluster]:
    """The clusters of two tables or more, the largest first."""
    found = []
    left = dict.fromkeys(graph.tables)
    while left:
        members = _reached(graph, [next(iter(left))])
        for name in members:
            left.pop(name)
        if len(members) > 1:
            found.append(_cluster(graph, list(members)))
    return sorted(found, key=lambda cluster: (-len(cluster), cluster.centre))


def _cluster(graph: Graph, members: Sequence[str]) -> Cluster:
    distances = _reached(graph, _centre(graph, members))
    ordered = sorted(members, key=lambda name: (distances[name], graph.rank(name)))
    return Cluster({name: distances[name] for name in ordered})


def _centre(graph: Graph, members: Sequence[str]) -> list[str]:
    """The most referenced table, with those that are nearly as much so."""
    first, *others = sorted(members, key=graph.rank)
    least = graph.weight(first) * _SHARE
    close = [name for name in others if graph.weight(name) >= least and graph.weight(name) > 2]
    return [first, *close[: MOST_CENTRES - 1]]


def _reached(graph: Graph, starts: Iterable[str]) -> dict[str, int]:
    """Every table that can be reached from these, with the fewest ties on the way."""
    distances = dict.fromkeys(starts, 0)
    todo = deque(distances)
    while todo:
        name = todo.popleft()
        for other in graph.neighbours(name):
            if other not in distances:
                distances[other] = distances[name] + 1
                todo.append(other)
    return distances


def nearest(graph: Graph, stations: Sequence[str]) -> dict[str, str]:
    """For each table that hangs together with one of the stations: the nearest, itself if it is."""
    owner = {name: name for name in stations}
    todo = deque(stations)
    while todo:
        name = todo.popleft()
        for other in graph.neighbours(name):
            if other not in owner:
                owner[other] = owner[name]
                todo.append(other)
    return owner


def alone_by_name(names: Iterable[str]) -> dict[str, list[str]]:
    """Tables by the first word of their names, those that share it with no other under ``""``."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[_first_word(name)].append(name)
    grouped: dict[str, list[str]] = {word: each for word, each in found.items() if len(each) > 1}
    single = [each[0] for each in found.values() if len(each) == 1]
    return grouped | ({"": single} if single else {})


def _first_word(name: str) -> str:
    """``public.metrics_policy_calls`` begins with ``public.metrics``."""
    schema, dot, bare = name.rpartition(".")
    return schema + dot + bare.partition("_")[0]
