"""Why a fit, or a prediction from it, is not to be relied on, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from schema.rehearsal.forecast.laws import LawName

__all__ = ["FAR", "NOTICEABLE", "SCATTERED", "poverty"]

#: Seconds below which nobody cares how a step's time scatters.
NOTICEABLE = 0.05
#: The relative standard deviation from which a law is a poor one.
SCATTERED = 0.25
#: The smallest and the largest size must differ at least so many times.
_APART = 5.0
#: How many times what the smaller sizes foretold the largest may take.
_BROKEN = 1.5
#: Predictions beyond so many times the most rows measured are called far.
FAR = 10.0


def poverty(
    times: Sequence[tuple[float, float]], law: LawName, scatter: float, largest_off: float | None
) -> str | None:
    """What speaks against a fit to these ``(rows, seconds)``, one a size; None when nothing does.

    ``largest_off`` is the logarithm of how many times longer the largest size took than the law
    foretold from the smaller ones.
    """
    if few := _too_few(times):
        return few
    if max(seconds for _rows, seconds in times) < NOTICEABLE:
        return None
    found = [_scattered(law, scatter), _off(largest_off)]
    return "; ".join(filter(None, found)) or None


def _too_few(times: Sequence[tuple[float, float]]) -> str | None:
    smallest, largest = times[0][0], times[-1][0]
    if largest == 0:
        return "its tables held no row, so nothing is known of what rows cost"
    if len(times) == 1:
        return "measured at one size only: the law is assumed, not seen"
    if len(times) == 2:
        return "measured at two sizes only: any law fits them"
    if smallest and largest / smallest < _APART:
        return f"the sizes lie close together (a factor of {largest / smallest:.1f})"
    return None


def _scattered(law: LawName, scatter: float) -> str | None:
    if scatter < SCATTERED:
        return None
    times = math.exp(scatter)
    by = f"±{100 * (times - 1):.0f} %" if times < 2 else f"a factor of {times:.1f}"
    by = f"the times scatter by {by} around the law"
    if law == "constant":
        return f"the cost does not follow the rows, and {by}"
    return by


def _off(largest_off: float | None) -> str | None:
    if largest_off is None or abs(largest_off) < math.log(_BROKEN):
        return None
    if largest_off < 0:
        times = math.exp(-largest_off)
        return f"the largest size was {times:.1f} times quicker than the smaller ones let expect"
    return (
        f"the largest size took {math.exp(largest_off):.1f} times what the smaller ones let "
        "expect: it may have outgrown a cache, and more rows would too"
    )
