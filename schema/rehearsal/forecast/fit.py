"""A law fitted to what was measured, with an honest range, and with words where it is poor.

What is fitted are ratios, not differences: a step of 5 ms at 1 % of the rows says as much about its
law as one of 60 s at all of them. As a few milliseconds come and go by themselves (a commit, the
scheduler), times are compared with ``FLOOR`` added. A law is chosen by leaving each size out and
foretelling it from the others; of laws that do about as well, the simpler one is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from schema.rehearsal.forecast.laws import LAWS, LawName, formula, seconds, terms
from schema.rehearsal.forecast.least_squares import dot, not_negative, solve, squares
from schema.rehearsal.forecast.student import quantile
from schema.rehearsal.forecast.words import NOTICEABLE, SCATTERED, poverty

__all__ = ["FLOOR", "LEVEL", "Fit", "Point", "Size", "fit"]

#: Seconds that come and go whatever a step does.
FLOOR = 0.002
#: The part of later measurements that a range should hold.
LEVEL = 0.90
#: The least relative scatter that is believed, however well few points happen to fit.
_LEAST_SCATTER = 0.03
#: What is assumed where too few sizes leave nothing to tell the scatter from.
_ASSUMED_SCATTER = 0.25
#: How much more is not known for each tenfold beyond the largest size: half as much again, or a
#: third less. About so far off was what a tenth of 1.5 million rows let expect of all of them.
_PER_TENFOLD = math.log(1.5)
#: Laws whose errors are at most so many times those of the best do about as well.
_AS_GOOD = 1.3
#: Laws whose errors are at most so many times the chosen law's still widen the range.
_POSSIBLE = 2.0
#: The power of the rows, between the last two sizes, from which a law of n² is possible, and seen.
_STEEP, _SQUARE_SLOPE = 1.2, 1.35


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: this many rows took so many seconds."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Size:
    """``count`` measurements at about the same number of rows, as one.

    ``seconds`` is their median, ``spread`` how far they lie apart: a relative standard deviation.
    """

    rows: float
    seconds: float
    count: int = 1
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A law with its coefficients, in seconds, one for each of the law's terms.

    ``scatter`` is the relative standard deviation of the measurements around the law, ``freedom``
    the degrees of freedom that it was told from. ``others`` are laws that cannot be ruled out.
    ``poor`` is None, or says why predictions are not to be relied on.
    """

    law: LawName
    coefficients: tuple[float, ...]
    scatter: float
    freedom: int
    sizes: tuple[Size, ...]
    others: tuple[tuple[LawName, tuple[float, ...]], ...] = ()
    poor: str | None = None

    @property
    def largest(self) -> float:
        """The most rows that were measured."""
        return self.sizes[-1].rows

    @property
    def formula(self) -> str:
        """The law with its numbers; ``n`` are rows, the result is in seconds."""
        return formula(self.law, self.coefficients)

    def expect(self, rows: float) -> float:
        """The expected seconds at this number of rows."""
        return seconds(self.law, self.coefficients, rows)

    def range(self, rows: float) -> tuple[float, float]:
        """The seconds between which a measurement at this number of rows lies, 9 times of 10.

        It holds the scatter, what is not known of the coefficients and of the law, and grows
        beyond the measured sizes.
        """
        expected = self.expect(rows)
        tenfolds = max(0.0, math.log10(max(rows, 1) / max(self.largest, 1)))
        error = math.hypot(
            quantile(self.freedom) * self.scatter * math.sqrt(1 + self._leverage(rows)),
            _PER_TENFOLD * tenfolds,
        )
        width = math.exp(min(error, 20.0))
        others = [seconds(law, coefficients, rows) for law, coefficients in self.others]
        low = (expected + FLOOR) / width - FLOOR
        high = (expected + FLOOR) * width - FLOOR
        # A cost that is too small to be seen at the largest size is not small at a thousand times.
        unseen = expected + FLOOR * rows / max(self.largest, 1)
        # However widely the times scatter: more than the square of the rows is not to be feared.
        most = 2 * (max(size.seconds for size in self.sizes) + FLOOR)
        most *= max(rows / max(self.largest, 1), 1.0) ** 2
        return max(0.0, min([low, *others])), max([min(high, most), unseen, *others])

    def _leverage(self, rows: float) -> float:
        """How much of the scatter is in the coefficients, as it counts at this number of rows."""
        active = [number for number, a in enumerate(self.coefficients) if a > 0]
        if not active:
            return 1.0
        known = [_scaled(self, size.rows, active) for size in self.sizes]
        there = _scaled(self, rows, active)
        solved = solve(squares(known), there)
        return 1.0 if solved is None else dot(there, solved)

    def to_dict(self) -> dict[str, Any]:
        return {
            "law": self.law,
            "coefficients": list(self.coefficients),
            "formula": self.formula,
            "scatter": round(self.scatter, 4),
            "sizes": len(self.sizes),
            "largest": round(self.largest),
            "poor": self.poor,
        }


