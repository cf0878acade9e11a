"""A history on a page: what is wrong, where the database stands, and the lanes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from schema.history import History, Revision
from schema.render.lanes import lane_graph
from schema.render.tables import Column, table
from schema.render.theme import join, ours, panel, text
from schema.wording import STANDING_MARKS, counted, day

__all__ = ["history_html", "history_notes_html", "history_table", "problems_html"]


def history_html(history: History, current: Sequence[str] | None = None) -> str:
    """The lane graph, under what is to be known first; ``current`` as in ``lane_graph``."""
    if not history and not history.problems:
        return panel(Markup("<p>This project has no revisions yet.</p>"))
    return panel(
        problems_html(history.problems),
        _foreign(history, current or ()),
        ours(lane_graph(history, current)) if history else "",
    )


def history_notes_html(history: History, current: Sequence[str] | None = None) -> str:
    """What is to be known first alone: files that are broken, and stamps that no file bears.

    Empty when there is nothing of the kind.
    """
    notes = problems_html(history.problems) + _foreign(history, current or ())
    if not history and not history.problems:
        notes += Markup("<p>This project has no revisions yet.</p>")
    return panel(notes) if notes else ""


def history_table(
    history: History,
    current: Sequence[str] | None = None,
    *,
    revisions: Sequence[Revision] | None = None,
) -> str:
    """The same as a table, whose text can be selected and read aloud; or only some revisions."""
    chosen = list(history if revisions is None else revisions)
    standing = history.standing(tuple(current)) if current is not None else {}
    columns = [
        Column("Revision", "short"),
        Column("Parents", "short"),
        Column("Message"),
        Column("Date", "short"),
        Column("Author", "short"),
        Column("Flags"),
    ]
    rows: list[list[object]] = [
        [
            item.id,
            ", ".join(item.parents),
            item.message,
            day(item.date),
            item.author or "",
            ", ".join(item.flags),
        ]
        for item in chosen
    ]
    if current is not None:
        columns.append(Column("Standing", "short"))
        for item, row in zip(chosen, rows, strict=True):
            row.append(f"{STANDING_MARKS[standing[item.id]]} {standing[item.id]}")
    return panel(problems_html(history.problems), table(columns, rows))


def problems_html(problems: Iterable[str], what: str = "problem") -> Markup:
    """Sentences that must not be missed, as a list; nothing when there are none."""
    listed = list(problems)
    if not listed:
        return Markup()
    items = join(Markup("<div>{}</div>").format(text(problem)) for problem in listed)
    whole = Markup('<div class="swb-note" role="note"><b>⚠ {}</b>{}</div>')
    return whole.format(counted(len(listed), what), items)


def _foreign(history: History, current: Sequence[str]) -> Markup:
    known = {revision.id for revision in history}
    foreign = [stamp for stamp in current if stamp not in known]
    return problems_html(
        (
            f"The database is stamped {stamp}, which no revision file bears: what it holds beyond "
            "the revisions marked as applied is not known."
            for stamp in foreign
        ),
        "unknown stamp",
    )
