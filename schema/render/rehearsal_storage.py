"""What a step did to storage: what was written anew, and what grew or shrank."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from schema.rehearsal import Rewrite, Size, Statement, Step
from schema.remarks import relation_words
from schema.render.tables import Column, table
from schema.wording import counted, size, size_change

__all__ = ["rewrites_html", "sizes_html"]

_MOST_SIZES = 100
#: More changes of size than this are folded.
_FEW = 6


def rewrites_html(step: Step) -> Markup:
    """Tables and indexes whose contents were written anew; nothing when none was."""
    if not step.rewrites:
        return Markup()
    columns = [
        Column("What"),
        Column("How", "short"),
        Column("Before", "number"),
        Column("After", "number"),
        Column("By statement", "number"),
    ]
    rows = (
        [
            relation_words(item),
            item.how,
            size(item.bytes_before),
            size(item.bytes_after),
            _place(item, step.statements),
        ]
        for item in step.rewrites
    )
    return Markup("<h4>Written anew</h4>") + table(columns, rows)


def _place(item: Rewrite, statements: Sequence[Statement]) -> str:
    known = item.statement is not None and item.statement < len(statements)
    return str((item.statement or 0) + 1) if known else "–"


def sizes_html(step: Step) -> Markup:
    """What takes more or less room on disk than before, the largest change first."""
    if not step.sizes:
        return Markup()
    grown = sum(item.change for item in step.sizes)
    title = f"{counted(len(step.sizes), 'change')} of size, {size_change(0, grown)} together"
    whole = Markup("<details{}><summary>{}</summary>{}</details>")
    is_open = Markup(" open") if len(step.sizes) <= _FEW else ""
    return whole.format(is_open, title, _size_table(step.sizes))


def _size_table(sizes: Sequence[Size]) -> Markup:
    columns = [Column("What"), *(Column(name, "number") for name in ("Before", "After", "Change"))]
    ordered = sorted(sizes, key=lambda item: -abs(item.change))
    rows = (
        [
            relation_words(item),
            size(item.before),
            size(item.after),
            size_change(item.before, item.after),
        ]
        for item in ordered
    )
    return table(columns, rows, max_rows=_MOST_SIZES)