def _scaled(fit: Fit, rows: float, active: Sequence[int]) -> list[float]:
    """The terms at this number of rows, each as its part of the expected time."""
    whole = fit.expect(rows) + FLOOR
    values = terms(fit.law, rows)
    return [fit.coefficients[number] * values[number] / whole for number in active]


def fit(points: Iterable[Point]) -> Fit:
    """The law that these measurements follow best. Raises ValueError when there are none."""
    sizes = _sizes(points)
    if not sizes:
        raise ValueError("A fit needs at least one measurement.")
    found = _few(sizes) if len(sizes) < 3 else _chosen(sizes)
    return _judged(found)


def _sizes(points: Iterable[Point]) -> tuple[Size, ...]:
    """Measurements grouped where their rows differ by less than a tenth."""
    groups: list[list[Point]] = []
    for point in sorted(points, key=lambda point: point.rows):
        if groups and point.rows <= groups[-1][0].rows * 1.1:
            groups[-1].append(point)
        else:
            groups.append([point])
    return tuple(map(_size, groups))


def _size(group: Sequence[Point]) -> Size:
    times = [point.seconds for point in group]
    logs = [math.log(time + FLOOR) for time in times]
    middle = fmean(logs)
    spread = math.sqrt(sum((each - middle) ** 2 for each in logs) / max(len(logs) - 1, 1))
    rows = fmean(point.rows for point in group)
    return Size(rows, median(times), len(group), spread)


def _few(sizes: tuple[Size, ...]) -> Fit:
    """One size or two say nothing of the law: rows are assumed to cost, unless they plainly don't.

    The other laws stay possible.
    """
    first, last = sizes[0], sizes[-1]
    law: LawName = "linear"
    if len(sizes) == 2 and abs(_error(last.seconds, first.seconds)) < math.log(1.25):
        law = "constant"
    others: tuple[tuple[LawName, tuple[float, ...]], ...]
    if len(sizes) == 1:
        coefficients: tuple[float, ...] = (0.0, last.seconds / max(last.rows, 1))
        others = ("constant", (last.seconds,)), ("n log n", _through(last))
    else:
        coefficients = _solve(law, sizes)
        known: list[LawName] = ["linear", "n log n"]
        known += ["quadratic"] if _slope(sizes) >= _STEEP else []
        others = tuple((each, _solve(each, sizes)) for each in known if each != law)
    return Fit(law, coefficients, _ASSUMED_SCATTER, 1, sizes, others)


def _through(size: Size) -> tuple[float, float]:
    """The coefficients of n log n through this one size."""
    return 0.0, size.seconds / max(terms("n log n", max(size.rows, 1))[1], 1.0)


def _chosen(sizes: tuple[Size, ...]) -> Fit:
    errors = {law: _left_out(law, sizes) for law in LAWS}
    law = _simplest(errors, sizes)
    coefficients = _solve(law, sizes)
    possible = [each for each in LAWS if each != law and _is_possible(each, errors, law, sizes)]
    scatter, freedom = _scatter(law, coefficients, sizes)
    others = tuple((each, _solve(each, sizes)) for each in possible)
    return Fit(law, coefficients, scatter, freedom, sizes, others)


def _simplest(errors: Mapping[LawName, float], sizes: Sequence[Size]) -> LawName:
    """The first law that does about as well as the best one.

    The square of the rows must be plain to see, as it says the most about what was not measured:
    data that outgrew a cache bends the last sizes up a little, too.
    """
    believed = {law: max(error, _LEAST_SCATTER) for law, error in errors.items()}
    square = believed.pop("quadratic")
    best = min(believed.values())
    if sizes[-1].seconds < NOTICEABLE and _slope((sizes[0], sizes[-1])) < 0.5:
        return "constant"  # some milliseconds more or less follow nothing
    if (
        len(sizes) > len(LAWS["quadratic"])
        and square * _POSSIBLE < best
        and _slope(sizes) > _SQUARE_SLOPE
    ):
        return "quadratic"
    return next(law for law, error in believed.items() if error <= best * _AS_GOOD)


