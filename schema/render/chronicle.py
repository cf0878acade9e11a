"""A chronicle as a picture: revisions from left to right, tables downwards, to unfold to columns.

Each row is an inline SVG of its own in a ``<details>``, so that a keyboard unfolds it and no script
is needed. What was born, changed, renamed or died is told by shape as well as by colour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from schema.biography import Chronicle, Mark, Row
from schema.history import Revision
from schema.render.history import problems_html
from schema.render.lanes import cut, text_width
from schema.render.page import page
from schema.render.tables import Column, table
from schema.render.theme import (
    BACKGROUND,
    BAD,
    BORDER,
    FAINT,
    FONT,
    GOOD,
    INFO,
    TEXT,
    WARN,
    join,
    ours,
    panel,
    text,
)
from schema.wording import counted, day

__all__ = ["chronicle_html", "chronicle_page", "chronicle_picture"]

#: Pixels: where time begins, and ends at last; a row's height, a column's, and the dates'.
LEFT, RIGHT = 206, 906
ROW, PART, HEAD = 24, 20, 40
#: A revision has so much room at most, and one mark at least.
_WIDEST, _NARROWEST = 36, 13
#: So many tables are drawn, the busiest; so many columns of each.
MOST_ROWS, MOST_COLUMNS = 40, 60
#: So many tables and months are in the tables below it.
_MOST_BUSY, _MOST_MONTHS = 25, 120
_SMALL = 11

_STYLE = ours(f"""<style>
.swb-chronicle {{ max-width: 100%; overflow-x: auto; }}
.swb-chronicle svg {{ display: block; flex: none; max-width: none; background: {BACKGROUND}; }}
.swb-chronicle text {{ font: 13px {FONT}; fill: {TEXT}; dominant-baseline: central; }}
.swb-chronicle .small {{ font-size: {_SMALL}px; }}
.swb-chronicle .faint {{ fill: {FAINT}; }}
.swb-chronicle .gone {{ fill: {FAINT}; text-decoration: line-through; }}
.swb-chronicle .end {{ text-anchor: end; }}
.swb-chronicle .middle {{ text-anchor: middle; }}
.swb-chronicle .life {{ stroke: {FAINT}; stroke-width: 2; opacity: .6; }}
.swb-chronicle .grid {{ stroke: {BORDER}; stroke-width: 1; }}
.swb-chronicle .mark {{ stroke: {BACKGROUND}; stroke-width: 1; }}
.swb-chronicle .added {{ fill: {GOOD}; }}
.swb-chronicle .changed {{ fill: {WARN}; }}
.swb-chronicle .renamed {{ fill: {INFO}; }}
.swb-chronicle .removed {{ fill: none; stroke: {BAD}; stroke-width: 2.6; }}
.swb-chronicle .failed {{ fill: {BAD}; font-weight: 700; }}
.swb-chronicle .many {{ font-size: 9px; font-weight: 600; }}
.swb.swb .swb-chronicle details {{ margin: 0; }}
.swb.swb .swb-chronicle summary {{ display: flex; padding: 0; list-style: none;
  width: max-content; }}
