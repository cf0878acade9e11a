"""What a report is made of: headings, lines, tables, and what can be folded. They have no form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Block", "Fold", "Heading", "Line", "Table", "tabled"]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows. ``is_bad`` when it tells of something that went wrong."""

    content: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line or more of text; ``is_code`` when its line ends and spaces count."""

    content: str
    is_code: bool = False
    language: str = "sql"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings. Columns in ``numbers`` are set to the right.

    Columns in ``code`` hold names and values of a database: Markdown shows them as code.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str] = frozenset()
    unbroken: frozenset[str] = frozenset(
        {"Revision", "Date", "Standing", "Change", "Step", "Result"}
    )
    code: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks under a title that a reader unfolds. A terminal, which cannot fold, shows all of them
    but for one that ``is_brief``: of it only the title, and of one that ``is_aside`` nothing."""

    title: str
    blocks: tuple[Block, ...]
    is_brief: bool = False
    is_aside: bool = False


Block = Heading | Line | Table | Fold


def tabled(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Iterable[str] = (),
    code: Iterable[str] = (),
) -> Table:
    """A table of these rows."""
    listed = tuple(tuple(row) for row in rows)
    return Table(tuple(columns), listed, frozenset(numbers), code=frozenset(code))
