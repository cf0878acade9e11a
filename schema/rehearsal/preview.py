"""What would be run, before anything is: revisions in order, their SQL, and what speaks against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from schema.catalog import Catalog, read_catalog
from schema.catalog.statistics import estimate_rows
from schema.database import open_read_only
from schema.display import Displayed
from schema.history import History, Revision, read_history, stamps_in
from schema.project import Project
from schema.rehearsal.hazards import Hazard, hazards_ahead
from schema.rehearsal.ledger import table_label
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
    why it is not known whole, None when it is. ``hazards`` are those that its text shows, for the
    schema and the number of rows before all of it. ``way_back`` is what speaks against the way
    back; None when nothing is known to.
    """

    revision: str
    message: str
    direction: Direction
    sql: tuple[str, ...]
    why_no_sql: str | None
    way_back: str | None
    hazards: tuple[Hazard, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.revision,
            "message": self.message,
            "direction": self.direction,
            "sql": list(self.sql),
            "why_no_sql": self.why_no_sql,
            "way_back": self.way_back,
            "hazards": [item.to_dict() for item in self.hazards],
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
        """One row a revision: ``revision, message, direction, statements, hazards`` (their rules),
        ``way_back``; statements is missing where they are not all known."""
        import pandas as pd

        rows = [
            (
                item.revision,
                item.message,
                item.direction,
                None if item.why_no_sql else len(item.sql),
                ", ".join(dict.fromkeys(each.rule for each in item.hazards if not each.ignored)),
                item.way_back,
            )
            for item in self
        ]
        columns = ["revision", "message", "direction", "statements", "hazards", "way_back"]
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
        catalog = read_catalog(connection)
        rows = estimate_rows(connection, catalog)
    counted = {table_label(catalog[each]): rows[each] for each in rows if each in catalog}
    plan = make_plan(read_history(project), current, target)
    planner = _Planner(project, catalog, counted)
    return Preview(list(planner.planned(plan)), catalog.dialect)


@dataclass(frozen=True)
class _Planner:
    """What is known before a walk: the schema, and about how many rows the tables have."""

    project: Project
    catalog: Catalog
    rows: Mapping[str, int]

    def planned(self, plan: Plan) -> Iterator[Planned]:
        both = [(each.id, direction) for _, each in plan for direction in ("up", "down")]
        told = iter(self.project.offline_sql(both, self.catalog.dialect))
        for direction, revision in plan:
            up, down = next(told), next(told)
            sql, why = up if direction == "up" else down
            whole = up[1] is None and down[1] is None
            back = explain(revision.path, down[0], up[0]) if whole else doubts(revision.path)
            way_back = back if direction == "up" else None
            yield Planned(
                revision=revision.id,
                message=revision.message,
                direction=direction,
                sql=sql,
                why_no_sql=None if why is None else _reason(why),
                way_back=way_back,
                hazards=hazards_ahead(
                    self.project,
                    revision,
                    sql,
                    dialect=self.catalog.dialect,
                    direction=direction,
                    catalog=self.catalog,
                    rows=self.rows,
                    way_back=way_back,
                ),
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