def _is_possible(
    other: LawName, errors: Mapping[LawName, float], chosen: LawName, sizes: Sequence[Size]
) -> bool:
    """Whether a law cannot be ruled out, so that it has to widen the range."""
    if other == "constant" and sizes[-1].seconds < NOTICEABLE:
        return True
    least = max(errors[chosen], _LEAST_SCATTER)
    if other != "quadratic":
        return errors[other] <= least * _POSSIBLE
    if _slope(sizes) < _STEEP:
        return False
    if len(sizes) <= len(LAWS["quadratic"]):  # too few to foretell one of them from the others
        return True
    return errors[other] <= least * (_POSSIBLE if least > SCATTERED else 1.0)


def _slope(sizes: Sequence[Size]) -> float:
    """The power of the rows with which the time grows from the last size but one to the last."""
    before, last = sizes[-2:]
    apart = math.log(max(last.rows, 2) / max(before.rows, 1))
    return _error(last.seconds, before.seconds) / apart


def _scatter(
    law: LawName, coefficients: Sequence[float], sizes: Sequence[Size]
) -> tuple[float, int]:
    """The relative scatter, and the degrees of freedom that it is told from.

    It is what the law leaves over, unless repetitions of a size scatter by more: then the law is no
    worse than they are, and they tell it better, as there are more of them.
    """
    freedom = max(1, len(sizes) - sum(a > 0 for a in coefficients))
    left = [_error(size.seconds, seconds(law, coefficients, size.rows)) for size in sizes]
    around = math.sqrt(sum(error * error for error in left) / freedom)
    again = sum(size.count - 1 for size in sizes)
    if again:
        squared = sum(size.spread**2 * (size.count - 1) for size in sizes)
        spread = math.sqrt(squared / again)
        if spread >= around:
            return max(spread, _LEAST_SCATTER), freedom + again
    return max(around, _LEAST_SCATTER), freedom


def _left_out(law: LawName, sizes: tuple[Size, ...]) -> float:
    """How wrong the law is about each size when it is told only the others, on average."""
    errors = []
    for number, size in enumerate(sizes):
        rest = sizes[:number] + sizes[number + 1 :]
        foretold = seconds(law, _solve(law, rest), size.rows)
        errors.append(_error(size.seconds, foretold))
    return math.sqrt(fmean(error * error for error in errors))


def _error(measured: float, expected: float) -> float:
    return math.log((measured + FLOOR) / (expected + FLOOR))


def _judged(found: Fit) -> Fit:
    """The fit, with what speaks against it."""
    before = found.sizes[:-1]
    beyond = None
    if len(before) >= 3:
        foretold = seconds(found.law, _solve(found.law, before), found.largest)
        beyond = _error(found.sizes[-1].seconds, foretold)
    times = [(size.rows, size.seconds) for size in found.sizes]
    return replace(found, poor=poverty(times, found.law, found.scatter, beyond))


def _solve(law: LawName, sizes: Sequence[Size]) -> tuple[float, ...]:
    """The coefficients, none negative, with the least sum of squared relative errors.

    Errors relative to what is expected, not to what was measured: else a time that happened to be
    short would count more. What is expected is known only afterwards, so it is found in rounds.
    """
    rows = [terms(law, size.rows) for size in sizes]
    largest = [max(column) or 1.0 for column in zip(*rows, strict=True)]
    matrix = [[value / most for value, most in zip(row, largest, strict=True)] for row in rows]
    expected = [size.seconds for size in sizes]
    solved = [0.0] * len(largest)
    for _round in range(20):
        before = expected
        solved = not_negative(
            [
                [value / (e + FLOOR) for value in row]
                for row, e in zip(matrix, expected, strict=True)
            ],
            [size.seconds / (e + FLOOR) for size, e in zip(sizes, expected, strict=True)],
        )
        expected = [sum(a * value for a, value in zip(solved, row, strict=True)) for row in matrix]
        if all(abs(_error(a, b)) < 1e-4 for a, b in zip(expected, before, strict=True)):
            break
    return tuple(a / most for a, most in zip(solved, largest, strict=True))
