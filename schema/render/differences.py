"""Differences as a table: both sides next to each other, with what changed marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from markupsafe import Markup

from schema.catalog import SchemaObject
from schema.compare import Difference, Differences
from schema.render.marking import cut, marked
from schema.render.tables import MAX_ROWS
from schema.render.theme import join, panel, text
from schema.sections import BLIND, table_of
from schema.wording import CHANGE_MARKS, counted, goes_without_saying, shown

__all__ = ["definition_html", "difference_table", "differences_html", "why"]

#: How long a value may be in a table, in characters; shorter where an object has many long ones.
_ROOMS = (1500, 400, 100, 30)
#: Changes that are shown whole; of what is alike, long stretches are left out all the same.
_WHOLE = 10**9
#: With the least room, as many properties of an object are there.
_MOST_ROWS = 6
#: How much markup one difference may be, so that a page of them stays light.
MOST_MARKUP = 5000

_NOTHING = Markup('<span class="swb-faint">not there</span>')
_UNSET = (None, (), "", False)


def differences_html(differences: Differences, left: str = "Expected", right: str = "Found") -> str:
    """All differences, or the sentence that there are none. The headings name the two sides."""
    if not differences:
        return panel(Markup("<p>✓ No differences.</p>"))
    title = Markup("<p><b>{}</b></p>").format(counted(len(differences), "difference"))
    return panel(title, difference_table(differences, left, right))


def difference_table(
    differences: Iterable[Difference],
    left: str = "Expected",
    right: str = "Found",
    *,
    causes: Mapping[str, str] | None = None,
    by_table: bool = False,
    is_whole: bool = False,
    max_rows: int = MAX_ROWS,
) -> Markup:
    """A block of rows for each difference: what it is, then each property on both sides.

    Under it stands why it is so, as far as that is known; with ``causes`` (a sentence for each
    cause) its cause too. ``by_table`` puts a heading over the differences of each table. Long
    values are cut; where the table ``is_whole`` only long stretches that are alike are left out. Of
    more than ``max_rows`` differences the rest is counted.
    """
    listed = list(differences)
    parts: list[Markup] = []
    heading = None
    for item in listed[:max_rows]:
        if by_table and table_of(item) != heading:
            heading = table_of(item)
            parts.append(_heading(heading))
        parts.append(_body(item, causes, is_whole=is_whole, by_table=by_table))
    whole = Markup(
        '<table class="swb-table swb-differences"><colgroup><col style="width:34%">'
        '<col style="width:14%"><col><col></colgroup><thead><tr><th scope="col">What</th>'
        '<th scope="col">Property</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
        "{}</table>{}"
    )
    return whole.format(left, right, join(parts), _rest(len(listed) - max_rows))


def _heading(table: str) -> Markup:
    whole = Markup('<tbody class="swb-heading"><tr><th scope="rowgroup" colspan="4">{}</th></tr>')
    return whole.format(text(table or "(no table)")) + Markup("</tbody>")


def _rest(left_out: int) -> Markup:
    if left_out <= 0:
        return Markup()
    whole = Markup('<p class="swb-faint">… and {} more</p>')
    return whole.format(counted(left_out, "difference"))


def _body(
    item: Difference, causes: Mapping[str, str] | None, *, is_whole: bool, by_table: bool
) -> Markup:
    """One difference, cut as far as is needed for it to be no more than MOST_MARKUP."""
    if is_whole:
        return _item(item, causes, _WHOLE, by_table)
    for room in _ROOMS:
        found = _item(item, causes, room, by_table)
        if len(found) <= MOST_MARKUP:
            break
    return found


def _item(
    item: Difference, causes: Mapping[str, str] | None, room: int | None, by_table: bool
) -> Markup:
    rows = list(_rows(item, room)) or [[Markup(), Markup(), Markup()]]
    if room == _ROOMS[-1] and len(rows) > _MOST_ROWS:
        rest = Markup("… {} more").format(len(rows) - _MOST_ROWS)
        rows = [*rows[:_MOST_ROWS], [rest, Markup(), Markup()]]
    reasons = why(item, causes, room)
    label = item.name if by_table and item.table else item.label
    what = Markup('<th scope="rowgroup" rowspan="{}">{}</th>')
    cells = Markup("<tr>{}<td>{}</td><td>{}</td><td>{}</td></tr>")
    lines = [
        cells.format(what.format(len(rows), _what(item, label, room)) if number == 0 else "", *row)
        for number, row in enumerate(rows)
    ]
    if reasons:
        lines.append(Markup('<tr class="swb-why"><td colspan="4">{}</td></tr>').format(reasons))
    return Markup("<tbody>{}</tbody>").format(join(lines))


def _what(item: Difference, label: str, room: int | None = None) -> Markup:
    whole = Markup('<span class="swb-mark swb-{0}" title="{0}">{1}</span>{2} <b>{3}</b> {0}')
    mark = CHANGE_MARKS.get(item.change, "?")
    # A constraint without a name is called by its shape, which begins with its kind.
    kind = "" if label.startswith(f"{item.kind} (") else item.kind
    return whole.format(text(item.change), mark, text(kind), cut(label, room))


def why(
    item: Difference, causes: Mapping[str, str] | None = None, room: int | None = None
) -> Markup:
    """Who or what made a difference, and what else is known of it; empty when nothing is."""
    said: list[Markup] = []
    if causes is not None and item.cause:
        said.append(text(causes.get(item.cause, item.cause)))
    if item.explanation:
        said.append(cut(item.explanation, room))
    if item.evidence or item.confidence is not None:
        said.append(_evidence(item, room))
    if item.accepted:
        said.append(Markup("<b>Accepted:</b> {}").format(cut(item.accepted, room)))
    if item.is_cosmetic:
        said.append(Markup('<span class="swb-badge">cosmetic</span>'))
    if item.alembic_check is False:
        said.append(Markup('<span class="swb-badge">◌ {}</span>').format(BLIND))
    return join(Markup("<div>{}</div>").format(part) for part in said)


def _evidence(item: Difference, room: int | None) -> Markup:
    sure = "" if item.confidence is None else f" ({item.confidence:.0%} sure)"
    reasons = ": " + "; ".join(item.evidence) if item.evidence else ""
    return cut(f"Taken for the same object under a new name{sure}{reasons}", room)


def _rows(item: Difference, room: int | None) -> Iterator[list[Markup]]:
    """The property's name and its two values."""
    if item.change in {"added", "removed"}:
        side = 1 if item.change == "added" else 0
        said = _definition({name: pair[side] for name, pair in item.properties.items()}, room)
        yield [Markup(), _NOTHING, said] if side else [Markup(), said, _NOTHING]
        return
    if item.change == "renamed" and "name" not in item.properties:
        yield [text("name"), *marked(item.renamed_from or "", item.name, room)]
    for name, (before, after) in item.properties.items():
        yield [text(name.replace("_", " ")), *_pair(before, after, room)]


