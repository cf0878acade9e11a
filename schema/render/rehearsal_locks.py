"""The locks of a step: a picture on the step's own time axis, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from schema.rehearsal import Lock, Statement, Step
from schema.remarks import blocked_words, relation_words
from schema.render.tables import Column, table
from schema.render.theme import BAD, BORDER, FAINT, FONT, INFO, TEXT, WARN, join, ours, text
from schema.wording import counted, duration

__all__ = ["locks_html", "locks_picture"]

#: As many relations are drawn; the table under the picture has them all, up to its own limit.
MOST_DRAWN = 12
_MOST_LISTED = 200
#: A statement shorter than this part of the step is not drawn: nobody could see it.
_LEAST = 0.002

#: Pixels: the axis with the statements below it, and each relation.
_HEAD, _ROW = 44, 34
#: What a lock blocks, as the class of its bar: the colour is only one of the ways it is told.
_LOOKS = {3: "all", 2: "writes", 1: "ddl", 0: "none"}

_STYLE = ours(f"""<style>
.swb-locks text {{ font: 12px {FONT}; fill: {TEXT}; }}
.swb-locks .faint {{ fill: {FAINT}; }}
.swb-locks .name {{ font-weight: 600; }}
.swb-locks .rule {{ stroke: {BORDER}; }}
.swb-locks .track {{ fill: {BORDER}; fill-opacity: .45; }}
.swb-locks .ran {{ fill: {FAINT}; fill-opacity: .55; }}
.swb-locks .all {{ fill: {BAD}; }}
.swb-locks .writes {{ fill: {WARN}; }}
.swb-locks .ddl {{ fill: {INFO}; }}
</style>""")


@dataclass(frozen=True, slots=True)
class _Bar:
    """When a lock was held: from where to where, as parts of the step's time."""

    lock: Lock
    start: float
    end: float


def locks_html(step: Step) -> Markup:
    """What the step kept others from, for how long: drawn, and as a table to unfold."""
    if not step.locks:
        return Markup()
    blocking = [lock for lock in step.locks if lock.blocks]
    said = blocked_words(step.locks) or "None of its locks kept anybody from reading or writing."
    title = counted(len(step.locks), "lock")
    if not blocking:
        title += ", which block nobody"
    elif len(blocking) < len(step.locks):
        title += f", {len(step.locks) - len(blocking)} of which block nobody"
    whole = Markup("<h4>Locks</h4><p>{}</p>{}<details><summary>{}</summary>{}</details>")
    return whole.format(text(said), locks_picture(step), title, _table(step))


def locks_picture(step: Step) -> Markup:
    """A bar for each relation that was locked against others; nothing when none was."""
    relations = _by_relation(step)
    if not relations:
        return Markup()
    drawn = relations[:MOST_DRAWN]
    height = _HEAD + _ROW * len(drawn) + 4
    span = _span(step)
    about = _about(step, relations)
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="swb-locks" role="img" aria-label="{about}"'
        ' width="100%" height="{height}" style="max-width:860px"><title>{about}</title>{content}'
        "</svg>{more}"
    )
    rows = (_relation(bars, _HEAD + _ROW * n) for n, bars in enumerate(drawn))
    left_out = len(relations) - len(drawn)
    more = Markup('<p class="swb-faint">… and {} more, in the table</p>').format(
        counted(left_out, "relation")
    )
    return whole.format(
        about=text(about),
        height=height,
        content=join([_STYLE, _axis(span, height), _strip(step, span), *rows]),
        more=more if left_out else "",
    )


def _about(step: Step, relations: Sequence[Sequence[_Bar]]) -> str:
    told = (blocked_words([bar.lock for bar in bars]) for bars in relations[:MOST_DRAWN])
    return f"Locks within {duration(_span(step))}. {' '.join(told)}"


def _span(step: Step) -> float:
    """The length of the axis in seconds: the step's time, or a lock's that ended later."""
    ends = (_start(lock, step) + lock.seconds for lock in step.locks)
    return max([step.seconds, *ends, 1e-6])


def _start(lock: Lock, step: Step) -> float:
    """When it was taken; where that is not known, it is held to the end of the step."""
    known = lock.statement is not None and lock.statement < len(step.statements)
    started = step.statements[lock.statement or 0].started if known else None
    return max(0.0, step.seconds - lock.seconds) if started is None else started


