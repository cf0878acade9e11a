"""One step on a page: a heading that says what matters, and under it all that was observed."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from schema.rehearsal import Notice, Step, Wait
from schema.remarks import Remark, remarks
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.rehearsal_data import changes_html, losses_html
from schema.render.rehearsal_hazards import hazards_html
from schema.render.rehearsal_locks import locks_html
from schema.render.rehearsal_statements import statements_html
from schema.render.rehearsal_storage import rewrites_html, sizes_html
from schema.render.stalls import stalls_section
from schema.render.tables import Column, table
from schema.render.theme import bare, join, panel, text
from schema.wording import counted, delta, duration, number

__all__ = [
    "ARROWS",
    "badges",
    "rows_table",
    "step_body_html",
    "step_details",
    "step_html",
    "step_remarks_html",
]

ARROWS = {"up": "↑", "down": "↓"}

_LOOKS = {"bad": "swb-bad", "warn": "swb-warn", "plain": ""}
_MOST_NOTICES = 50


def step_html(step: Step, *, is_open: bool = True) -> str:
    """One step as a panel; when it is not open, only its heading is seen until it is unfolded."""
    return panel(step_details(step, is_open=is_open))


def step_body_html(step: Step) -> str:
    """All of a step but its heading, as a panel: for a widget that has a heading of its own."""
    return panel(Markup('<div class="swb-step">{}</div>').format(_body(step)))


def step_remarks_html(step: Step) -> str:
    """Time, statements and what deserves attention, in one line without a style of its own."""
    return bare(Markup("<p>{} {}</p>").format(_figures(step), badges(remarks(step)) or "✓ done"))


def step_details(step: Step, *, is_open: bool) -> Markup:
    """One step to unfold."""
    title = Markup("<summary><b>{} {}</b> {} · {} {}</summary>").format(
        ARROWS[step.direction],
        text(step.revision),
        text(step.message),
        _figures(step),
        badges(remarks(step)) or "✓ done",
    )
    whole = Markup('<details class="swb-step"{}>{}{}</details>')
    return whole.format(Markup(" open") if is_open else Markup(), title, _body(step))


def badges(found: Sequence[Remark]) -> Markup:
    """Remarks in a row, each in a frame whose colour is its weight."""
    mark = Markup('<span class="swb-badge {}">{}</span>')
    return Markup(" ").join(mark.format(_LOOKS[item.weight], text(item.words)) for item in found)


def _figures(step: Step) -> str:
    statements = sum(item.executions for item in step.statements)
    return f"{duration(step.seconds)} · {counted(statements, 'statement')}"


def _body(step: Step) -> Markup:
    return join(
        [
            _error(step),
            losses_html(step.data),
            hazards_html(step.hazards),
            locks_html(step),
            _stalls(step),
            _waits(step.waits),
            statements_html(step),
            rewrites_html(step),
            sizes_html(step),
            changes_html(step.data),
            _differences(step),
            _rows(step),
            _notices(step.notices),
            problems_html(step.notes, "note"),
        ]
    )


def _error(step: Step) -> Markup:
    if step.error is None:
        return Markup()
    parts = [Markup("<b>{}</b>").format(text(step.error))]
    if "sql" in step.details:
        parts.append(
            Markup("<p>The statement that failed:</p><pre>{}</pre>").format(
                text(step.details["sql"])
            )
        )
    for name in step.leftovers:
        parts.append(
            Markup("<p>Left behind: table <b>{}</b>. It stops the next attempt.</p>").format(
                text(name)
            )
        )
    for title, detail in step.details.items():
        if title != "sql":
            whole = Markup("<details><summary>{}</summary><pre>{}</pre></details>")
            parts.append(whole.format(text(title.capitalize()), text(detail)))
    return Markup('<div class="swb-error" role="alert">{}</div>').format(join(parts))


def _differences(step: Step) -> Markup:
    if not step.differences:
        return Markup('<p class="swb-faint">The schema is the same as before.</p>')
    heading = Markup("<h4>{} of the schema</h4>").format(
        counted(len(step.differences), "difference")
    )
    return heading + difference_table(step.differences, "Before", "After")


def _rows(step: Step) -> Markup:
    changed, rows = step.changed_rows, step.rows
    if not rows:
        return Markup()
    if not changed and step.data is not None:
        return Markup()
    if not changed:
        whole = Markup('<p class="swb-faint">No row count changed ({}).</p>')
        return whole.format(counted(len(rows), "table"))
    heading = Markup("<h4>Rows, in {} of {}</h4>").format(len(changed), counted(len(rows), "table"))
    return heading + rows_table(changed)


def rows_table(rows: dict[str, tuple[int | None, int | None]]) -> Markup:
    """Row counts before and after, with the change; a loss is marked."""
    columns = [Column("Table"), *(Column(name, "number") for name in ("Before", "After", "Change"))]
    return table(
        columns,
        ([name, number(a), number(b), delta_html(a, b)] for name, (a, b) in rows.items()),
    )


def delta_html(before: int | None, after: int | None) -> Markup:
    """The change of a row count; a loss is marked."""
    said = delta(before, after)
    lost = (after or 0) < (before or 0)
    name = "swb-loss" if lost else "swb-gain" if (after or 0) > (before or 0) else "swb-faint"
    return Markup('<span class="{}">{}</span>').format(name, said)


def _stalls(step: Step) -> Markup:
    if step.stalls is None:
        return Markup()
    return Markup("<h4>What others felt of it</h4>") + stalls_section(step.stalls)


def _waits(waits: Sequence[Wait]) -> Markup:
    if not waits:
        return Markup()
    item = Markup("<li>{} for {} on {}: {}</li>")
    listed = join(
        item.format(
            duration(each.seconds), text(each.mode), text(each.relation or "no table"),
            text(each.holder),
        )
        for each in waits
    )  # fmt: skip
    return Markup("<h4>It waited itself</h4><ul>{}</ul>").format(listed)


def _notices(notices: Sequence[Notice]) -> Markup:
    if not notices:
        return Markup()
    item = Markup("<li><b>{}</b> {}</li>")
    shown = join(item.format(text(n.severity), text(n.message)) for n in notices[:_MOST_NOTICES])
    rest = len(notices) - _MOST_NOTICES
    more = Markup('<p class="swb-faint">… and {} more</p>').format(counted(rest, "notice"))
    return Markup("<h4>Said meanwhile</h4><ul>{}</ul>{}").format(shown, more if rest > 0 else "")
