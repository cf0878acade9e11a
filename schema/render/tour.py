"""A tour on a page: part by part, each station with its reason and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from schema.history import History, Revision
from schema.render.history import problems_html
from schema.render.prose import inline, prose
from schema.render.theme import join, panel, text
from schema.tour import Group, Remark, Station, Tour
from schema.wording import counted, day

__all__ = ["passed_by_html", "station_html", "tour_html"]

#: Of more remarks or tables than this, the rest is folded away.
_MOST = 6


def tour_html(tour: Tour) -> str:
    """The whole tour as one panel. A station unfolds to what is known of it."""
    if not tour.stations:
        nowhere = Markup("<p>There is no table yet, so there is nowhere to go.</p>")
        return panel(problems_html(tour.notes, "note"), nowhere)
    said = Markup('<p><b>{}</b> <span class="swb-faint">from {} outwards</span></p>')
    return panel(
        problems_html(tour.notes, "note"),
        said.format(counted(len(tour), "station"), text(", ".join(tour.centre))),
        *(_part(part, stations) for part, stations in tour.parts()),
        _groups(tour.groups),
    )


def station_html(station: Station, history: History | None = None) -> str:
    """One station as a panel; with a history, revisions are told with message, date and author."""
    title = Markup('<h3>{} <span class="swb-badge">{}</span></h3>')
    return panel(title.format(text(station.table), text(station.part)), _body(station, history))


def passed_by_html(table: str, tour: Tour) -> str:
    """What is said of a table that is no station: which group it is in."""
    title = next((group.title for group in tour.groups if table in group.tables), "Elsewhere")
    said = Markup('<h3>{} <span class="swb-badge">{}</span></h3><p>{}</p>')
    why = "The tour passes it by, as few tables lead to it; all about it stands below."
    return panel(said.format(text(table), text(title), why))


def _part(part: str, stations: Sequence[Station]) -> Markup:
    whole = Markup("<h4>{} ({})</h4>{}")
    return whole.format(text(part), len(stations), join(map(_folded, stations)))


def _folded(station: Station) -> Markup:
    whole = Markup(
        '<details><summary><b>{}</b> <span class="swb-faint">{}</span></summary>{}</details>'
    )
    said = _first_sentence(station.purpose) or station.reason
    return whole.format(text(station.table), inline(said), _body(station, None))


def _first_sentence(said: str) -> str:
    first = " ".join(said.split("\n\n")[0].split())
    return first.partition(". ")[0].rstrip(".") if first else ""


def _body(station: Station, history: History | None) -> Markup:
    nothing = Markup('<p class="swb-faint">Nobody wrote down what it is for.</p>')
    return join(
        [
            prose(station.purpose) if station.purpose else nothing,
            _facts(_told(station, history)),
            _remarks(station.remarks),
        ]
    )


def _told(station: Station, history: History | None) -> Iterator[tuple[str, str]]:
    yield "Why here", station.reason
    yield "Leads to", _names(station.leads_to, station.implied)
    yield "Referenced by", _names(station.referenced_by, station.implied)
    known = {revision.id: revision for revision in history or ()}
    yield "Made by", _revision(station.made_by, known)
    yield "Changed since by", _more([_revision(name, known) for name in station.changed_by], "; ")
    yield "Who to ask", ", ".join(station.people[:3])


def _names(names: Sequence[str], implied: Sequence[str]) -> str:
    return _more([f"{n} (by name only)" if n in implied else n for n in names], ", ")


def _more(parts: Sequence[str], between: str) -> str:
    rest = len(parts) - _MOST
    return between.join(parts[:_MOST]) + (f" … and {rest} more" if rest > 0 else "")


def _revision(name: str, known: dict[str, Revision]) -> str:
    found = known.get(name)
    if found is None:
        return name
    who = [day(found.date), found.author or ""]
    said = ", ".join(filter(None, who))
    return f"{found.id} {found.message}".strip() + (f" ({said})" if said else "")


def _facts(told: Iterable[tuple[str, str]]) -> Markup:
    line = Markup('<div><span class="swb-faint">{}:</span> {}</div>')
    return join(line.format(name, text(said)) for name, said in told if said)


def _remarks(remarks: Sequence[Remark]) -> Markup:
    if not remarks:
        return Markup()
    head = Markup('<div class="swb-faint">What you may stumble over:</div>')
    return head + _list(remarks[:_MOST]) + _rest(remarks[_MOST:])


def _list(remarks: Sequence[Remark]) -> Markup:
    items = join(Markup("<li>{}</li>").format(text(remark.message)) for remark in remarks)
    return Markup("<ul>{}</ul>").format(items)


def _rest(remarks: Sequence[Remark]) -> Markup:
    if not remarks:
        return Markup()
    whole = Markup("<details><summary>{} more</summary>{}</details>")
    return whole.format(len(remarks), _list(remarks))


def _groups(groups: Sequence[Group]) -> Markup:
    if not groups:
        return Markup()
    whole = Markup(
        '<details><summary><b>{}</b> <span class="swb-faint">{}</span></summary><p>{}</p></details>'
    )
    return Markup("<h4>Passed by</h4>") + join(
        whole.format(
            text(group.title), counted(len(group.tables), "table"), text(", ".join(group.tables))
        )
        for group in groups
    )
