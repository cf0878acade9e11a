"""The chronicle: tables and their columns over time, the busiest tables, who changes what when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schema.biography.lives import TABLES, Life, lives_of
from schema.biography.names import short
from schema.biography.source import Timeline
from schema.compare import Difference
from schema.display import Displayed
from schema.history import Revision

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Busy", "Chronicle", "Mark", "Month", "Row", "chronicle_of"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What one revision did to one row. ``step`` is the revision's place in ``revisions``.

    ``change`` is ``"added"`` (it was born), ``"removed"`` (it died), ``"renamed"``, ``"changed"``;
    ``what`` says it in words, a line each.
    """

    step: int
    change: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One life of a table or a column; ``columns`` are those of a table.

    ``names`` are all that it had, the last being what it has now or had at its end. ``born`` and
    ``died`` are places in ``Chronicle.revisions``: None where no revision made it, and while it is
    there.
    """

    kind: str
    names: tuple[str, ...]
    born: int | None
    died: int | None
    marks: tuple[Mark, ...]
    columns: tuple[Row, ...] = ()

    @property
    def label(self) -> str:
        return self.names[-1]

    @property
    def changes(self) -> int:
        """In how many revisions something was done to it."""
        return len(self.marks)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it; steps count from 0, in the order of ``revisions``."""
        return {
            "kind": self.kind,
            "names": list(self.names),
            "born": self.born,
            "died": self.died,
            "marks": [
                {"step": mark.step, "change": mark.change, "what": list(mark.what)}
                for mark in self.marks
            ],
            "columns": [row.to_dict() for row in self.columns],
        }


@dataclass(frozen=True, slots=True)
class Busy:
    """How often a table was touched: in how many ``revisions``, with how many ``changes``, by whom,
    and in which revision last."""

    table: str
    revisions: int
    changes: int
    authors: tuple[str, ...]
    last: Revision


@dataclass(frozen=True, slots=True)
class Month:
    """What one author did in one month (``"2020-09"``, "" where a date is missing).

    ``author`` is "" where Git does not know. ``tables`` maps each table to the number of revisions
    that touched it.
    """

    month: str
    author: str
    revisions: int
    tables: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "author": self.author,
            "revisions": self.revisions,
            "tables": dict(self.tables),
        }


