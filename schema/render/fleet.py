"""A fleet on a page: groups of equal schemas first, then how the others differ, then the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from schema.compare import Differences
from schema.fleet import FAILED, MARKS, PLAIN, Fleet, Group, Member
from schema.fleet.said import (
    GROUP_COLUMNS,
    SHARED_COLUMNS,
    SHARED_TITLE,
    fleet_mark,
    group_cells,
    models_title,
    shared_rows,
    size_words,
    verdict_words,
)
from schema.render.differences import difference_table
from schema.render.page import page
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import capitalised, counted, few

__all__ = [
    "fleet_html",
    "fleet_page",
    "fleet_verdict_html",
    "group_html",
    "groups_table",
    "members_table",
]

#: In a notebook's cell: so many groups, differences of each, and members.
_GROUPS, _DIFFERENCES, _MEMBERS = 30, 20, 50
#: In a file: a browser can hold some ten thousand rows.
_GROUPS_IN_FILE, _DIFFERENCES_IN_FILE, _MEMBERS_IN_FILE = 300, 300, 5_000
#: So many names of a group's members.
_NAMES = 200
#: How the mark of a verdict looks, and what is in columns that hold no text of any length.
_STATES = {"✓": "good", "✗": "bad", "!": "warn"}
_HOLDS = {"Databases": "number", "Behind": "number", "Differences": "number", "Kind": "short"}


def fleet_html(fleet: Fleet) -> str:
    """The verdict, the groups, and how those differ that do, folded."""
    return panel(_body(fleet, _GROUPS, _DIFFERENCES, _MEMBERS, is_file=False))


def fleet_page(fleet: Fleet) -> str:
    """A whole file of HTML with all of a fleet. It asks no server."""
    title = f"Fleet of {counted(len(fleet), 'database')}"
    heading = Markup("<h3>{}</h3>").format(title)
    limits = (_GROUPS_IN_FILE, _DIFFERENCES_IN_FILE, _MEMBERS_IN_FILE)
    return page(title, heading, _body(fleet, *limits, is_file=True))


def fleet_verdict_html(fleet: Fleet) -> str:
    """Only the head: the verdict, and what must be known to believe it."""
    return panel(_head(fleet))


def _body(fleet: Fleet, groups: int, differences: int, members: int, *, is_file: bool) -> Markup:
    told = [group for group in fleet.groups if group.verdict not in PLAIN]
    parts = [_head(fleet), groups_table(fleet.groups[:groups])]
    parts += [_more(len(fleet.groups) - groups, "group")]
    parts += [_shared(fleet)]
    parts += [_group(group, differences, is_open=is_file) for group in told[:groups]]
    parts += [_models(kind, found) for kind, found in fleet.models.items() if found]
    parts += [_members(fleet, members)]
    return join(parts)


def _head(fleet: Fleet) -> Markup:
    mark = fleet_mark(fleet)
    said = Markup('<div class="swb-verdict swb-{}" role="status">{} {}</div>')
    line = Markup('<p class="swb-faint">{}</p>').format(size_words(fleet))
    head = said.format(_STATES[mark], mark, text(capitalised(fleet.verdict)))
    note = Markup('<p class="swb-faint">Note: {}</p>')
    return head + line + join(note.format(text(each)) for each in fleet.notes)


def groups_table(groups: Sequence[Group]) -> Markup:
    """One row a group; the largest first, as they come."""
    columns = [Column(name, _HOLDS.get(name, "text")) for name in GROUP_COLUMNS]
    return table(columns, map(group_cells, groups)) if groups else Markup()


def _more(left: int, what: str) -> Markup:
    if left <= 0:
        return Markup()
    return Markup('<p class="swb-faint">… and {} more</p>').format(counted(left, what))


def _shared(fleet: Fleet) -> Markup:
    rows = shared_rows(fleet)
    if not rows:
        return Markup()
    columns = [Column(name, _HOLDS.get(name, "text")) for name in SHARED_COLUMNS]
    whole = Markup("<details><summary><b>{}</b> ({})</summary>{}</details>")
    return whole.format(SHARED_TITLE, len(rows), table(columns, rows, max_rows=100))


def group_html(group: Group, differences: Differences | None = None, left: str = "") -> str:
    """All of one group: who is in it, and how it differs.

    ``differences`` are others than its drift, such as those to another group, with the name of that
    side.
    """
    shown = group.differences if differences is None else differences
    return panel(_about(group), _differences(group, shown, left, _DIFFERENCES_IN_FILE))


def _group(group: Group, rows: int, *, is_open: bool) -> Markup:
    whole = Markup("<details{}><summary>{} <b>{}</b></summary>{}{}</details>")
    return whole.format(
        Markup(" open") if is_open else "",
        MARKS[group.verdict],
        text(group.title),
        _about(group),
        _differences(group, group.differences, "", rows),
    )


def _about(group: Group) -> Markup:
    said = Markup('<p class="swb-faint">{}</p>').format(text(few(group.members, _NAMES)))
    if group.reason:
        said += Markup("<p>{}</p>").format(text(group.reason))
    if group.pending:
        said += Markup('<p class="swb-faint">Pending: {}</p>').format(
            text(", ".join(group.pending[:_NAMES]))
        )
    notes = [note for note in group.notes if note != group.reason]
    return said + join(
        Markup('<p class="swb-faint">Note: {}</p>').format(text(note)) for note in notes
    )


def _differences(group: Group, found: Differences, left: str, rows: int) -> Markup:
    if not found:
        nothing = "" if not left and group.verdict not in PLAIN else "✓ No differences."
        return Markup("<p>{}</p>").format(nothing) if nothing else Markup()
    where = ", ".join(group.revision) or "base"
    return difference_table(
        found, left or f"Migrations at {where}", "These databases", by_table=True, max_rows=rows
    )


def _models(kind: str, found: Differences) -> Markup:
    whole = Markup("<details><summary><b>{}</b> ({})</summary>{}</details>")
    listed = difference_table(found, "Migrations at head", "Models", by_table=True, max_rows=100)
    return whole.format(models_title(kind), len(found), listed)


def _members(fleet: Fleet, rows: int) -> Markup:
    """Every member; those of which nothing is known stand open before the others."""
    bad = [item for item in fleet.members if item.verdict in FAILED]
    rest = [item for item in fleet.members if item.verdict not in FAILED]
    whole = Markup("<details{}><summary><b>{}</b> ({})</summary>{}</details>")
    parts = []
    for title, found, is_open in (("Could not be checked", bad, True), ("Checked", rest, False)):
        if found:
            listed = members_table(found, max_rows=rows)
            mark = Markup(" open") if is_open else ""
            parts.append(whole.format(mark, title, len(found), listed))
    return join(parts)


def members_table(members: Iterable[Member], *, max_rows: int = 1000) -> Markup:
    """One row a member."""
    columns = [
        Column("Database"),
        Column("Verdict"),
        Column("Revision"),
        Column("Behind", "number"),
        Column("Differences", "number"),
        Column("Where, and why there is no more"),
    ]
    rows = (
        [
            item.name,
            verdict_words(item.verdict),
            ", ".join(item.revision),
            item.behind if item.behind else "",
            item.differences if item.differences else "",
            ": ".join(filter(None, [item.url, item.reason])),
        ]
        for item in members
    )
    return table(columns, rows, max_rows=max_rows)
