"""What is wanted of a column's values, and those of its name: texts and dates of any database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from schema.synthetic import sources
from schema.synthetic.conditions import ANYTHING, Hint
from schema.synthetic.sources import Source
from schema.synthetic.texts import kind_of, texts

__all__ = ["Wanted", "wanted_dates", "wanted_texts"]


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a column's values beside its type.

    ``width`` is in characters or bytes, on average; ``distinct`` is how many different values.
    """

    name: str
    table: str
    seed: int
    hint: Hint = ANYTHING
    width: float | None = None
    distinct: int | None = None


def wanted_dates(wanted: Wanted) -> Source:
    """Dates; of births those of grown-ups."""
    if re.search(r"birth|born|dob", wanted.name.lower()):
        return sources.dates(date(1940, 1, 1), date(2006, 1, 1))
    return sources.dates()


def wanted_texts(wanted: Wanted, longest: int | None) -> Source:
    """Texts of at most so many characters."""
    return texts(
        kind_of(wanted.name, wanted.table),
        wanted.seed,
        wanted.hint,
        longest=longest,
        width=wanted.width,
        distinct=wanted.distinct,
    )
