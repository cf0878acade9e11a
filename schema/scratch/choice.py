"""What of a database is copied: all of it, its schema, some of its rows, or made-up ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from schema.errors import ScratchError
from schema.wording import counted

__all__ = ["WHOLE", "Choice"]

Rows = Literal["all", "none", "first", "sample", "synthetic"]

#: What Alembic calls the table of stamps, unless env.py says otherwise.
_VERSION_TABLE = "alembic_version"


@dataclass(frozen=True)
class Choice:
    """What a copy holds; made by its class methods.

    ``rows`` says which. ``number`` is of rows of each table: the first, a sample's, or made up.
    ``part`` is a sample's share of each table's rows, more than 0 and at most 1; one of the two is
    given for a sample. To the first rows and to a sample, the rows are added that their foreign
    keys lead to. ``seed`` decides which rows a sample has; the same one chooses the same.

    ``keep`` names tables that are copied whole, always, as ``name`` or ``schema.name``: those of
    Alembic's stamps. ``masks`` are rules as ``schema.masking.parse_masks`` reads them, applied
    before anybody can use the copy.
    """

    rows: Rows = "all"
    number: int | None = None
    part: float | None = None
    seed: int = 0
    keep: tuple[str, ...] = (_VERSION_TABLE,)
    masks: tuple[str, ...] = ()

    @classmethod
    def schema_only(cls) -> Choice:
        """No rows but the stamps."""
        return cls("none")

    @classmethod
    def first(cls, number: int) -> Choice:
        """The first rows of each table, by its primary key. Raises ScratchError below 1."""
        return cls("first", number=_positive(number))

    @classmethod
    def sample(cls, amount: float, *, seed: int = 0) -> Choice:
        """A part of each table's rows (a float up to 1.0), or a number of them (an int)."""
        if isinstance(amount, int):
            return cls("sample", number=_positive(amount), seed=seed)
        if not 0 < amount <= 1:
            raise ScratchError(f"A sample's part is more than 0 and at most 1, not {amount:g}.")
        return cls("sample", part=float(amount), seed=seed)

    @classmethod
    def synthetic(cls, number: int, *, seed: int = 0) -> Choice:
        """Made-up rows in each table, none of the source's own."""
        return cls("synthetic", number=_positive(number), seed=seed)

    def masked(self, rules: Iterable[str]) -> Choice:
        """The same, with further masks. Raises ScratchError for what is no rule."""
        masks = (*self.masks, *rules)
        if masks:
            from schema.masking import parse_masks

            parse_masks(masks)
        return replace(self, masks=masks)

    def keeping(self, *tables: str) -> Choice:
        """The same, with further tables that are copied whole: an env.py's own version table."""
        return replace(self, keep=tuple(dict.fromkeys((*self.keep, *tables))))

    @property
    def is_whole(self) -> bool:
        """Whether all rows are copied as they are."""
        return self.rows == "all" and not self.masks

    def keeps(self, schema_name: str | None, table: str) -> bool:
        """Whether this table is copied whole, whatever becomes of the others."""
        return table in self.keep or f"{schema_name}.{table}" in self.keep

    def __str__(self) -> str:
        """In words: "a sample of 3 % of each table, 2 masks"."""
        words = {
            "all": "all rows",
            "none": "the schema and the stamps",
            "first": f"the first {counted(self.number or 0, 'row')} of each table",
            "sample": f"a sample of {self._amount()} of each table",
            "synthetic": f"{counted(self.number or 0, 'made-up row')} in each table",
        }[self.rows]
        return f"{words}, {counted(len(self.masks), 'mask')}" if self.masks else words

    def _amount(self) -> str:
        return f"{self.part * 100:g} %" if self.part else counted(self.number or 0, "row")

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "rows": self.rows,
            "number": self.number,
            "part": self.part,
            "seed": self.seed,
            "keep": list(self.keep),
            "masks": list(self.masks),
        }


#: All rows, as they are.
WHOLE = Choice()


def _positive(number: int) -> int:
    if number < 1:
        raise ScratchError(f"At least 1 row of each table is copied, not {number}.")
    return number
