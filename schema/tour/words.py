"""Why a table stands where it stands, and what is odd about it: in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.compare import Difference
from schema.tour.ordering import Cluster, Graph, Tie
from schema.tour.past import Late, Past
from schema.tour.values import Remark
from schema.wording import counted

__all__ = ["ALONE", "reason_alone", "reason_at", "remarks_on", "ring"]

#: The heading over tables that no key leads to or from.
ALONE = "On their own"

_RINGS = ("At the centre", "One step away", "Two steps away", "Three steps away")


def ring(distance: int) -> str:
    """The heading over the tables at this distance from the centre."""
    return _RINGS[distance] if distance < len(_RINGS) else f"{distance} steps away"


def reason_at(graph: Graph, cluster: Cluster, table: str, main: Sequence[str]) -> str:
    """Why a table of a cluster comes here; ``main`` is the tour's centre, if that is elsewhere."""
    distance = cluster.distances[table]
    if distance:
        return _way(graph, cluster, table, distance)
    apart = f"nothing ties it to {main[0]}; " if main else ""
    referring = graph.referenced_by[table]
    if not referring:
        return f"{apart}it leads to {counted(len(graph.leads_to[table]), 'table')}"
    leads = f"{counted(len(referring), 'table')} {'leads' if len(referring) == 1 else 'lead'} here"
    if implied := sum(referring.values()):
        leads += f" ({implied} by a name alone)"
    first = cluster.centre[0]
    if table != first:
        return f"{apart}{leads}, nearly as many as to {first}"
    return f"{apart}{leads}" + ("" if main else ", more than to any other")


def _way(graph: Graph, cluster: Cluster, table: str, distance: int) -> str:
    """The tie to a table that is nearer: real before implied, leading there before coming."""
    nearer = {n for n in graph.neighbours(table) if cluster.distances[n] == distance - 1}
    ties = [tie for tie in graph.ties_of(table) if {tie.source, tie.target} & nearer]
    tie = min(ties, key=lambda each: (each.implied, each.source != table))
    by = ", ".join(tie.columns)
    if tie.implied:
        other = tie.target if tie.source == table else tie.source
        return f"only a name ties it to {other}: {tie.source}.{by}, which no foreign key holds"
    if tie.source == table:
        return f"leads to {tie.target} by {by}"
    return f"{tie.source} leads here by {by}"


def reason_alone(word: str, count: int) -> str:
    """Why a table that stands alone comes last."""
    if word and count > 1:
        return f"no key leads to it or from it; one of {count} that are named {word}…"
    return "no key leads to it or from it"


def remarks_on(graph: Graph, table: str, past: Past, *, has_key: bool) -> Iterator[Remark]:
    """What a newcomer would stumble over: ties that nothing holds, then what came later."""
    if not has_key:
        yield Remark("It has no primary key.")
    for tie in graph.ties_of(table):
        if tie.source == table:
            yield from _remarks_on_tie(tie)
    for late in past.late:
        yield _remark_on(table, late)


def _remarks_on_tie(tie: Tie) -> Iterator[Remark]:
    column = ", ".join(tie.columns)
    if tie.source == tie.target and not tie.implied:
        yield Remark(f"{column} leads to the table itself: its rows can form a tree.", column)
    elif tie.implied:
        meant = f"{column} seems to lead to {tie.target}"
        yield Remark(f"{meant} ({tie.evidence}), yet no foreign key holds it.", column)


def _remark_on(table: str, late: Late) -> Remark:
    item, revision = late.difference, late.revision
    title = f"{revision.id} {revision.message}".strip()
    what = _subject(table, item)
    column = item.name if item.kind == "column" else None
    happened = {"added": " came later", "removed": " was taken away"}.get(item.change)
    if happened is None:
        return Remark(
            f"{what}: {item.describe().partition(': ')[2]}, by {title}", column, revision.id
        )
    return Remark(f"{what} {happened}, by {title}", column, revision.id)


def _subject(table: str, item: Difference) -> str:
    if item.kind == "column":
        return item.name
    if item.kind == "table":
        return f"The table {table}"
    return f"The {item.kind}" if item.name.startswith(item.kind) else f"{item.kind} {item.name}"
