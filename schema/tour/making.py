"""A tour made: the stations in their order, each with its reason, and groups of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schema.catalog import Catalog
from schema.diagram import DiagramTable, diagram_of
from schema.tables import Models
from schema.timeline import Timeline
from schema.tour.ordering import Cluster, Graph, alone_by_name, clusters_of, nearest
from schema.tour.past import Past, pasts_of
from schema.tour.ties import graph_of
from schema.tour.values import Group, Station, Tour
from schema.tour.words import ALONE, reason_alone, reason_at, remarks_on, ring
from schema.wording import counted

__all__ = ["MOST_STATIONS", "tour_of"]

#: More stations than these nobody walks through; what is left is grouped around them.
MOST_STATIONS = 40


def tour_of(
    catalog: Catalog,
    *,
    models: Models | None = None,
    timeline: Timeline | None = None,
    most: int = MOST_STATIONS,
    notes: Sequence[str] = (),
) -> Tour:
    """The tour of a schema, from the most referenced tables outwards.

    With ``models`` it is told in their words; a comment in the database counts where they have
    none. With a ``timeline`` each station also knows who made it what it
    is. Of more than ``most`` tables, the most referenced are stations, in the same order, and the
    others are grouped around them. ``notes`` are said with it.
    """
    diagram = diagram_of(catalog)
    graph = graph_of(diagram)
    clusters = clusters_of(graph)
    tied = {name for cluster in clusters for name in cluster.distances}
    alone = alone_by_name(name for name in graph.tables if name not in tied)
    chosen = _chosen(graph, clusters, alone, most)
    pasts = pasts_of(timeline) if timeline else {}
    known = _Known(diagram.tables, _purposes(models) if models else {}, pasts)
    stations = [
        *_tied_stations(graph, clusters, chosen, known),
        *_alone_stations(graph, alone, chosen, known),
    ]
    return Tour(catalog, stations, _groups(graph, alone, stations), notes, timeline, models)


def _chosen(
    graph: Graph, clusters: Sequence[Cluster], alone: Mapping[str, Sequence[str]], most: int
) -> set[str]:
    """The tables that are stations: all, or the most referenced, and the first centre anyhow."""
    tied = [name for cluster in clusters for name in cluster.distances]
    if len(graph.tables) <= most:
        return set(graph.tables)
    centre = clusters[0].centre if clusters else []
    others = sorted((name for name in tied if name not in centre), key=graph.importance)
    rest = [name for names in alone.values() for name in names]
    return set([*centre, *others, *rest][: max(most, 1)])


class _Known:
    """What is known of a table beside its ties."""

    def __init__(
        self,
        tables: Iterable[DiagramTable],
        purposes: Mapping[str, str],
        pasts: Mapping[str, Past],
    ) -> None:
        self._tables = {table.label: table for table in tables}
        self._purposes = purposes
        self._pasts = pasts

    def station(
        self, graph: Graph, table: str, part: str, distance: int | None, reason: str
    ) -> Station:
        past = self._pasts.get(table, Past())
        columns = self._tables[table].columns
        leads_to, referenced_by = graph.leads_to[table], graph.referenced_by[table]
        has_key = any("PK" in column.keys for column in columns)
        both = [*leads_to.items(), *referenced_by.items()]
        return Station(
            table=table,
            part=part,
            distance=distance,
            reason=reason,
            purpose=self._purpose(table),
            leads_to=tuple(leads_to),
            referenced_by=tuple(referenced_by),
            implied=tuple(dict.fromkeys(name for name, implied in both if implied)),
            columns=len(columns),
            made_by=past.made_by.id if past.made_by else "",
            changed_by=tuple(revision.id for revision in past.changed_by),
            people=tuple(past.people),
            remarks=tuple(remarks_on(graph, table, past, has_key=has_key)),
        )

    def _purpose(self, table: str) -> str:
        said = self._purposes.get(table, "").strip()
        return said or (self._tables[table].comment or "").strip()


def _purposes(models: Models) -> dict[str, str]:
    """What the models say about each table, by its label: a class's docstring, or the comment."""
    found = {}
    for table in models.tables:
        said = [each.docstring for each in models.classes_of(table.label)] + [table.comment]
        found[table.label] = next((text.strip() for text in said if text and text.strip()), "")
    return found


def _tied_stations(
    graph: Graph, clusters: Sequence[Cluster], chosen: set[str], known: _Known
) -> Iterator[Station]:
    for number, cluster in enumerate(clusters):
        main = clusters[0].centre if number else []
        for table, distance in cluster.distances.items():
            if table in chosen:
                part = ring(distance) if not number else f"Apart: around {cluster.centre[0]}"
                reason = reason_at(graph, cluster, table, main)
                yield known.station(graph, table, part, distance, reason)


def _alone_stations(
    graph: Graph, alone: Mapping[str, Sequence[str]], chosen: set[str], known: _Known
) -> Iterator[Station]:
    for word, names in alone.items():
        for table in names:
            if table in chosen:
                reason = reason_alone(word, len(names))
                yield known.station(graph, table, ALONE, None, reason)


def _groups(
    graph: Graph, alone: Mapping[str, Sequence[str]], stations: Sequence[Station]
) -> list[Group]:
    """What the stations leave out: by the station that is nearest, or else by name."""
    seen = {station.table for station in stations}
    around: dict[str, list[str]] = {}
    for table, station in nearest(graph, [each.table for each in stations]).items():
        if table not in seen:
            around.setdefault(station, []).append(table)
    left = set(graph.tables) - seen - {name for names in around.values() for name in names}
    found = [Group(f"Around {station}", tuple(names)) for station, names in around.items()]
    for word, names in alone.items():
        if rest := [name for name in names if name in left]:
            left -= set(rest)
            found.append(Group(f"Named {word}_…" if word else "Alone", tuple(rest)))
    if left:
        found.append(Group(f"Elsewhere: {counted(len(left), 'table')}", tuple(sorted(left))))
    return found
