"""Steps of a rehearsal on a page: what a revision did, how long, and what became of the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from schema.database import show_url
from schema.rehearsal import Rehearsal, Statement, Step
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import counted, delta, duration, number

__all__ = [
    "rehearsal_html",
    "rows_table",
    "step_html",
    "steps_html",
    "steps_table",
    "steps_table_html",
]

_ARROWS = {"up": "↑", "down": "↓"}


def rehearsal_html(rehearsal: Rehearsal) -> str:
    """Which copy it runs on, and its steps. Asks no database, so that it can always be shown."""
    source = show_url(rehearsal.source) if rehearsal.source else "an unknown source"
    whole = Markup('<p>Rehearsal on <b>{}</b> <span class="swb-faint">a copy of {}</span></p>')
    head = whole.format(text(rehearsal.scratch.name), text(source))
    return panel(head, *_steps(rehearsal.steps))


def step_html(step: Step, *, is_open: bool = True) -> str:
    """One step as a panel; when it is not open, only its heading is seen until it is unfolded."""
    return panel(_step(step, is_open=is_open))


def steps_html(steps: Sequence[Step]) -> str:
    """Steps as a panel: a table of all, and each in full to unfold; a failed one is unfolded."""
    return panel(*_steps(steps))


def _steps(steps: Sequence[Step]) -> list[Markup]:
    if not steps:
        return [Markup("<p>No step has been run yet.</p>")]
    return [steps_table(steps), *(_step(step, is_open=step.failed) for step in steps)]


def steps_table_html(steps: Sequence[Step]) -> str:
    """Only the table of all steps, as a panel."""
    return panel(steps_table(steps))


def steps_table(steps: Iterable[Step]) -> Markup:
    """One row a step."""
    columns = [
        Column("Step", "short"),
        Column("Message"),
        Column("Time", "number"),
        Column("Statements", "number"),
        Column("Differences", "number"),
        Column("Rows"),
        Column("Result", "short"),
    ]
    rows = (
        [
            f"{_ARROWS[step.direction]} {step.revision}",
            step.message,
            duration(step.seconds),
            number(sum(item.executions for item in step.statements)),
            number(len(step.differences)),
            _rows_in_short(step),
            Markup('<span class="swb-loss">✗ failed</span>') if step.failed else "✓ done",
        ]
        for step in steps
    )
    return table(columns, rows)


def _rows_in_short(step: Step) -> Markup:
    changed = step.changed_rows
    parts = [Markup("<div>{} {}</div>").format(text(t), _delta(*p)) for t, p in changed.items()]
    more = Markup('<div class="swb-faint">and {} more</div>').format(
        counted(len(parts) - 3, "table")
    )
    return join([*parts[:3], more if len(parts) > 3 else ""])


def _step(step: Step, *, is_open: bool) -> Markup:
    outcome = "✗ failed" if step.failed else "✓ done"
    title = Markup("<summary><b>{} {}</b> {} · {} · {}</summary>").format(
        _ARROWS[step.direction],
        text(step.revision),
        text(step.message),
        duration(step.seconds),
        Markup('<span class="{}">{}</span>').format("swb-loss" if step.failed else "", outcome),
    )
    body = join(
        [
            _error(step),
            problems_html(step.notes, "note"),
            _differences(step),
            _rows(step),
            _statements(step),
        ]
    )
    whole = Markup('<details class="swb-step"{}>{}{}</details>')
    return whole.format(Markup(" open") if is_open else Markup(), title, body)


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
        ([name, number(a), number(b), _delta(a, b)] for name, (a, b) in rows.items()),
    )


def _delta(before: int | None, after: int | None) -> Markup:
    said = delta(before, after)
    lost = (after or 0) < (before or 0)
    name = "swb-loss" if lost else "swb-gain" if (after or 0) > (before or 0) else "swb-faint"
    return Markup('<span class="{}">{}</span>').format(name, said)


def _statements(step: Step) -> Markup:
    if not step.statements:
        return Markup('<p class="swb-faint">It ran no statement.</p>')
    total = sum(item.seconds for item in step.statements)
    count = counted(sum(item.executions for item in step.statements), "statement")
    whole = Markup("<details><summary>{}, {} in the database</summary>{}</details>")
    return whole.format(count, duration(total), _statement_table(step.statements))


def _statement_table(statements: Iterable[Statement]) -> Markup:
    columns = [
        Column("Statement"),
        Column("Times", "number"),
        Column("Rows", "number"),
        Column("Time", "number"),
    ]
    sql = Markup("<code>{}</code>")
    rows = (
        [
            sql.format(text(item.sql)),
            number(item.executions),
            number(item.rows),
            duration(item.seconds),
        ]
        for item in statements
    )
    return table(columns, rows)
