"""How a column's values are spread: as the caller says, as statistics say, or as is usual."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schema.catalog import Identity
from schema.errors import ScratchError
from schema.synthetic.tables import Table

__all__ = ["USUAL", "Spread", "spreads"]

#: What a distribution may say instead of naming values.
_OPTIONS = {"nulls", "width", "distinct", "skew", "values", "min", "max"}


@dataclass(frozen=True)
class Spread:
    """How one column's values are spread; None means as is usual.

    ``nulls`` is a share (0 to 1), ``width`` an average in characters or bytes, ``distinct`` a
    number of different values; a negative one is a share of the rows, as in ``pg_stats``.
    ``values`` are values with their weights. ``skew`` is for foreign keys: 0 refers to all rows
    alike, 1 to some of them far more often. ``low`` and ``high`` are bounds.
    """

    nulls: float | None = None
    width: float | None = None
    distinct: float | None = None
    skew: float | None = None
    values: Mapping[Any, float] | None = None
    low: str | None = None
    high: str | None = None

    def distinct_of(self, rows: int) -> int | None:
        """How many different values that makes among so many rows."""
        if self.distinct is None or self.distinct == 0:
            return None
        return max(1, round(self.distinct if self.distinct > 0 else -self.distinct * rows))


USUAL = Spread()


def spreads(
    tables: Sequence[Table],
    statistics: Mapping[Any, Mapping[str, Any]] | None,
    distributions: Mapping[str, Mapping[Any, Any]] | None,
    skip: Collection[str] = (),
) -> dict[tuple[str, str], Spread]:
    """The spread of each column (by table label and name) that anything is said of.

    Raises ScratchError for a distribution whose column there is not, or that can't be understood.
    """
    found = dict(_measured(tables, statistics or {}))
    known = {f"{table.label}.{column.name}": (table.label, column.name)
             for table in tables for column in table.columns}  # fmt: skip
    for name, given in (distributions or {}).items():
        if name not in known:
            if name.rpartition(".")[0] in skip:
                continue
            raise ScratchError(f"There is no column {name!r} to be filled; write table.column.")
        found[known[name]] = _given(name, given)
    return found


def _measured(
    tables: Sequence[Table], statistics: Mapping[Any, Mapping[str, Any]]
) -> Mapping[tuple[str, str], Spread]:
    found = {}
    for table in tables:
        for column in table.columns:
            identity = Identity("column", table.schema_name, table.name, column.name)
            told = statistics.get(identity) or statistics.get(f"{table.label}.{column.name}")
            if told:
                unique = any(column.name in each.columns for each in table.uniques)
                found[table.label, column.name] = _spread(told, unique)
    return found


def _spread(told: Mapping[str, Any], unique: bool) -> Spread:
    """As ``schema.catalog.statistics`` tells it; real values only where it was asked for them.

    Where those known are but a few of all, only the ends of their range are taken; of a unique
    column nothing, as its values have to differ.
    """
    nulls, distinct = float(told.get("null_frac") or 0), float(told.get("n_distinct") or 0)
    common = dict(told.get("most_common") or {})
    rest = tuple(told.get("histogram") or ())
    left = max(0.0, 1 - nulls - sum(common.values()))
    values = common | {value: left / len(rest) for value in rest if value not in common}
    is_known = 0 < distinct <= len(values) or left < 0.5
    ends = (rest[0], rest[-1]) if rest and not is_known and not unique else (None, None)
    return Spread(
        nulls=nulls,
        width=float(told["avg_width"]) if told.get("avg_width") else None,
        distinct=distinct,
        values=values if values and is_known and not unique else None,
        low=ends[0],
        high=ends[1],
    )


def _given(name: str, given: Mapping[Any, Any]) -> Spread:
    try:
        if not set(given) <= _OPTIONS:
            return Spread(values={key: float(weight) for key, weight in given.items()})
        values = given.get("values")
        spread = Spread(
            nulls=_as_float(given, "nulls"),
            width=_as_float(given, "width"),
            distinct=_as_float(given, "distinct"),
            skew=_as_float(given, "skew"),
            values=values and {key: float(weight) for key, weight in values.items()},
            low=None if given.get("min") is None else str(given["min"]),
            high=None if given.get("max") is None else str(given["max"]),
        )
    except (TypeError, ValueError, AttributeError):
        raise ScratchError(
            f"The distribution of {name} can't be understood: {given!r}. Give values with their "
            "weights, or nulls, width, distinct, skew, values, min and max."
        ) from None
    if not 0 <= (spread.nulls or 0) <= 1 or any(w < 0 for w in (spread.values or {}).values()):
        raise ScratchError(f"The distribution of {name} has a share that is not between 0 and 1.")
    return spread


def _as_float(given: Mapping[Any, Any], name: str) -> float | None:
    return None if given.get(name) is None else float(given[name])