.swb-chronicle summary::-webkit-details-marker {{ display: none; }}
.swb-chronicle summary:hover svg {{ background: var(--jp-layout-color2, #eee); }}
.swb-chronicle .fold {{ fill: {FAINT}; transition: none; }}
.swb-chronicle details[open] > summary .fold {{ transform: rotate(90deg); transform-box: fill-box;
  transform-origin: center; }}
</style>""")

#: What is told of several changes in one place: the gravest.
_GRAVITY = ("changed", "renamed", "added", "removed")


def chronicle_html(found: Chronicle) -> str:
    """The picture, the busiest tables, and the calendar."""
    if not found.revisions:
        return panel(Markup("<p>This project has no revisions yet.</p>"))
    return panel(
        problems_html(_failures(found), "note"),
        chronicle_picture(found),
        _folded("Busiest tables", _busiest(found)),
        _folded("Who changed what, month by month", _calendar(found)),
    )


def chronicle_page(found: Chronicle) -> str:
    """The same as a file that stands alone."""
    return page(
        "Chronicle",
        Markup("<h3>Chronicle</h3>"),
        problems_html(_failures(found), "note"),
        chronicle_picture(found),
        Markup("<h4>Busiest tables</h4>"),
        _busiest(found),
        _folded("Who changed what, month by month", _calendar(found)),
    )


def _failures(found: Chronicle) -> Iterator[str]:
    for step in found.failed:
        yield f"Revision {found.revisions[step].id} could not be run: what it does is not here."


def _folded(title: str, content: Markup) -> Markup:
    return Markup("<details><summary>{}</summary>{}</details>").format(text(title), content)


# -- the picture ----------------------------------------------------------------------------------


def chronicle_picture(found: Chronicle) -> Markup:
    """The busiest tables, in the order of their births; what is left out is said."""
    axis = _Axis.of(found.revisions)
    rows = _chosen(found)
    left_out = len(found.tables) - len(rows)
    parts = [_STYLE, _legend(), axis.head(found), *(_table(row, axis) for row in rows)]
    whole = Markup('<div class="swb-chronicle">{}</div>{}')
    return whole.format(join(parts), _rest(left_out, axis))


def _chosen(found: Chronicle) -> list[Row]:
    busiest = sorted(found.tables, key=lambda row: (-_weight(row), row.born or 0))[:MOST_ROWS]
    kept = set(map(id, busiest))
    return [row for row in found.tables if id(row) in kept]


def _weight(row: Row) -> int:
    return sum(len(mark.what) for mark in row.marks) + 3 * len(row.marks)


def _rest(left_out: int, axis: _Axis) -> Markup:
    said = []
    if left_out > 0:
        said.append(f"{counted(left_out, 'table')} with fewer changes are not drawn.")
    if axis.per_place > 1:
        said.append(f"Each place stands for {axis.per_place} revisions, one after another.")
    whole = Markup('<p class="swb-faint">{}</p>')
    return whole.format(text(" ".join(said))) if said else Markup()


@dataclass(frozen=True, slots=True)
class _Axis:
    """Revisions to pixels: one place each while there is room for a mark, else several in one."""

    revisions: Sequence[Revision]
    per_place: int
    width: float

    @classmethod
    def of(cls, revisions: Sequence[Revision]) -> _Axis:
        most = int((RIGHT - LEFT) // _NARROWEST)
        per_place = -(-len(revisions) // most)
        places = -(-len(revisions) // per_place)
        return cls(revisions, per_place, min(_WIDEST, (RIGHT - LEFT) / places))

    @property
    def places(self) -> int:
        return -(-len(self.revisions) // self.per_place)

    @property
    def end(self) -> float:
        return LEFT + self.places * self.width

    @property
    def full_width(self) -> float:
        """With room for a row's number."""
        return self.end + 30

    def place(self, step: int) -> int:
        return step // self.per_place

    def x(self, step: int) -> float:
        return LEFT + (self.place(step) + 0.5) * self.width

    def head(self, found: Chronicle) -> Markup:
        """The dates, and over each place what stands there."""
        about = (
            f"{counted(len(self.revisions), 'revision')} from left to right, "
            f"{counted(len(found.tables), 'table')} downwards"
        )
        return _svg(HEAD, self.full_width, about, [*self._dates(), *self._hovers(found)])

    def _dates(self) -> Iterator[Markup]:
        year, taken = "", float(LEFT)
        for step, revision in enumerate(self.revisions):
            if step % self.per_place:
                continue
            x = self.x(step)
            told = day(revision.date)
            if told[:4] != year and x >= taken:
                year = told[:4]
                yield _text(year, x, 10, "small middle")
                taken = x + 34
            if self.width >= _WIDEST:
                yield _text(told[5:], x, 26, "small faint middle")
            yield _LINE.format("grid", x, x, 34, HEAD)

    def _hovers(self, found: Chronicle) -> Iterator[Markup]:
        rect = Markup('<rect x="{:.1f}" y="0" width="{:.1f}" height="{}" fill="transparent"/>')
        for place in range(self.places):
            steps = range(place * self.per_place, (place + 1) * self.per_place)
            known = [step for step in steps if step < len(self.revisions)]
            tip = "\n".join(_about(self.revisions[step]) for step in known)
            failed = [step for step in known if step in found.failed]
            mark = _text("✗", self.x(known[0]), 36, "failed middle small") if failed else Markup()
            x = LEFT + place * self.width
            yield _hover(tip, rect.format(x, self.width, HEAD) + mark)


def _about(revision: Revision) -> str:
    by = f", {revision.author}" if revision.author else ""
    return f"{revision.id} {day(revision.date)} {revision.message}{by}"


_LINE = Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>')


def _table(row: Row, axis: _Axis) -> Markup:
    """A table's row, under which those of its columns unfold."""
    columns = row.columns[:MOST_COLUMNS]
    fold = Markup('<path class="fold" d="M4 {}l6 4l-6 4z"/>').format(ROW / 2 - 4)
    line = _svg(ROW, axis.full_width, _sentence(row, axis), [fold, *_line(row, axis, 16, ROW)])
    parts = join(
        _svg(PART, axis.full_width, _sentence(part, axis), _line(part, axis, 30, PART))
        for part in columns
    )
    if len(row.columns) > len(columns):
        more = counted(len(row.columns) - len(columns), "column")
        parts += Markup('<p class="swb-faint">… and {} more</p>').format(text(more))
    return Markup("<details><summary>{}</summary>{}</details>").format(line, parts)


def _line(row: Row, axis: _Axis, left: int, height: int) -> Iterator[Markup]:
    """The name, the time that it lived, its marks, and how many revisions touched it."""
    name = row.label.rpartition(".")[2] if row.kind == "column" else row.label
    style = "gone" if row.died is not None else ""
    label = _text(cut(name, LEFT - left - 14), left, height / 2, style)
    yield _hover(_sentence(row, axis), label)
    y = height / 2
    start = LEFT if row.born is None else axis.x(row.born)
    end = axis.end if row.died is None else axis.x(row.died)
    yield _LINE.format("life", start, max(end, start + 1), y, y)
    size = min(5.0, axis.width / 2 - 1) if height == ROW else min(4.0, axis.width / 2 - 1)
    places: dict[int, list[Mark]] = defaultdict(list)
    for mark in row.marks:
        places[axis.place(mark.step)].append(mark)
    for marks in places.values():
        yield _marks(marks, axis, y, size)
    if row.kind != "column" and row.changes > 1:
        count = _text(f"{row.changes}", axis.end + 8, y, "small faint")
        yield _hover(f"touched by {counted(row.changes, 'revision')}", count)


def _marks(marks: Sequence[Mark], axis: _Axis, y: float, size: float) -> Markup:
    """One shape for all that stands in one place."""
    change = max((mark.change for mark in marks), key=_GRAVITY.index)
    x = axis.x(marks[0].step)
    tip = "\n".join(
        line
        for mark in marks
        for line in (_about(axis.revisions[mark.step]), *(f"  {each}" for each in mark.what[:12]))
    )
    shape = _shape(change, x, y, size)
    if len(marks) > 1:
        shape += _text(f"{len(marks)}", x, y - size - 3, "many middle faint")
    return _hover(tip, shape)


def _shape(change: str, x: float, y: float, r: float) -> Markup:
    """Born: a disc. Changed: a diamond. Renamed: a triangle to the right. Died: a cross."""
    if change == "added":
        disc = Markup('<circle class="mark added" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>')
        return disc.format(x, y, r)
    d = {
        "changed": f"M{x:.1f} {y - r:.1f}l{r:.1f} {r:.1f}l-{r:.1f} {r:.1f}l-{r:.1f} -{r:.1f}z",
        "renamed": f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {r:.1f}l-{2 * r:.1f} {r:.1f}z",
        "removed": f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {2 * r:.1f}m0 -{2 * r:.1f}"
        f"l-{2 * r:.1f} {2 * r:.1f}",
    }[change]
    name = change if change == "removed" else f"mark {change}"
    return Markup('<path class="{}" d="{}"/>').format(name, ours(d))


def _sentence(row: Row, axis: _Axis) -> str:
    """What the row says, for a reader who does not see it."""
    said = [f"{row.kind} {row.label}"]
    if len(row.names) > 1:
        said.append(f"called {', '.join(row.names[:-1])} before")
    if row.born is not None:
        revision = axis.revisions[row.born]
        said.append(f"made by {revision.id} {day(revision.date)}".rstrip())
    changed = sum(mark.change in {"changed", "renamed"} for mark in row.marks)
    if changed:
        said.append(f"changed by {counted(changed, 'revision')}")
    if row.died is not None:
        revision = axis.revisions[row.died]
        said.append(f"dropped by {revision.id} {day(revision.date)}".rstrip())
    return ", ".join(said)


def _legend() -> Markup:
    y, x = 10.0, 4.0
    parts = []
    for change, label in (
        ("added", "made"),
        ("changed", "changed"),
        ("renamed", "renamed"),
        ("removed", "dropped"),
    ):
        parts.append(_shape(change, x + 6, y, 5))
        parts.append(_text(label, x + 17, y, "small faint"))
        x += text_width(label, _SMALL) + 36
    return _svg(
        20,
        LEFT + 120,
        "Made: a disc. Changed: a diamond. Renamed: a triangle. Dropped: a cross.",
        parts,
    )


def _svg(height: int, width: float, about: str, parts: Iterable[Markup]) -> Markup:
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{}" width="{:.0f}"'
        ' height="{}" viewBox="0 0 {:.0f} {}">{}</svg>'
    )
    return whole.format(text(about), width, height, width, height, join(parts))


def _hover(tip: str, content: Markup) -> Markup:
    return Markup("<g><title>{}</title>{}</g>").format(text(tip), content)


def _text(content: str, x: float, y: float, name: str) -> Markup:
    if not content:
        return Markup()
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(
        name, x, y, text(content)
    )


# -- the tables below it --------------------------------------------------------------------------


def _busiest(found: Chronicle) -> Markup:
    columns = [Column("Table"), Column("Revisions", "number"), Column("Changes", "number"),
               Column("Last changed by"), Column("On", "short"), Column("By")]  # fmt: skip
    rows = [
        [
            item.table,
            item.revisions,
            item.changes,
            f"{item.last.id} {item.last.message}",
            day(item.last.date),
            ", ".join(item.authors),
        ]
        for item in found.busiest
    ]
    return table(columns, rows, max_rows=_MOST_BUSY)


def _calendar(found: Chronicle) -> Markup:
    columns = [Column("Month", "short"), Column("Author"), Column("Revisions", "number"),
               Column("Tables")]  # fmt: skip
    rows = [
        [item.month or "no date", item.author or "unknown", item.revisions, _tables(item.tables)]
        for item in reversed(found.calendar)
    ]
    return table(columns, rows, max_rows=_MOST_MONTHS)


def _tables(counts: Mapping[str, int]) -> str:
    listed = [f"{name} ×{count}" if count > 1 else name for name, count in counts.items()]
    return ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
