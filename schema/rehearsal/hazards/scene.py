"""What rules look at: the actions of one revision, and what is known of the database before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from schema.catalog import Catalog, SchemaObject
from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.reading import read_statements
from schema.rehearsal.ledger import table_label
from schema.rehearsal.steps import Direction, Step

__all__ = ["MYSQL", "Scene", "label_of"]

MYSQL = ("mysql", "mariadb")


@dataclass(frozen=True)
class Scene:
    """One revision in one direction.

    ``catalog`` is that before it, None when it is not known; ``rows`` are exact or estimated counts
    by table label. ``step`` is what was observed, None for a revision that was not run yet.
    ``source`` is the revision file's text, ``way_back`` what speaks against its downgrade; each
    None when not known. ``session`` names settings that the project makes for each session.
    """

    statements: tuple[str, ...]
    dialect: str
    catalog: Catalog | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    direction: Direction = "up"
    step: Step | None = None
    source: str | None = None
    way_back: str | None = None
    session: frozenset[str] = frozenset()

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        return read_statements(self.statements, self.dialect)

    @property
    def is_mysql(self) -> bool:
        return self.dialect in MYSQL

    @property
    def was_watched(self) -> bool:
        """Whether locks and rewrites were observed, so that what was not seen was not there."""
        locks = self.step.locks if self.step is not None else ()
        return any(not each.is_sampled for each in locks)

    def of(self, *kinds: str) -> Iterator[Action]:
        """The actions of these kinds."""
        return (action for action in self.actions if action.kind in kinds)

    def on_old(self, *kinds: str) -> Iterator[Action]:
        """The same, but for tables that the revision itself made: nobody uses those yet."""
        return (action for action in self.of(*kinds) if not self.is_new(action))

    def is_new(self, action: Action) -> bool:
        """Whether an action concerns a table that an earlier action made."""
        table = self.table_of(action)
        made = None if table is None else self._made.get(self._fold(table))
        return made is not None and made < self._places[id(action)]

    @cached_property
    def _places(self) -> dict[int, int]:
        """Where each action stands among all."""
        return {id(action): place for place, action in enumerate(self.actions)}

    @cached_property
    def _made(self) -> dict[str, int]:
        """Where each table is made that the revision makes, by its label."""
        found: dict[str, int] = {}
        for place, action in enumerate(self.actions):
            if action.kind == "create table" and action.object is not None:
                found.setdefault(self._fold(action.object), place)
        return found

    def table_of(self, action: Action) -> str | None:
        """The label of the table that an action concerns; an index's is looked up."""
        if action.kind in {"drop index", "reindex"} and action.object is None and action.name:
            found = self.index(action.name)
            return None if found is None else label_of(found)
        return action.object

    def rows_of(self, table: str | None) -> int | None:
        """How many rows a table had before the revision; 0 for one that was not there."""
        if table is None:
            return None
        name = self._former(table)
        found = self._rows.get(self._fold(name))
        if found is None and self.catalog is not None and not self.knows(name):
            return 0
        return found

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {self._fold(label): count for label, count in self.rows.items()}

    def _former(self, table: str) -> str:
        """The name by which a table that the revision renamed was known before."""
        for action in self.of("rename table"):
            if self._same(action.target, table):
                return action.object or table
        return table

    # -- the catalog before ------------------------------------------------------------------

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], SchemaObject]:
        if self.catalog is None:
            return {}
        found = {}
        for item in self.catalog.values():
            label = label_of(item) if item.table else self._fold(table_label(item))
            found[item.kind, self._fold(label), self._fold(item.name)] = item
        return found

    def knows(self, table: str) -> bool:
        """Whether the table was there before."""
        label = self._fold(table)
        return ("table", label, self._fold(table.rpartition(".")[2])) in self._known

    def column(self, table: str | None, name: str | None) -> SchemaObject | None:
        """A column as it was before the revision; None when it was not there."""
        if table is None or name is None:
            return None
        return self._known.get(("column", self._fold(self._former(table)), self._fold(name)))

    def type_of(self, table: str | None, name: str | None) -> str | None:
        """A column's type before the revision, in lower case."""
        found = self.column(table, name)
        return None if found is None else str(found.properties.get("type") or "").lower() or None

    def index(self, name: str) -> SchemaObject | None:
        """An index by its label."""
        bare = self._fold(name.rpartition(".")[2])
        return next(
            (
                item
                for (kind, _, key), item in self._known.items()
                if (kind, key) == ("index", bare)
            ),
            None,
        )

    def hanging_on(self, table: str | None, *kinds: str) -> list[SchemaObject]:
        """What of these kinds belonged to a table before the revision."""
        label = self._fold(self._former(table or ""))
        return [
            item for (kind, on, _), item in self._known.items() if kind in kinds and on == label
        ]

    def views_with(self, *names: str) -> list[SchemaObject]:
        """The views whose definition has all of these names, as whole words."""
        views = self.catalog.of_kind("view", "materialized view") if self.catalog else []
        patterns = [re.compile(rf"(?<![\w]){re.escape(name)}(?![\w])", re.I) for name in names]
        return [
            view
            for view in views
            if all(p.search(str(view.properties.get("definition") or "")) for p in patterns)
        ]

    @property
    def version(self) -> tuple[int, ...]:
        """The server's version as numbers; empty when it is not known."""
        text = self.catalog.server_version if self.catalog else ""
        return tuple(int(part) for part in re.findall(r"\d+", text)[:3])

    def _fold(self, name: str) -> str:
        return name if self.dialect == "postgresql" else name.lower()

    def _same(self, left: str | None, right: str | None) -> bool:
        return left is not None and right is not None and self._fold(left) == self._fold(right)

    def begins_with(self, keys: Sequence[str], columns: Sequence[str]) -> bool:
        """Whether an index over ``keys`` serves a search for all of ``columns``."""
        wanted = {self._fold(name) for name in columns}
        return {self._fold(name) for name in keys[: len(wanted)]} == wanted


def label_of(item: SchemaObject) -> str:
    """The label of the table that an object hangs on."""
    if item.schema_name in {None, "public"}:
        return item.table or ""
    return f"{item.schema_name}.{item.table}"
