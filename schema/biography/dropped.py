"""What is no more: everything that revisions made and dropped again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.biography.biography import Lifetime, lifetime
from schema.biography.entries import Entry, Writer
from schema.biography.lives import Life, Lives, lives_of
from schema.biography.source import Timeline
from schema.catalog import Identity
from schema.display import Displayed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Dropped", "Gone", "dropped_of"]

_COLUMNS = ["kind", "name", "born", "born_on", "born_message", "born_line", "died", "died_on",
            "died_message", "died_line", "columns", "is_back"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gone:
    """One thing that was dropped.

    ``birth`` is the entry of its birth, None where no revision made it; ``death`` that of its end.
    ``columns`` are those that a table had in the end. ``is_back`` is true when something of its
    kind and name was made again.
    """

    life: Lifetime
    birth: Entry | None
    death: Entry
    columns: tuple[str, ...] = ()
    is_back: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            **self.life.to_dict(),
            "columns": list(self.columns),
            "is_back": self.is_back,
            "birth": None if self.birth is None else self.birth.to_dict(),
            "death": self.death.to_dict(),
        }


@dataclass(frozen=True)
class Dropped(Displayed):
    """Everything that is no more, the last to go first.

    What went with its table is not told again: a table names its last columns.
    """

    dialect: str
    items: tuple[Gone, ...]

    def __repr__(self) -> str:
        return f"<Dropped: {len(self.items)}>"

    def __len__(self) -> int:
        return len(self.items)

    def frame(self) -> pd.DataFrame:
        """One row a thing: ``kind, name``; the revision in which it was ``born``, with ``born_on``
        (its date), ``born_message`` and ``born_line`` (in its file); the same for ``died``; a
        table's last ``columns``; and whether its name ``is_back``."""
        import pandas as pd

        rows = [_row(item) for item in self.items]
        frame = pd.DataFrame(rows, columns=_COLUMNS)
        return frame.astype({"born_line": "Int64", "died_line": "Int64"})

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"dialect": self.dialect, "dropped": [item.to_dict() for item in self.items]}


def dropped_of(timeline: Timeline) -> Dropped:
    """All that a timeline's revisions made and dropped: tables, columns, keys, indexes, types."""
    lives = lives_of(timeline)
    writer = Writer(lives)
    there = {(life.kind, life.identity) for life in lives.every if life.is_alive}
    gone = [life for life in lives.every if not life.is_alive and not _went_along(life)]
    gone.sort(key=lambda life: (-(life.died or 0), lives.every.index(life)))
    return Dropped(timeline.dialect, tuple(_gone(lives, writer, life, there) for life in gone))


def _went_along(life: Life) -> bool:
    return bool(life.events) and life.events[-1].with_table


def _gone(lives: Lives, writer: Writer, life: Life, there: set[tuple[str, Identity]]) -> Gone:
    own = list(writer.own(life))
    birth = own[0] if life.born is not None else None
    columns = tuple(_last_columns(lives, life)) if life.kind == "table" else ()
    return Gone(lifetime(lives, life), birth, own[-1], columns, (life.kind, life.identity) in there)


def _last_columns(lives: Lives, table: Life) -> Iterator[str]:
    for part in lives.of_table(table):
        if part.kind == "column" and part.died == table.died and _went_along(part):
            yield part.identity.name


def _row(item: Gone) -> list[Any]:
    row: list[Any] = [item.life.kind, item.life.label]
    for entry in (item.birth, item.death):
        if entry is None:
            row += [None] * 4
            continue
        line = None if entry.operation is None else entry.operation.line
        row += [entry.revision.id, entry.revision.date, entry.revision.message, line]
    return [*row, ", ".join(item.columns), item.is_back]
