"""Tables as HTML, from rows or from a DataFrame. Every cell is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from schema.render.theme import join, panel, text
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "frame_html", "table"]

#: More rows than this are not put on a page; their number is said instead.
MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and what is in it: ``"text"``, ``"short"`` (unbroken) or ``"number"``."""

    name: str
    holds: str = "text"

    @property
    def attribute(self) -> Markup:
        return Markup() if self.holds == "text" else Markup(' class="swb-{}"').format(self.holds)


def table(
    columns: Sequence[Column | str],
    rows: Iterable[Sequence[object]],
    *,
    max_rows: int = MAX_ROWS,
) -> Markup:
    """A table of these rows. A cell that is Markup is taken as it is, all else is escaped.

    A row of a single cell is a heading over the rows below it.
    """
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    listed = list(rows)
    body = join(_row(heads, row) for row in listed[:max_rows])
    head = join(
        Markup('<th scope="col"{}>{}</th>').format(column.attribute, column.name)
        for column in heads
    )
    whole = Markup('<table class="swb-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>')
    return whole.format(head, body) + _rest(len(listed) - max_rows)


def _row(columns: Sequence[Column], row: Sequence[object]) -> Markup:
    if len(row) == 1 and len(columns) > 1:
        heading = Markup('<tr class="swb-group"><td colspan="{}">{}</td></tr>')
        return heading.format(len(columns), text(row[0]))
    cells = (
        Markup("<td{}>{}</td>").format(column.attribute, text(cell))
        for column, cell in zip(columns, row, strict=True)
    )
    return Markup("<tr>{}</tr>").format(join(cells))


def _rest(left_out: int) -> Markup:
    if left_out <= 0:
        return Markup("")
    return Markup('<p class="swb-faint">… and {} more</p>').format(counted(left_out, "row"))


def frame_html(frame: pd.DataFrame, *, max_rows: int = MAX_ROWS) -> str:
    """A DataFrame as a panel; its index is left out, missing values are empty cells."""
    import pandas as pd

    columns = [
        Column(str(name), "number" if pd.api.types.is_numeric_dtype(frame[name]) else "text")
        for name in frame.columns
    ]
    rows = [
        ["" if _missing(cell) else cell for cell in row] for row in frame.itertuples(index=False)
    ]
    return panel(table(columns, rows, max_rows=max_rows))


def _missing(value: object) -> bool:
    """None, NaN, NaT or pandas.NA: the only values that are not equal to themselves, or None."""
    import pandas as pd

    return value is None or value is pd.NA or value != value
