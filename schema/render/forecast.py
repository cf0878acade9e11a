"""A forecast on a page: what production can expect, a plot of each costly step, and all steps."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from schema.rehearsal.forecast import (
    NOTICEABLE,
    Expectation,
    Expected,
    Fit,
    Forecast,
    StepForecast,
)
from schema.rehearsal.forecast.laws import NAMES
from schema.render.forecast_plot import PLOT_STYLE, plot
from schema.render.tables import Column, table
from schema.render.theme import BORDER, join, ours, panel, text
from schema.wording import compact, counted, duration, number

__all__ = ["expectation_html", "forecast_html", "forecast_parts"]

_ARROWS = {"up": "↑", "down": "↓"}
#: As many plots are drawn, of the steps that cost most.
_MOST_PLOTS = 12

_STYLE = ours(f"""<style>
.swb .swb-plots {{ display: grid; gap: 12px; margin: 8px 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 344px), 1fr)); }}
.swb .swb-plots figure {{ margin: 0; padding: 8px 10px; border: 1px solid {BORDER};
  border-radius: 4px; min-width: 0; display: flex; flex-direction: column; }}
.swb .swb-plots figcaption {{ margin-bottom: 4px; overflow-wrap: anywhere; }}
.swb .swb-plots figcaption div {{ font-size: 12px; }}
.swb .swb-plots svg {{ display: block; width: 100%; height: auto; max-width: 440px;
  margin-top: auto; }}
