"""What a step did to the data: what was lost first, with examples; then what else became of it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from schema.rehearsal import DataChange, DataLoss, DataVerdict
from schema.remarks import DATA_MARKS
from schema.render.tables import Column, table
from schema.render.theme import join, text
from schema.wording import counted

__all__ = ["changes_html", "losses_html"]

#: As many of each are told in full; the others are counted, and are in ``step.data.frame()``.
_MOST = 50


def losses_html(data: DataVerdict | None) -> Markup:
    """What was lost, each with its examples; nothing when nothing was, or nobody looked."""
    if data is None or not data.lost:
        return Markup()
    whole = Markup('<div class="swb-error"><p><b>✗ Data lost</b></p>{}</div>')
    return whole.format(_all(data.lost, is_open=True))


def changes_html(data: DataVerdict | None) -> Markup:
    """The verdict on the data and what changed without a loss, and how sure that is."""
    if data is None:
        return Markup('<p class="swb-faint">The data was not compared.</p>')
    mark = DATA_MARKS.get(data.verdict, "?")
    if not data.changes and not data.notes:
        whole = Markup('<p class="swb-faint">{} The rest of the data is unchanged.</p>')
        said = Markup('<p class="swb-faint">{} All data is as it was.</p>')
        return whole.format(DATA_MARKS["unchanged"]) if data.lost else said.format(mark)
    heading = Markup("<h4>Data {}</h4>").format(text(data.verdict))
    note = Markup('<p class="swb-faint">{}</p>')
    notes = join(note.format(text(each)) for each in data.notes)
    return heading + _all(data.changes, is_open=False) + notes


def _all(found: Sequence[DataLoss | DataChange], *, is_open: bool) -> Markup:
    rest = len(found) - _MOST
    more = Markup('<p class="swb-faint">… and {} more</p>').format(counted(rest, "change"))
    return join([*(_one(item, is_open) for item in found[:_MOST]), more if rest > 0 else ""])


def _one(item: DataLoss | DataChange, is_open: bool) -> Markup:
    if not item.examples:
        return Markup("<p>{}</p>").format(text(item.message))
    whole = Markup("<details{}><summary>{}</summary>{}</details>")
    return whole.format(Markup(" open") if is_open else "", text(item.message), _examples(item))


def _examples(item: DataLoss | DataChange) -> Markup:
    """Whole rows as lines; values as before and after."""
    rows = [each for each in item.examples if isinstance(each, str)]
    values = [each for each in item.examples if not isinstance(each, str)]
    lines = join(Markup("<li><code>{}</code></li>").format(text(row)) for row in rows)
    listed = Markup("<ul>{}</ul>").format(lines) if rows else Markup()
    if not values:
        return listed
    columns = [Column("Row"), Column("Before"), Column("After")]
    cells = ([_value(key), _value(before), _value(after)] for key, before, after in values)
    return listed + table(columns, cells)


def _value(value: str | None) -> Markup:
    if value is None:
        return Markup('<span class="swb-faint">NULL</span>')
    return Markup("<code>{}</code>").format(text(value))