def _pair(before: object, after: object, room: int | None) -> tuple[Markup, Markup]:
    left, right = marked(shown(before), shown(after), room)
    return _lines(left), _lines(right)


def _lines(value: Markup) -> Markup:
    """A text of several lines keeps them."""
    return Markup('<div class="swb-lines">{}</div>').format(value) if "\n" in value else value


def _definition(properties: Mapping[str, object], room: int | None) -> Markup:
    """What an object is that only one side has, but for what goes without saying."""
    told = {
        name: value for name, value in properties.items() if not goes_without_saying(name, value)
    }
    line = Markup('<div><span class="swb-faint">{}:</span> {}</div>')
    return join(
        line.format(text(name.replace("_", " ")), _lines(cut(shown(value), room)))
        for name, value in told.items()
    ) or text("there")


# -- one of them in full --------------------------------------------------------------------------


def definition_html(
    item: Difference,
    expected: SchemaObject | None,
    found: SchemaObject | None,
    left: str = "Expected",
    right: str = "Found",
) -> str:
    """The whole definition on both sides, what is alike too, and why it differs.

    A side without the object is None. What only the difference knows, such as a table's columns, is
    told as well.
    """
    rows = dict(_both(item, expected, found))
    cells = Markup('<tr class="{}"><th scope="row">{}</th><td>{}</td><td>{}</td></tr>')
    body = join(
        cells.format("swb-faint" if same else "", text(name.replace("_", " ")), *pair)
        for name, (same, *pair) in rows.items()
    )
    whole = Markup(
        '<div>{}</div><table class="swb-table"><thead><tr><th scope="col">Property</th>'
        '<th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>{}</tbody></table>'
    )
    return panel(whole.format(_what(item, item.label), left, right, body), why(item))


def _both(
    item: Difference, expected: SchemaObject | None, found: SchemaObject | None
) -> Iterator[tuple[str, tuple[bool, Markup, Markup]]]:
    sides = [{} if side is None else side.properties for side in (expected, found)]
    for name in dict.fromkeys([*item.properties, *sides[0], *sides[1]]):
        if name in item.properties:
            left, right = item.properties[name]
        else:
            left, right = (side.get(name) for side in sides)
        if name == "position" or (left in _UNSET and right in _UNSET):
            continue
        yield name, (left == right, *_sides(item, left, right))


def _sides(item: Difference, left: object, right: object) -> tuple[Markup, Markup]:
    if item.change == "added":
        return Markup(), _lines(cut(shown(right), None))
    if item.change == "removed":
        return _lines(cut(shown(left), None)), Markup()
    return _pair(left, right, None)
