"""What was filled, and what could not be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.wording import counted, duration

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Filled", "FilledTable"]


@dataclass(frozen=True)
class FilledTable:
    """One table: how many rows were asked for, and how many it got.

    ``table`` is its name as a person writes it (``users``, ``sales.orders``). ``reason`` says why
    there are fewer rows than asked for, in the database's words where it has any; None when all
    are there. ``notes`` tell what is otherwise than expected, such as a key left NULL.
    """

    table: str
    asked: int
    rows: int
    seconds: float
    reason: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filled(Displayed):
    """The outcome of filling a database with made-up rows, table by table in the order of work.

    ``skipped`` are the tables that were left alone as asked. ``seconds`` is wall time.
    """

    tables: tuple[FilledTable, ...]
    seed: int
    seconds: float
    skipped: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The rows that were added, in all tables."""
        return sum(each.rows for each in self.tables)

    @property
    def unfilled(self) -> tuple[FilledTable, ...]:
        """The tables that got fewer rows than asked for; each tells the reason."""
        return tuple(each for each in self.tables if each.reason is not None)

    def __getitem__(self, table: str) -> FilledTable:
        """The table of this name. Raises KeyError."""
        for each in self.tables:
            if each.table == table:
                return each
        raise KeyError(table)

    def __repr__(self) -> str:
        parts = [counted(self.rows, "row"), f"in {counted(len(self.tables), 'table')}"]
        parts += [f"{len(self.unfilled)} not as asked"] if self.unfilled else []
        return f"<Filled {', '.join(parts)}, {duration(self.seconds)}>"

    def frame(self) -> pd.DataFrame:
        """One row a table: ``table, asked, rows, seconds, reason, notes``."""
        import pandas as pd

        columns = ["table", "asked", "rows", "seconds", "reason", "notes"]
        rows = [[getattr(each, name) for name in columns] for each in self.tables]
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "rows": self.rows,
            "skipped": list(self.skipped),
            "tables": [asdict(each) | {"notes": list(each.notes)} for each in self.tables],
        }
