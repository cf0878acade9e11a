"""The ledger as a value: what is known of the data of every table and column at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from schema.display import Displayed
from schema.rehearsal.ledger.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Ledger", "Table"]


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of the values of one column.

    ``values`` counts those that are not NULL. ``distinct`` is how many different ones there are:
    exact when ``distinct_is_exact``, else an estimate. ``least`` and ``greatest`` are the smallest
    and the largest as text, cut; None where the type has no order, or values are to stay hidden.
    ``octets`` is the length in bytes of all text and binary values together, ``longest`` that of
    the longest; both are None where a type has no length.

    ``checksum`` is a sum over a hash of every value, so it does not depend on the order of rows.
    Two of them may be compared when they have the same ``form``: the way in which values were
    hashed. Types that can hold the same values share one (every width of integer; every kind of
    text), so an unchanged checksum means unchanged values although the type has changed.

    ``stored`` counts the values by the way in which SQLite stores each (``integer``, ``real``,
    ``text``, ``blob``); empty elsewhere. ``problem`` says why a column could not be read; then all
    figures are None, as nothing is known.
    """

    name: str
    type: str
    values: int | None = None
    distinct: int | None = None
    distinct_is_exact: bool = False
    least: str | None = None
    greatest: str | None = None
    checksum: int | None = None
    form: str | None = None
    octets: int | None = None
    longest: int | None = None
    stored: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it; the checksum as text of 16 hexadecimal digits."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        found["stored"] = dict(self.stored)
        found["checksum"] = None if self.checksum is None else f"{self.checksum:016x}"
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of one table: its rows, its columns by name, and a few rows to show.

    ``rows`` is None when the table could not be read, and ``problem`` says why. ``sample`` are at
    most three rows, each value as text and cut; empty where values are to stay hidden. ``cascades``
    are the labels of the tables whose deleted rows take rows of this one along. ``is_alone`` is
    true of a PostgreSQL table that is read without those that inherit from it.
    """

    label: str
    schema_name: str | None
    name: str
    rows: int | None
    columns: Mapping[str, Column] = field(default_factory=dict)
    sample: tuple[Mapping[str, str | None], ...] = ()
    cascades: tuple[str, ...] = ()
    is_alone: bool = False
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "table": self.label,
            "rows": self.rows,
            "columns": [column.to_dict() for column in self.columns.values()],
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Ledger(Displayed):
    """The figures of all tables of a database at one moment, by a table's label.

    ``level`` is ``"full"``, or ``"rows"`` when only rows were counted. Partitions are no tables of
    their own here: their rows are in the table that they belong to. A table that others inherit
    from counts without those.
    """

    dialect: str
    tables: Mapping[str, Table]
    level: Literal["full", "rows"] = "full"

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    @property
    def rows(self) -> Rows:
        """Each table's number of rows; a table that could not be read is left out."""
        return MappingProxyType(
            {label: item.rows for label, item in self.tables.items() if item.rows is not None}
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, in words."""
        found = [
            f"table {label}: {table.problem}"
            for label, table in self.tables.items()
            if table.problem
        ]
        for label, table in self.tables.items():
            found += [
                f"column {label}.{column.name}: {column.problem}"
                for column in table.columns.values()
                if column.problem
            ]
        return tuple(found)

    def __repr__(self) -> str:
        return f"<Ledger: {len(self.tables)} tables, {sum(self.rows.values())} rows>"

    def frame(self) -> pd.DataFrame:
        """One row a column: ``table, rows``, then what ``Column`` holds; a table of which only the
        rows are known has one row without a column."""
        import pandas as pd

        names = [item.name for item in fields(Column)]
        rows = []
        for label, table in self.tables.items():
            told = [column.to_dict() for column in table.columns.values()]
            nothing = dict.fromkeys(names) | {"problem": table.problem}
            rows += [{"table": label, "rows": table.rows, **each} for each in told or [nothing]]
        frame = pd.DataFrame(rows, columns=["table", "rows", *names])
        frame = frame.rename(columns={"name": "column"})
        counts = ("rows", "values", "distinct", "octets", "longest")
        return frame.astype(dict.fromkeys(counts, "Int64"))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "level": self.level,
            "tables": [table.to_dict() for table in self.tables.values()],
        }
