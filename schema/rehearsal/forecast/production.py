"""How many rows production has, as a person says it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from schema.errors import WorkbenchError

__all__ = ["Production", "parse_production"]

_NUMBER = re.compile(r"(\d[\d_]*(?:\.\d+)?)\s*([kKmMgGbB]?)")
_FACTOR = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*[xX×]")
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}
_EXAMPLES = "Say for instance 50000000 (rows in all), 10x, or guest_requests=50000000,users=1000."


@dataclass(frozen=True)
class Production:
    """What is asked for: so many rows in all, so many times what is there, or rows by table.

    ``total`` is the rows of all tables together, each table in proportion; ``factor`` is how many
    times as many as are there. Only one of them may be given, and ``tables`` beside it: those count
    for their own table. With ``tables`` alone, the other tables stay as they are.
    """

    total: int | None = None
    factor: float | None = None
    tables: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))
        if self.total is not None and self.factor is not None:
            raise WorkbenchError("Give the rows in all, or a factor, not both.")
        numbers = [n for n in (self.total, self.factor, *self.tables.values()) if n is not None]
        if not numbers or not all(math.isfinite(n) and n >= 0 for n in numbers):
            raise WorkbenchError(f"No number of rows was given, or a negative one. {_EXAMPLES}")

    @classmethod
    def of(cls, rows: Production | Mapping[str, int] | int | str) -> Production:
        """From a number, a mapping of tables to rows, or text as a person writes it."""
        if isinstance(rows, Production):
            return rows
        if isinstance(rows, Mapping):
            return cls(tables=rows)
        return parse_production(rows) if isinstance(rows, str) else cls(total=rows)

    def rows(self, present: Mapping[str, int]) -> dict[str, int]:
        """Each table's rows in production, told the ones that are there now.

        Raises WorkbenchError for a table that is not there.
        """
        named = {self._resolved(name, present): count for name, count in self.tables.items()}
        factor = 1.0 if self.factor is None else self.factor
        if self.total is not None:
            factor = self._in_proportion(present, named)
        return {name: named.get(name, round(count * factor)) for name, count in present.items()}

    def _in_proportion(self, present: Mapping[str, int], named: Mapping[str, int]) -> float:
        """How many times the tables without a number of their own grow, for the total to be met."""
        others = sum(count for name, count in present.items() if name not in named)
        if not others:
            raise WorkbenchError("There are no rows that could grow: give the rows of each table.")
        return max(0.0, ((self.total or 0) - sum(named.values())) / others)

    def _resolved(self, name: str, present: Mapping[str, int]) -> str:
        if name in present:
            return name
        alike = [each for each in present if each.rpartition(".")[2].lower() == name.lower()]
        if len(alike) == 1:
            return alike[0]
        known = ", ".join(sorted(present)) or "none"
        raise WorkbenchError(f"There is no table {name!r} to have rows. The tables are: {known}.")

    def __str__(self) -> str:
        parts = [] if self.factor is None else [f"{self.factor:g} times the rows"]
        parts += [] if self.total is None else [f"{self.total:,} rows in all"]
        parts += [f"{count:,} rows of {name}" for name, count in self.tables.items()]
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        return {"total": self.total, "factor": self.factor, "tables": dict(self.tables)}


def parse_production(text: str) -> Production:
    """From ``50000000``, ``50M``, ``10x``, or ``guest_requests=50000000,users=1000``.

    A number or a factor may stand beside tables: ``10x,users=1000``. Raises WorkbenchError.
    """
    if "=" not in text and _NUMBER.fullmatch(text.replace(",", "").strip()):
        return Production(total=_number(text.replace(",", "")))
    total: int | None = None
    factor: float | None = None
    tables: dict[str, int] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, value = part.rpartition("=")
        if equals:
            if not name.strip() or name.strip() in tables:
                raise WorkbenchError(f"{part!r} names no table, or one again. {_EXAMPLES}")
            tables[name.strip()] = _number(value)
        elif total is not None or factor is not None:
            raise WorkbenchError(f"{part!r} is a second number without a table. {_EXAMPLES}")
        elif times := _FACTOR.fullmatch(part):
            factor = float(times[1])
        else:
            total = _number(part)
    return Production(total, factor, tables)


def _number(text: str) -> int:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise WorkbenchError(f"{text.strip()!r} is no number of rows. {_EXAMPLES}")
    return round(float(found[1].replace("_", "")) * _SCALES[found[2].lower()])
