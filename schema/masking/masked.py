"""What was masked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.wording import counted, duration

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Masked", "MaskedColumn"]


@dataclass(frozen=True)
class MaskedColumn:
    """One column: its mask, and in how many rows it had a value.

    ``because`` names the column that it refers to, or that refers to it, where no mask names
    itself; else None.
    """

    table: str
    column: str
    rule: str
    rows: int
    because: str | None = None


@dataclass(frozen=True)
class Masked(Displayed):
    """The outcome of masking a copy. ``notes`` tell where old values may be left."""

    columns: tuple[MaskedColumn, ...]
    seconds: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Masked {counted(len(self.columns), 'column')}, {duration(self.seconds)}>"

    def frame(self) -> pd.DataFrame:
        """One row a column: ``table, column, rule, rows, because``."""
        import pandas as pd

        columns = ["table", "column", "rule", "rows", "because"]
        return pd.DataFrame([list(asdict(each).values()) for each in self.columns], columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {
            "seconds": round(self.seconds, 3),
            "columns": [asdict(each) for each in self.columns],
            "notes": list(self.notes),
        }