</style>""")

_Pair = tuple[StepForecast, Expected]


def forecast_html(forecast: Forecast) -> str:
    """What is expected at the rows it is shown for, a plot of each step that costs, and a table."""
    return panel(*forecast_parts(forecast))


def forecast_parts(forecast: Forecast) -> Iterator[Markup]:
    """The same as parts of a panel."""
    if not forecast.steps:
        yield Markup("<p>No step was measured, so there is nothing to tell.</p>")
        return
    expected = forecast.expect()
    pairs = list(zip(forecast.steps, expected.steps, strict=True))
    yield PLOT_STYLE
    yield _STYLE
    yield _verdict(expected, is_asked=forecast.asked is not None)
    yield Markup('<p class="swb-faint">{}</p>').format(text(_measured(forecast)))
    yield from _notes([*forecast.notes, *expected.notes, *_far(expected)])
    yield _plots(pairs, is_asked=forecast.asked is not None)
    yield _steps_table(pairs)
    yield _blocked_table(expected)


def expectation_html(expected: Expectation) -> str:
    """The expected time of all steps and of each, as a panel."""
    return panel(
        _verdict(expected, is_asked=True),
        *_notes([*expected.notes, *_far(expected)]),
        _expected_table(expected),
        _blocked_table(expected),
    )


def _verdict(expected: Expectation, *, is_asked: bool) -> Markup:
    where = f"At {expected.production}" if is_asked else "At the rows that are there"
    said = Markup(
        '<div class="swb-verdict{}">{}: {}<span class="swb-faint"> (from {} to {})</span></div>'
    )
    poor = any(step.reasons for step in expected)
    return said.format(
        " swb-warn" if poor else "",
        text(where),
        duration(expected.seconds),
        duration(expected.low),
        duration(expected.high),
    )


def _measured(forecast: Forecast) -> str:
    sizes = ", ".join(f"{100 * part:.3g}" for part in sorted(set(forecast.fractions)))
    whole = sum(forecast.rows.values())
    return (
        f"Measured on {sizes} % of {number(whole)} rows in {counted(len(forecast.rows), 'table')}, "
        "on this machine. The range holds 9 of 10 measurements like these; a busy server, and "
        "waiting for locks, come on top."
    )


def _far(expected: Expectation) -> Iterator[str]:
    """One sentence for all steps that are told from far fewer rows."""
    far = sorted({round(step.beyond) for step in expected if step.beyond is not None})
    if far:
        times = f"{far[0]:,}" if len(far) == 1 else f"{far[0]:,} to {far[-1]:,}"
        yield (
            f"This is {times} times the most rows that were measured. The ranges allow for the "
            "laws that fit as well, not for limits that only so many rows meet."
        )


def _notes(notes: list[str] | tuple[str, ...]) -> Iterator[Markup]:
    for note in notes:
        yield Markup('<div class="swb-note" role="note">⚠ {}</div>').format(text(note))


# -- plots ------------------------------------------------------------------------------------


def _plots(pairs: list[_Pair], *, is_asked: bool) -> Markup:
    costly = [pair for pair in pairs if _costs(pair)]
    dear = {id(pair): pair for pair in sorted(costly, key=_cost, reverse=True)[:_MOST_PLOTS]}
    drawn = [pair for pair in costly if id(pair) in dear]
    said: list[str] = []
    if cheap := len(pairs) - len(costly):
        said.append(f"{counted(cheap, 'step')} of less than {duration(NOTICEABLE)} not drawn.")
    if rest := len(costly) - len(drawn):
        said.append(f"{counted(rest, 'step')} more that cost less than these not drawn.")
    figures = join(_figure(step, expected if is_asked else None) for step, expected in drawn)
    grid = Markup('<div class="swb-plots">{}</div>').format(figures) if drawn else Markup()
    rest_said = Markup('<p class="swb-faint">{}</p>').format(" ".join(said)) if said else Markup()
    return grid + rest_said


def _costs(pair: _Pair) -> bool:
    step, expected = pair
    measured = max((point.seconds for point in step.points), default=0.0)
    return step.fit is not None and max(measured, expected.seconds or 0.0) >= NOTICEABLE


def _cost(pair: _Pair) -> float:
    return pair[1].high or 0.0


def _figure(step: StepForecast, expected: Expected | None) -> Markup:
    if step.fit is None:
        return Markup()
    head = Markup("<b>{} {}</b> {}").format(
        _ARROWS[step.direction], text(step.revision), text(step.message)
    )
    said = f"{_sentence(NAMES[step.fit.law])} ({_tables(step)})"
    body = [Markup('<div class="swb-faint">{}</div>').format(text(said))]
    if expected is not None and expected.seconds is not None:
        asked = Markup("<div><b>{} rows: {}</b>, {}</div>")
        body.append(
            asked.format(
                compact(expected.rows), _unbroken(duration(expected.seconds)), _span(expected)
            )
        )
    reasons = expected.reasons if expected is not None else filter(None, [step.poor])
    body += [Markup("<div>⚠ {}</div>").format(text(_sentence(reason))) for reason in reasons]
    whole = Markup("<figure><figcaption>{}{}</figcaption>{}</figure>")
    drawing = plot(step.fit, step.points, expected, _about(step, step.fit, expected))
    return whole.format(head, join(body), drawing)


def _about(step: StepForecast, fit: Fit, expected: Expected | None) -> str:
    """What the plot shows, for those who cannot see it."""
    said = f"Time of {step.revision} by rows, {counted(len(step.points), 'measurement')}; "
    said += f"the cost {NAMES[fit.law]}" if fit.law != "constant" else "the cost is always the same"
    if expected is not None and expected.seconds is not None:
        said += f"; at {number(expected.rows)} rows {duration(expected.seconds)}, "
        said += _span(expected)
    return said


def _tables(step: StepForecast) -> str:
    names = list(step.tables)
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"of {shown}" if names else "of no table"


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:]


# -- tables -----------------------------------------------------------------------------------


def _steps_table(pairs: list[_Pair]) -> Markup:
    columns = [
        Column("Step", "short"),
        Column("Message"),
        Column("Cost", "short"),
        Column("Rows", "number"),
        Column("Expected", "number"),
        Column("From", "number"),
        Column("To", "number"),
        Column("Note"),
    ]
    return table(
        columns,
        (
            [
                f"{_ARROWS[step.direction]} {step.revision}",
                step.message,
                "" if step.fit is None else NAMES[step.fit.law],
                number(expected.rows),
                _time(expected.seconds),
                _time(expected.low),
                _time(expected.high),
                _known(step, expected),
            ]
            for step, expected in pairs
        ),
    )


def _known(step: StepForecast, expected: Expected) -> Markup:
    poor = " and ".join(filter(None, ["poor fit" if step.poor else "", *expected.reasons[1:]]))
    if not step.poor:
        poor = "; ".join(expected.reasons)
    parts = [Markup("⚠ {}").format(text(poor))] if poor else []
    parts += [text(note) for note in step.notes]
    if len(step.parts) > 1:
        dearest = max(step.parts, key=lambda part: part.fit.expect(sum(part.tables.values())))
        whole = Markup('<span class="swb-faint">most of it:</span> <code>{}</code>')
        parts.append(whole.format(text(_short(dearest.sql))))
    return join(Markup("<div>{}</div>").format(part) for part in parts)


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 80 else line[:79] + "…"


def _expected_table(expected: Expectation) -> Markup:
    columns = [Column("Step", "short"), Column("Message")]
    columns += [Column(name, "number") for name in ("Rows", "Expected", "From", "To")]
    return table(
        [*columns, Column("Note")],
        (
            [
                f"{_ARROWS[step.direction]} {step.revision}",
                step.message,
                number(step.rows),
                _time(step.seconds),
                _time(step.low),
                _time(step.high),
                step.note or "",
            ]
            for step in expected
        ),
    )


def _blocked_table(expected: Expectation) -> Markup:
    rows = [
        [
            f"{_ARROWS[step.direction]} {step.revision}",
            each.relation,
            ", ".join(each.blocks),
            duration(each.seconds),
            duration(each.low),
            duration(each.high),
        ]
        for step in expected
        for each in step.blocked
    ]
    if not rows:
        return Markup()
    columns = [Column("Step", "short"), Column("Table"), Column("Blocked")]
    columns += [Column(name, "number") for name in ("Expected", "From", "To")]
    return Markup("<h4>How long others have to wait</h4>") + table(columns, rows)


def _time(seconds: float | None) -> str:
    return "not known" if seconds is None else duration(seconds)


def _span(expected: Expected) -> str:
    low, high = (duration(each or 0.0) for each in (expected.low, expected.high))
    return f"from {_unbroken(low)} to {_unbroken(high)}"


def _unbroken(said: str) -> str:
    return said.replace(" ", "\N{NO-BREAK SPACE}")
