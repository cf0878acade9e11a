"""What would be run, before anything is: revisions in order, their SQL, and what speaks against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from schema.database import open_read_only
from schema.display import Displayed
from schema.history import History, Revision, read_history, stamps_in
from schema.project import Project
from schema.rehearsal.steps import Direction
from schema.rehearsal.way_back import doubts, explain

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import URL

__all__ = ["Plan", "Planned", "Preview", "make_plan", "preview"]

#: The revisions that an operation will run, in order, each with its direction.
Plan = list[tuple[Direction, Revision]]


@dataclass(frozen=True)
class Planned:
    """One revision that would be run.

    ``sql`` is what it would send, as far as that is known without a database; ``why_no_sql`` says
    why it is not known whole, None when it is. ``way_back`` is what speaks against the way back;
    None when nothing is known to.
    """

    revision: str
    message: str
    direction: Direction
    sql: tuple[str, ...]
    why_no_sql: str | None
    way_back: str | None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.revision,
            "message": self.message,
            "direction": self.direction,
            "sql": list(self.sql),
            "why_no_sql": self.why_no_sql,
            "way_back": self.way_back,
        }


class Preview(Displayed, Sequence[Planned]):
    """What would be run, in order. Nothing was run to learn it, and nothing but schema was read."""

    def __init__(self, items: Sequence[Planned], dialect: str) -> None:
        self._items = tuple(items)
        self.dialect = dialect

    @overload
    def __getitem__(self, index: int) -> Planned: ...
    @overload
    def __getitem__(self, index: slice) -> Preview: ...
    def __getitem__(self, index: int | slice) -> Planned | Preview:
        found = self._items[index]
        return Preview(found, self.dialect) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        lines = [f"  {item.direction} {item.revision} {item.message}" for item in self]
        return "\n".join([f"<Preview: {len(self)} revisions>", *lines])

    def frame(self) -> pd.DataFrame:
        """One row a revision: ``revision, message, direction, statements, way_back``; statements
        is missing where they are not all known."""
        import pandas as pd

        rows = [
            (
                item.revision,
                item.message,
                item.direction,
                None if item.why_no_sql else len(item.sql),
                item.way_back,
            )
            for item in self
        ]
        columns = ["revision", "message", "direction", "statements", "way_back"]
        return pd.DataFrame(rows, columns=columns).astype({"statements": "Int64"})

    def to_list(self) -> list[dict[str, Any]]:
        """Every revision as ``Planned.to_dict`` gives it."""
        return [item.to_dict() for item in self]


def make_plan(history: History, current: tuple[str, ...], target: str) -> Plan:
    """The way from these stamps to a target, up or down; empty when it is reached already.

    A target is what Alembic takes: an id, its beginning, a label, ``head``, ``heads``, ``base``,
    ``branch@head``, ``+1`` or ``-1``. Raises RevisionError.
    """
    if _lies_below(history, current, target):
        return [("down", each) for each in history.downgrade_path(current, target)]
    return [("up", each) for each in history.upgrade_path(current, target)]


def preview(project: Project, target: str = "heads", *, url: URL | None = None) -> Preview:
    """What would be run on a database, by default the project's live one, to bring it to a target.

    The database is read, as far as its stamps and its schema go. Raises RevisionError and
    DatabaseError.
    """
    settings = project.settings()
    with open_read_only(url or project.database_url()) as connection:
        current = stamps_in(connection, settings.version_table, settings.version_table_schema)
        dialect = connection.dialect.name
    plan = make_plan(read_history(project), current, target)
    return Preview(list(_planned(project, plan, dialect)), dialect)


def _planned(project: Project, plan: Plan, dialect: str) -> Iterator[Planned]:
    both = [(each.id, direction) for _, each in plan for direction in ("up", "down")]
    told = iter(project.offline_sql(both, dialect))
    for direction, revision in plan:
        up, down = next(told), next(told)
        sql, why = up if direction == "up" else down
        whole = up[1] is None and down[1] is None
        back = explain(revision.path, down[0], up[0]) if whole else doubts(revision.path)
        yield Planned(
            revision=revision.id,
            message=revision.message,
            direction=direction,
            sql=sql,
            why_no_sql=None if why is None else _reason(why),
            way_back=back if direction == "up" else None,
        )


def _reason(why: str) -> str:
    """Alembic's refusal in words that help here."""
    if "batch mode" in why:
        return "batch mode looks at the table first: its SQL is known once it runs on a copy"
    return why


def _lies_below(history: History, current: tuple[str, ...], target: str) -> bool:
    """Whether the way from ``current`` to ``target`` leads down."""
    if target == "base" or target.startswith("-"):
        return True
    if target.startswith("+"):
        return False
    standing = history.standing(current)
    wanted = history.resolve(target)
    return all(standing[each] == "applied" for each in wanted)
