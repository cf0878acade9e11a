"""Laws of cost: how the seconds of a step may follow its rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

__all__ = ["LAWS", "NAMES", "LawName", "formula", "seconds", "terms"]

LawName = Literal["constant", "linear", "n log n", "quadratic"]

_TERMS: dict[str, Callable[[float], float]] = {
    "1": lambda _rows: 1.0,
    "n": lambda rows: rows,
    "n·log₂ n": lambda rows: rows * math.log2(max(rows, 2.0)),
    "n²": lambda rows: rows * rows,
}

#: Each law's terms, the simplest law first. None is ever subtracted: no row makes a step quicker.
#: A sort, as for an index, takes n log n comparisons; what looks all rows up for each row, as a
#: backfill without an index does, takes n².
LAWS: dict[LawName, tuple[str, ...]] = {
    "constant": ("1",),
    "linear": ("1", "n"),
    "n log n": ("1", "n·log₂ n"),
    "quadratic": ("1", "n", "n²"),
}

#: What a person reads.
NAMES: dict[LawName, str] = {
    "constant": "always the same",
    "linear": "grows with the rows",
    "n log n": "grows with n·log n",
    "quadratic": "grows with the square of the rows",
}


def terms(law: LawName, rows: float) -> list[float]:
    """The values of a law's terms at this number of rows."""
    return [_TERMS[name](rows) for name in LAWS[law]]


def seconds(law: LawName, coefficients: Sequence[float], rows: float) -> float:
    """What a step of this law takes at this number of rows."""
    return sum(a * term for a, term in zip(coefficients, terms(law, rows), strict=True))


def formula(law: LawName, coefficients: Sequence[float]) -> str:
    """The law with its numbers, in seconds: ``0.012 + 3.4e-06·n``; a term of nothing is left out.

    ``n`` is the number of rows.
    """
    parts = [
        f"{a:.3g}" if name == "1" else f"{a:.3g}·{name}"
        for name, a in zip(LAWS[law], coefficients, strict=True)
        if a
    ]
    return " + ".join(parts) or "0"
