"""What a forecast says of one production: expected seconds of each step, and their range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.rehearsal.forecast.fit import Fit
from schema.rehearsal.forecast.production import Production
from schema.rehearsal.forecast.words import FAR
from schema.rehearsal.observed import Blocked
from schema.rehearsal.steps import Direction
from schema.wording import size

if TYPE_CHECKING:
    import pandas as pd

    from schema.rehearsal.forecast.model import Forecast, StepForecast

__all__ = ["Expectation", "Expected", "ExpectedBlock", "expectation"]

#: What was measured of tables together says little where they grow by factors this far apart.
_UNEVEN = 1.5
#: Seconds from which on it is worth a word that a step was told from far fewer rows.
_WORTH_A_WORD = 1.0


@dataclass(frozen=True, slots=True)
class ExpectedBlock:
    """How long others would have to wait for a table; ``blocks`` says whose work waits."""

    relation: str
    blocks: tuple[Blocked, ...]
    seconds: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "relation": self.relation,
            "blocks": list(self.blocks),
            "seconds": round(self.seconds, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


@dataclass(frozen=True, slots=True)
class Expected:
    """What one step is expected to take at ``rows`` rows of its tables.

    ``seconds`` is None, and so is its range, when nothing is known. ``reasons`` say why it is not
    to be relied on, ``beyond`` how many times the most rows that were measured it is told for, if
    that is far.
    """

    revision: str
    direction: Direction
    message: str
    rows: int
    seconds: float | None
    low: float | None
    high: float | None
    reasons: tuple[str, ...] = ()
    beyond: float | None = None
    blocked: tuple[ExpectedBlock, ...] = ()

    @property
    def note(self) -> str | None:
        """All that speaks against relying on it, in words; None when nothing does."""
        said = [*self.reasons]
        if self.beyond is not None:
            said.append(f"{self.beyond:,.0f} times the most rows that were measured")
        return "; ".join(said) or None

    def to_dict(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "direction": self.direction,
            "rows": self.rows,
            "seconds": _rounded(self.seconds),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "note": self.note,
            "blocked": [each.to_dict() for each in self.blocked],
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


@dataclass(frozen=True)
class Expectation(Displayed):
    """All steps at one production's rows; ``rows`` are those of each table.

    A step lies within its range 9 times of 10; ``low`` and ``high`` of the whole are sums, as what
    makes one step slower than expected most often makes them all so.
    """

    production: Production
    rows: Mapping[str, int]
    steps: tuple[Expected, ...]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))

    @property
    def seconds(self) -> float:
        """The expected time of all steps together, as far as it is known."""
        return sum(step.seconds or 0.0 for step in self.steps)

    @property
    def low(self) -> float:
        return sum(step.low or 0.0 for step in self.steps)

    @property
    def high(self) -> float:
        return sum(step.high or 0.0 for step in self.steps)

    @property
    def unknown(self) -> tuple[Expected, ...]:
        """The steps of which nothing is known; the whole takes longer by what they do."""
        return tuple(step for step in self.steps if step.seconds is None)

    def __iter__(self) -> Iterator[Expected]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return (
            f"<Expectation at {self.production}: {self.seconds:.3g} s "
            f"({self.low:.3g} to {self.high:.3g} s), {len(self.steps)} steps>"
        )

    def frame(self) -> pd.DataFrame:
        """One row a step: ``revision, direction, message, rows, seconds, low, high, note``."""
        import pandas as pd

        columns = ["revision", "direction", "message", "rows", "seconds", "low", "high", "note"]
        rows = [[getattr(step, name) for name in columns] for step in self.steps]
        return pd.DataFrame(rows, columns=columns)

    def blocked_frame(self) -> pd.DataFrame:
        """One row a table that a step keeps others from: ``revision, direction, relation, blocks,
        seconds, low, high``."""
        import pandas as pd

        columns = ["revision", "direction", "relation", "blocks", "seconds", "low", "high"]
        rows = [
            (step.revision, step.direction, each.relation, ", ".join(each.blocks),
             each.seconds, each.low, each.high)
            for step in self.steps
            for each in step.blocked
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "asked": self.production.to_dict(),
            "rows": dict(self.rows),
            "seconds": round(self.seconds, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "steps": [step.to_dict() for step in self.steps],
            "notes": list(self.notes),
        }


def expectation(forecast: Forecast, production: Production) -> Expectation:
    """What this forecast says of this production. Raises WorkbenchError for an unknown table."""
    rows = production.rows(forecast.rows)
    grown = _Growth(forecast.rows, rows)
    steps = tuple(_expected(step, grown) for step in forecast.steps)
    return Expectation(production, rows, steps, tuple(_memory(forecast, grown)))


class _Growth:
    """How many times its rows each table has in production."""

    def __init__(self, present: Mapping[str, int], wanted: Mapping[str, int]) -> None:
        self._present, self._wanted = present, wanted
        self.overall = sum(wanted.values()) / max(sum(present.values()), 1)

    def of(self, table: str) -> float:
        """A table that a step made itself grows as all do together."""
        if not self._present.get(table):
            return self.overall
        return self._wanted[table] / self._present[table]

    def rows(self, tables: Mapping[str, int]) -> int:
        """The rows of these tables in production, told those of the largest size."""
        return round(
            sum(
                self._wanted.get(name, 0) if not rows else rows * self.of(name)
                for name, rows in tables.items()
            )
        )

    def is_uneven(self, tables: Mapping[str, int], *, least: float = 0.0) -> bool:
        """Whether these tables grow by different factors.

        Those with less than the part ``least`` of all their rows, now and then, do not count.
        """
        whole, now = self.rows(tables), sum(tables.values())
        factors = [
            self.of(name)
            for name, rows in tables.items()
            if rows > now * least or rows * self.of(name) > whole * least
        ]
        return bool(factors) and max(factors) > (_UNEVEN if least else 1.001) * min(factors)


def _expected(step: StepForecast, grown: _Growth) -> Expected:
    rows = grown.rows(step.tables)
    told = step.revision, step.direction, step.message, rows
    if step.fit is None:
        return Expected(*told, None, None, None, (step.poor or "",))
    reasons = [] if step.poor is None else [step.poor]
    times = _at(step.fit, rows)
    if step.parts and grown.is_uneven(step.tables):
        times = _from_parts(step, step.fit, grown)
    elif grown.is_uneven(step.tables, least=0.05):
        reasons.append("its tables grow by different factors, which was not measured")
    blocked = tuple(
        ExpectedBlock(each.relation, each.blocks, *_at(each.fit, rows)) for each in step.barriers
    )
    far = rows / max(step.fit.largest, 1) if rows > 1.05 * FAR * step.fit.largest else None
    # Nobody needs to be told how little is known of a step that costs nothing.
    beyond = far if times[2] >= _WORTH_A_WORD else None
    return Expected(*told, *times, tuple(reasons), beyond, blocked)


def _at(fit: Fit, rows: float) -> tuple[float, float, float]:
    return fit.expect(rows), *fit.range(rows)


def _from_parts(step: StepForecast, fit: Fit, grown: _Growth) -> tuple[float, float, float]:
    """The sum of the statements at their own tables' rows; what is not theirs grows with all."""
    parts = [_at(part.fit, grown.rows(part.tables)) for part in step.parts]
    theirs = sum(part.fit.expect(sum(part.tables.values())) for part in step.parts)
    whole = fit.expect(step.rows)
    rest = max(0.0, 1 - theirs / whole) * fit.expect(grown.rows(step.tables)) if whole else 0.0
    expected, low, high = (sum(column) for column in zip(*parts, strict=True))
    return rest + expected, rest + low, rest + high


def _memory(forecast: Forecast, grown: _Growth) -> Iterator[str]:
    """Whether what was measured in memory will there be read from disk."""
    if forecast.bytes is None:
        return
    wanted, measured = forecast.bytes * grown.overall, forecast.measured_bytes
    memories = (
        ("this machine's memory", forecast.memory),
        ("the server's buffers (shared_buffers)", forecast.buffers),
    )
    for name, there in memories:
        if there is not None and measured < there < wanted:
            yield (
                f"It would take about {size(round(wanted))}, more than {name} of {size(there)}, "
                "into which all that was measured fits. What visits rows again and again can then "
                "be several times slower than the ranges say."
            )
            return
