"""The statements of a step: what each took, and which of them took longest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from schema.rehearsal import Statement, Step
from schema.render.tables import Column, table
from schema.render.theme import text
from schema.wording import counted, duration, number, size

__all__ = ["statements_html"]

#: More statements than this are not all in sight: the slowest are, and the others can be unfolded.
MANY, SLOWEST = 40, 10
#: As many are put on a page at most, in the order in which they ran.
MOST = 300
#: Of a statement, and of its parameters, so many characters.
_MOST_SQL, _MOST_PARAMETERS = 3000, 300

Numbered = tuple[int, Statement]


def statements_html(step: Step, *, is_open: bool = False) -> Markup:
    """All statements to unfold, with time, share of the whole, rows, parameters and WAL."""
    if not step.statements:
        return Markup('<p class="swb-faint">It ran no statement.</p>')
    whole = Markup("<details{}><summary><b>{}</b>{}</summary>{}</details>")
    return whole.format(
        Markup(" open") if is_open else "", _title(step), _elsewhere(step), _body(step)
    )


def _title(step: Step) -> str:
    total = sum(item.seconds for item in step.statements)
    count = counted(sum(item.executions for item in step.statements), "statement")
    return f"{count}, {duration(total)} in the database"


def _elsewhere(step: Step) -> str:
    said = ""
    if step.python_seconds is not None:
        said += f", {duration(step.python_seconds)} in Python"
    if step.wal_bytes is not None:
        said += f", {size(step.wal_bytes)} of WAL"
    if step.temp_bytes:
        said += f", {size(step.temp_bytes)} of temporary files"
    return said


def _body(step: Step) -> Markup:
    numbered = list(enumerate(step.statements, start=1))
    if len(numbered) <= MANY:
        return _table(numbered, step)
    slowest = sorted(numbered, key=lambda pair: -pair[1].seconds)[:SLOWEST]
    whole = Markup(
        "<p>The {} slowest:</p>{}<details><summary>All {} in their order</summary>{}</details>"
    )
    return whole.format(
        SLOWEST, _table(slowest, step), number(len(numbered)), _table(numbered, step)
    )


def _table(statements: Sequence[Numbered], step: Step) -> Markup:
    """Columns that would be empty in every row are left out."""
    every = step.statements
    has_times = any(item.executions > 1 for item in every)
    has_wal = any(item.wal_bytes for item in every)
    columns = [Column("", "number"), Column("Statement")]
    columns += [Column("Times", "number")] if has_times else []
    columns += [Column("Rows", "number")]
    columns += [Column("WAL", "number")] if has_wal else []
    columns += [Column("Time", "number"), Column("Share", "number")]
    return table(columns, _rows(statements, every, has_times, has_wal), max_rows=MOST)


def _rows(
    statements: Iterable[Numbered], every: Sequence[Statement], has_times: bool, has_wal: bool
) -> Iterable[list[object]]:
    total = sum(item.seconds for item in every) or 1.0
    slowest = max(every, key=lambda item: item.seconds) if len(every) > 1 else None
    for place, item in statements:
        row: list[object] = [place, _sql(item, is_slowest=item is slowest)]
        row += [number(item.executions)] if has_times else []
        row += [number(item.rows)]
        row += [size(item.wal_bytes)] if has_wal else []
        yield [*row, duration(item.seconds), _share(item.seconds / total)]


def _sql(item: Statement, *, is_slowest: bool) -> Markup:
    mark = Markup('<span class="swb-badge swb-warn">slowest</span> ') if is_slowest else Markup()
    said = mark + Markup("<code>{}</code>").format(_cut(item.sql, _MOST_SQL))
    if item.parameters is not None:
        said += Markup('<div class="swb-faint">with <code>{}</code></div>').format(
            _cut(item.parameters, _MOST_PARAMETERS)
        )
    return said


def _cut(said: str, most: int) -> Markup:
    if len(said) <= most:
        return text(said)
    return text(f"{said[:most]} … ({len(said) - most:,} more characters)")


def _share(part: float) -> Markup:
    """The share as a number on a bar of that length."""
    whole = Markup('<span class="swb-share" style="--share:{:.0f}%">{:.0f} %</span>')
    return whole.format(part * 100, part * 100)
