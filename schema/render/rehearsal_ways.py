"""The way back, failures on purpose, and the order of heads on a page: verdict, then a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from schema.compare import Differences
from schema.rehearsal import DataLoss, Failure, Faults, Order, Orders, Return, RoundTrip, Step
from schema.remarks import place_words, stamp_words
from schema.render.differences import difference_table
from schema.render.rehearsal_data import changes_html, losses_html
from schema.render.rehearsal_step import ARROWS
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import capitalised, counted, duration

__all__ = [
    "faults_html",
    "faults_section",
    "orders_html",
    "orders_section",
    "round_trip_html",
    "round_trip_section",
]

_YES, _NO = Markup("✓"), Markup('<span class="swb-loss">✗ no</span>')
_MOST_FAILURES = 300


def _verdict(said: str, *, is_good: bool) -> Markup:
    whole = Markup('<div class="swb-verdict swb-{}">{} {}</div>')
    look, mark = ("good", "✓") if is_good else ("bad", "✗")
    return whole.format(look, mark, text(capitalised(said)))


# -- up, down, up ---------------------------------------------------------------------------------


def round_trip_html(trip: RoundTrip) -> str:
    """Whether each way back leads back, as a panel."""
    return panel(round_trip_section(trip))


def round_trip_section(trip: RoundTrip) -> Markup:
    """The verdict, one row a revision, and what did not come back to unfold."""
    columns = [
        Column("Revision", "short"),
        Column("Message"),
        *(Column(name, "number") for name in ("Up", "Down", "Up again")),
        Column("Schema back"),
        Column("Data back"),
        Column("Same again"),
    ]
    heading = Markup("<h4>Up, down, and up again</h4>")
    verdict = _verdict(trip.verdict, is_good=trip.is_clean)
    rows = table(columns, map(_return_row, trip.revisions))
    return heading + verdict + rows + join(map(_return_details, trip.revisions))


def _return_row(item: Return) -> list[object]:
    steps = (item.up, item.down, item.again)
    tried = item.down is not None
    return [
        item.revision,
        item.message,
        *(_time(step) for step in steps),
        _answer(item.schema_restored, tried),
        _data(item),
        _answer(item.same_again, item.again is not None),
    ]


def _data(item: Return) -> Markup:
    if item.data_restored is None:
        return Markup("–")
    if item.data_lost or item.data_restored:
        return _lost(item.data_lost)
    return Markup('<span class="swb-changed">~</span> other values')


def _time(step: Step | None) -> Markup:
    if step is None:
        return Markup("–")
    if step.failed:
        return Markup('<span class="swb-loss">✗ failed</span>')
    return text(duration(step.seconds))


def _answer(is_so: bool, was_tried: bool) -> Markup:
    return Markup("–") if not was_tried else _YES if is_so else _NO


def _lost(lost: Sequence[DataLoss]) -> Markup:
    if not lost:
        return _YES
    return Markup('<span class="swb-loss">✗ {}</span>').format(counted(len(lost), "loss"))


def _return_details(item: Return) -> Markup:
    parts = list(_return_parts(item))
    if not parts:
        return Markup()
    whole = Markup('<details class="swb-step"><summary><b>{}</b> {}</summary>{}</details>')
    return whole.format(text(item.revision), text(item.message), join(parts))


def _return_parts(item: Return) -> Iterator[Markup]:
    if item.foreseen is not None:
        yield Markup('<div class="swb-note">Its file says: {}</div>').format(text(item.foreseen))
    if item.error is not None:
        yield Markup('<div class="swb-error">{}</div>').format(text(item.error))
    yield losses_html(item.data)
    if item.data is not None and item.data.verdict not in {"unchanged", "lost"}:
        yield changes_html(item.data)
    yield _unlike("Before it, and after its way back", item.differences, "Before", "After")
    yield _unlike("After both applications", item.again_differences, "First", "Second")


def _unlike(title: str, differences: Differences, left: str, right: str) -> Markup:
    if not differences:
        return Markup()
    heading = Markup("<h4>{}: {}</h4>").format(title, counted(len(differences), "difference"))
    return heading + difference_table(differences, left, right)


# -- failures on purpose --------------------------------------------------------------------------


def faults_html(faults: Faults) -> str:
    """What a step leaves that fails anywhere, as a panel."""
    return panel(faults_section(faults))


def faults_section(faults: Faults) -> Markup:
    """The verdict, and one row a failure."""
    step = faults.step
    heading = Markup("<h4>{} {} made to fail at every statement</h4>").format(
        ARROWS[step.direction], text(step.revision)
    )
    columns = [
        Column("Failed after"),
        Column("How", "short"),
        Column("Stamp"),
        Column("Left behind"),
        Column("Runs again"),
        Column("What to do"),
    ]
    with_way_back = any(item.goes_back is not None for item in faults.failures)
    if with_way_back:
        columns.insert(5, Column("Way back"))
    cells = (_failure_row(item, with_way_back=with_way_back) for item in faults.failures)
    rows = table(columns, cells, max_rows=_MOST_FAILURES)
    return heading + _verdict(faults.verdict, is_good=faults.is_safe) + rows


def _failure_row(item: Failure, *, with_way_back: bool) -> list[object]:
    return [
        _place(item),
        item.kind,
        stamp_words(item),
        _left(item),
        _said(item.runs_again, item.again_error),
        *([_said(item.goes_back, item.back_error)] if with_way_back else []),
        _advice(item),
    ]


def _place(item: Failure) -> Markup:
    where = Markup("{}").format(place_words(item))
    if item.statement is None:
        return where
    sql = " ".join(item.statement.split())
    cut = sql if len(sql) <= 80 else f"{sql[:80]} …"
    return where + Markup("<div><code>{}</code></div>").format(text(cut))


def _left(item: Failure) -> Markup:
    if item.is_clean:
        return Markup("nothing")
    parts = [text(each.describe()[:160]) for each in item.left[:4]]
    rest = len(item.left) - len(parts)
    parts += [text(f"and {counted(rest, 'difference')} more")] if rest > 0 else []
    loss = Markup('<span class="swb-loss">data lost: {}</span>')
    parts += [loss.format(text(each.message)) for each in item.data_lost[:3]]
    return join(Markup("<div>{}</div>").format(part) for part in parts)


def _said(is_so: bool | None, why_not: str | None) -> Markup:
    """Yes; or no, and why; a dash where it was not tried."""
    if is_so is None:
        return Markup("–")
    if is_so:
        return _YES
    if why_not is None:
        return _NO
    whole = Markup('{}<details><summary>why</summary><div class="swb-lines">{}</div></details>')
    return whole.format(_NO, text(why_not))


def _advice(item: Failure) -> Markup:
    if item.repair is None:
        return text(item.advice)
    whole = Markup(
        '{}<details><summary>Repair, proved</summary><pre class="swb-copy" tabindex="0">{}</pre>'
        "</details>"
    )
    return whole.format(text(item.advice), text(";\n".join(item.repair) + ";"))


# -- several heads --------------------------------------------------------------------------------


def orders_html(orders: Orders) -> str:
    """Whether the order of heads matters, as a panel."""
    return panel(orders_section(orders))


def orders_section(orders: Orders) -> Markup:
    """The verdict, both orders, and where they end otherwise."""
    heading = Markup("<h4>Both orders of the heads</h4>")
    columns = [Column("Order"), Column("Revisions"), Column("Time", "number"), Column("Result")]
    rows = table(columns, map(_order_row, (orders.first, orders.second)))
    parts = [heading, _verdict(orders.verdict, is_good=orders.is_same), rows]
    parts.append(_unlike("They end otherwise", orders.differences, "First", "Second"))
    if orders.data is not None and orders.data.verdict != "unchanged":
        parts += [losses_html(orders.data), changes_html(orders.data)]
    return join(parts)


def _order_row(order: Order) -> list[object]:
    failed = Markup('<span class="swb-loss">✗ {}</span>')
    return [
        ", then ".join(order.heads),
        ", ".join(step.revision for step in order.steps),
        duration(order.seconds),
        "✓ done" if order.error is None else failed.format(text(order.error)),
    ]
