"""A forecast: what each step cost at several sizes, the laws of it, and what production can expect.

Nothing here measures; see ``schema.rehearsal.forecast.measure``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.rehearsal.forecast.expectation import Expectation, expectation
from schema.rehearsal.forecast.fit import Fit, Point
from schema.rehearsal.forecast.laws import NAMES
from schema.rehearsal.forecast.production import Production
from schema.rehearsal.observed import Blocked
from schema.rehearsal.steps import Direction

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Barrier", "Forecast", "Part", "StepForecast"]


@dataclass(frozen=True)
class Part:
    """One statement's share in the cost of a step.

    ``tables`` are those that it names, with their rows at the largest size.
    """

    sql: str
    tables: Mapping[str, int]
    points: tuple[Point, ...]
    fit: Fit

    def to_dict(self) -> dict[str, Any]:
        return {
            "sql": self.sql,
            "tables": dict(self.tables),
            "points": _listed(self.points),
            "fit": self.fit.to_dict(),
        }


@dataclass(frozen=True)
class Barrier:
    """How long a step keeps others from a table, at each size; ``blocks`` says whose work waits."""

    relation: str
    blocks: tuple[Blocked, ...]
    points: tuple[Point, ...]
    fit: Fit

    def to_dict(self) -> dict[str, Any]:
        return {
            "relation": self.relation,
            "blocks": list(self.blocks),
            "points": _listed(self.points),
            "fit": self.fit.to_dict(),
        }


@dataclass(frozen=True)
class StepForecast:
    """One step at all the sizes at which it was measured.

    ``tables`` are those that its cost can depend on, with their rows before it at the largest size;
    the rows of its ``points`` are theirs together. ``fit`` is None when it succeeded at no size.
    ``parts`` are the statements that cost most, empty where they differ from size to size.
    """

    revision: str
    message: str
    direction: Direction
    tables: Mapping[str, int]
    points: tuple[Point, ...]
    fit: Fit | None
    parts: tuple[Part, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    @property
    def rows(self) -> int:
        """The rows of its tables at the largest size."""
        return sum(self.tables.values())

    @property
    def poor(self) -> str | None:
        """Why its predictions are not to be relied on; None when nothing speaks against them."""
        return "it succeeded at no size" if self.fit is None else self.fit.poor

    def to_dict(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "message": self.message,
            "direction": self.direction,
            "tables": dict(self.tables),
            "points": _listed(self.points),
            "fit": None if self.fit is None else self.fit.to_dict(),
            "poor": self.poor,
            "statements": [part.to_dict() for part in self.parts],
            "blocked": [barrier.to_dict() for barrier in self.barriers],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Forecast(Displayed):
    """What steps cost by rows, and so what they will cost at others.

    ``rows`` are each table's rows in all that is there, also when only samples of it were measured.
    ``fractions`` are the parts that were. ``bytes`` is the size of the whole, ``memory`` what this
    machine has, ``buffers`` what PostgreSQL's server keeps in its own; None where that is not
    known. ``asked`` is what it is shown for, if anything.
    """

    steps: tuple[StepForecast, ...]
    rows: Mapping[str, int]
    fractions: tuple[float, ...] = ()
    bytes: int | None = None
    memory: int | None = None
    buffers: int | None = None
    notes: tuple[str, ...] = ()
    asked: Production | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))

    def expect(self, rows: Production | Mapping[str, int] | int | str | None = None) -> Expectation:
        """What to expect where there are so many rows.

        ``50_000_000`` and ``"50M"`` are rows of all tables together, each in proportion; ``"10x"``
        ten times what was measured; ``{"guest_requests": 50_000_000}`` rows by table, the others
        as they are. None: what the forecast was asked for, else as many as were measured. Raises
        WorkbenchError for a table that is not there, or what is no number.
        """
        wanted = self.asked or Production(factor=1.0)
        return expectation(self, wanted if rows is None else Production.of(rows))

    def asking(self, rows: Production | Mapping[str, int] | int | str) -> Forecast:
        """The same forecast, shown for this many rows. Raises WorkbenchError as ``expect`` does."""
        asked = Production.of(rows)
        asked.rows(self.rows)
        return replace(self, asked=asked)

    @property
    def measured_bytes(self) -> float:
        """The size of the largest copy that was measured; 0.0 when that is not known."""
        return (self.bytes or 0) * max(self.fractions, default=0.0)

    @property
    def poor(self) -> tuple[StepForecast, ...]:
        """The steps whose fit is poor."""
        return tuple(step for step in self.steps if step.poor)

    def __iter__(self) -> Iterator[StepForecast]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part:.3g}" for part in sorted({100 * each for each in self.fractions}))
        return f"<Forecast of {len(self.steps)} steps from {sizes} %, {len(self.poor)} poor>"

    def frame(self) -> pd.DataFrame:
        """One row a step: ``revision, direction, message, tables, rows`` (at the largest size),
        ``seconds`` (at that size, by the law), ``law, formula, scatter, poor``."""
        import pandas as pd

        rows = [
            {
                "revision": step.revision,
                "direction": step.direction,
                "message": step.message,
                "tables": ", ".join(step.tables),
                "rows": step.rows,
                "seconds": step.fit and step.fit.expect(step.rows),
                "law": step.fit and NAMES[step.fit.law],
                "formula": step.fit and step.fit.formula,
                "scatter": step.fit and step.fit.scatter,
                "poor": step.poor,
            }
            for step in self.steps
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def points_frame(self) -> pd.DataFrame:
        """One row a measurement: ``revision, direction, rows, seconds``."""
        import pandas as pd

        rows = [
            (step.revision, step.direction, point.rows, point.seconds)
            for step in self.steps
            for point in step.points
        ]
        return pd.DataFrame(rows, columns=["revision", "direction", "rows", "seconds"])

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it, with what is expected where it was asked for."""
        return {
            "fractions": list(self.fractions),
            "rows": dict(self.rows),
            "bytes": self.bytes,
            "steps": [step.to_dict() for step in self.steps],
            "notes": list(self.notes),
            "expected": None if self.asked is None else self.expect().to_dict(),
        }


_COLUMNS = ["revision", "direction", "message", "tables", "rows", "seconds", "law", "formula",
            "scatter", "poor"]  # fmt: skip


def _listed(points: tuple[Point, ...]) -> list[list[float]]:
    return [[point.rows, round(point.seconds, 6)] for point in points]