def _by_relation(step: Step) -> list[list[_Bar]]:
    """The bars of each relation, weakest first, as a stronger one is drawn over it; the relations
    that are blocked most and for longest first, tables before what belongs to them."""
    span = _span(step)
    found: dict[tuple[str, str], list[_Bar]] = {}
    for lock in sorted(step.locks, key=lambda each: each.strength):
        if lock.blocks:
            start = _start(lock, step)
            bar = _Bar(lock, start / span, (start + lock.seconds) / span)
            found.setdefault((lock.kind, lock.relation), []).append(bar)
    return sorted(found.values(), key=_rank)


def _rank(bars: Sequence[_Bar]) -> tuple[bool, int, float]:
    most = max(len(bar.lock.blocks) for bar in bars)
    longest = max(bar.lock.seconds for bar in bars if len(bar.lock.blocks) == most)
    return bars[0].lock.kind == "index", -most, -longest


def _axis(span: float, height: float) -> Markup:
    marks = []
    for part in (0, 0.25, 0.5, 0.75, 1):
        anchor = "start" if part == 0 else "end" if part == 1 else "middle"
        mark = Markup(
            '<line class="rule" x1="{x:.0%}" x2="{x:.0%}" y1="16" y2="{height}"/>'
            '<text class="faint" x="{x:.0%}" y="11" text-anchor="{anchor}">{said}</text>'
        )
        said = "0" if part == 0 else duration(span * part)
        marks.append(mark.format(x=part, height=height, anchor=anchor, said=said))
    return join(marks)


def _strip(step: Step, span: float) -> Markup:
    """What ran when, above the locks."""
    ran = join(_ran(step.statements, span))
    label = ours('<text class="faint" x="0" y="30">statements</text>')
    return label + ran if ran else ran


def _ran(statements: Iterable[Statement], span: float) -> Iterator[Markup]:
    mark = Markup(
        '<rect class="ran" x="{:.2%}" y="33" width="{:.2%}" height="6"><title>{}</title></rect>'
    )
    for item in statements:
        if item.started is not None and item.seconds / span >= _LEAST:
            said = f"{duration(item.seconds)}: {item.sql[:120]}"
            yield mark.format(item.started / span, item.seconds / span, text(said))


def _relation(bars: Sequence[_Bar], y: float) -> Markup:
    first = bars[0].lock
    words = blocked_words([bar.lock for bar in bars], with_names=False)
    label = Markup(
        '<text x="0" y="{}"><tspan class="name">{}</tspan>'
        '<tspan class="faint" dx="8">{}</tspan></text>'
    ).format(y + 12, text(relation_words(first)), text(words))
    track = Markup('<rect class="track" x="0" y="{}" width="100%" height="9" rx="2"/>').format(
        y + 17
    )
    return join([label, track, *(_bar(bar, y + 17) for bar in bars)])


def _bar(bar: _Bar, y: float) -> Markup:
    mark = Markup(
        '<rect class="{}" x="{:.2%}" y="{}" width="{:.2%}" height="9" rx="2"><title>{}</title>'
        "</rect>"
    )
    said = f"{bar.lock.mode}, held {duration(bar.lock.seconds)}"
    width = max(bar.end - bar.start, 0.004)
    look = _LOOKS[len(bar.lock.blocks)]
    return mark.format(look, min(bar.start, 1 - width), y, width, text(said))


def _table(step: Step) -> Markup:
    columns = [
        Column("Relation"),
        Column("Lock", "short"),
        Column("Blocks"),
        Column("Taken by"),
        Column("Held", "number"),
    ]
    ordered = sorted(step.locks, key=lambda lock: (-len(lock.blocks), -lock.seconds))
    rows = (
        [
            relation_words(lock),
            lock.mode,
            ", ".join(lock.blocks) or ("nobody: it is new" if lock.is_new else "nobody"),
            _taker(lock, step.statements),
            duration(lock.seconds),
        ]
        for lock in ordered
    )
    return table(columns, rows, max_rows=_MOST_LISTED)


def _taker(lock: Lock, statements: Sequence[Statement]) -> Markup:
    if lock.statement is None or lock.statement >= len(statements):
        return Markup('<span class="swb-faint">not known</span>')
    sql = " ".join(statements[lock.statement].sql.split())
    cut = sql if len(sql) <= 90 else f"{sql[:90]} …"
    return Markup('<span class="swb-faint">{}</span> <code>{}</code>').format(
        lock.statement + 1, text(cut)
    )