@dataclass(frozen=True)
class Chronicle(Displayed):
    """Tables and columns over all revisions, in the order of their replay.

    ``tables`` has a row for each life of a table or view, those that began first first. ``failed``
    are the places of the revisions that could not be run.
    """

    dialect: str
    revisions: tuple[Revision, ...]
    tables: tuple[Row, ...]
    failed: tuple[int, ...] = ()

    def __repr__(self) -> str:
        there = sum(row.died is None for row in self.tables)
        gone = len(self.tables) - there
        return (
            f"<Chronicle of {len(self.revisions)} revisions: {there} tables, {gone} that are gone>"
        )

    @cached_property
    def busiest(self) -> tuple[Busy, ...]:
        """Every table that was touched, the busiest first."""
        found = [self._busy(row) for row in self.tables if row.marks]
        return tuple(sorted(found, key=lambda item: (-item.revisions, -item.changes, item.table)))

    @cached_property
    def calendar(self) -> tuple[Month, ...]:
        """Who changed what, month by month: oldest first."""
        touched: dict[int, set[str]] = defaultdict(set)
        for row in self.tables:
            for mark in row.marks:
                touched[mark.step].add(row.label)
        cells: dict[tuple[str, str], list[int]] = defaultdict(list)
        for step, revision in enumerate(self.revisions):
            month = f"{revision.date:%Y-%m}" if revision.date else ""
            cells[month, revision.author or ""].append(step)
        return tuple(
            Month(month, author, len(steps), MappingProxyType(_counted(touched[s] for s in steps)))
            for (month, author), steps in sorted(cells.items())
        )

    def _busy(self, row: Row) -> Busy:
        steps = [mark.step for mark in row.marks]
        authors = dict.fromkeys(self.revisions[step].author or "" for step in steps)
        changes = sum(len(mark.what) for mark in row.marks)
        named = tuple(filter(None, authors))
        return Busy(row.label, len(steps), changes, named, self.revisions[steps[-1]])

    def frame(self) -> pd.DataFrame:
        """One row for what a revision did to a table or a column: ``revision, date, author,
        message, table, column`` ("" for the table itself)``, change, what``."""
        import pandas as pd

        columns = ["revision", "date", "author", "message", "table", "column", "change", "what"]
        return pd.DataFrame(list(self._rows()), columns=columns)

    def busiest_frame(self) -> pd.DataFrame:
        """One row a table: ``table, revisions, changes, authors, last_revision, last_date``."""
        import pandas as pd

        rows = [
            (
                item.table,
                item.revisions,
                item.changes,
                ", ".join(item.authors),
                item.last.id,
                item.last.date,
            )
            for item in self.busiest
        ]
        columns = ["table", "revisions", "changes", "authors", "last_revision", "last_date"]
        return pd.DataFrame(rows, columns=columns)

    def calendar_frame(self) -> pd.DataFrame:
        """One row a month, author and table: ``month, author, table, revisions``."""
        import pandas as pd

        rows = [
            (item.month, item.author, table, count)
            for item in self.calendar
            for table, count in item.tables.items()
        ]
        return pd.DataFrame(rows, columns=["month", "author", "table", "revisions"])

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "dialect": self.dialect,
            "revisions": [revision.to_dict() for revision in self.revisions],
            "failed": [self.revisions[step].id for step in self.failed],
            "tables": [row.to_dict() for row in self.tables],
            "busiest": [
                {
                    "table": item.table,
                    "revisions": item.revisions,
                    "changes": item.changes,
                    "authors": list(item.authors),
                    "last": item.last.id,
                }
                for item in self.busiest
            ],
            "calendar": [item.to_dict() for item in self.calendar],
        }

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        found = [
            (mark.step, table.label, column, mark)
            for table in self.tables
            for column, row in (("", table), *((_last(row), row) for row in table.columns))
            for mark in row.marks
        ]
        for step, table, column, mark in sorted(found, key=lambda each: each[:3]):
            of = self.revisions[step]
            told = "; ".join(mark.what)
            yield of.id, of.date, of.author, of.message, table, column, mark.change, told


def chronicle_of(timeline: Timeline) -> Chronicle:
    """What was born, changed and died at which revision; see Chronicle."""
    lives = lives_of(timeline)
    parts: dict[Life, list[Life]] = defaultdict(list)
    for life in lives.every:
        if life.owner is not None:
            parts[life.owner].append(life)
    rows = [_table(life, parts[life]) for life in lives.every if life.kind in TABLES]
    failed = (number for number, step in enumerate(lives.steps) if step.failure is not None)
    revisions = tuple(step.revision for step in lives.steps)
    return Chronicle(timeline.dialect, revisions, tuple(rows), tuple(failed))


def _table(table: Life, parts: list[Life]) -> Row:
    own = {event.step: event.difference for event in table.events}
    said: dict[int, dict[str, None]] = defaultdict(dict)
    for event in table.events:
        said[event.step][_said(event.difference)] = None
    for part in parts:
        for event in part.events:
            if not event.with_table:
                said[event.step][_said(event.difference)] = None
    marks = [
        Mark(step, own[step].change if step in own else "changed", tuple(said[step]))
        for step in sorted(said)
    ]
    columns = tuple(_column(part) for part in parts if part.kind == "column")
    return _row(table, marks, columns)


def _column(life: Life) -> Row:
    said: dict[int, list[str]] = defaultdict(list)
    change: dict[int, str] = {}
    for event in life.events:
        words = "with its table" if event.with_table else _said(event.difference)
        said[event.step].append(words)
        change[event.step] = event.difference.change
    return _row(life, [Mark(step, change[step], tuple(said[step])) for step in sorted(said)])


def _row(life: Life, marks: Iterable[Mark], columns: tuple[Row, ...] = ()) -> Row:
    names = tuple(dict.fromkeys(short(identity) for identity in life.names))
    now = short(life.identity)
    ordered = (*(name for name in names if name != now), now)
    return Row(life.kind, ordered, life.born, life.died, tuple(marks), columns)


def _said(item: Difference) -> str:
    return item.describe()


def _last(row: Row) -> str:
    return row.label.rpartition(".")[2]


def _counted(touched: Iterable[set[str]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for tables in touched:
        for table in tables:
            counts[table] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
