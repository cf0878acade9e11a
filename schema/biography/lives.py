"""The lives of all that revisions made: from its birth, through its names, to its end.

One walk over the steps of a timeline. Compared catalogs tell what was made, changed, renamed and
dropped; what came along with a table is told with that table, so its parts are known from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from schema.biography.source import Step, Timeline
from schema.catalog import Catalog, Identity
from schema.compare import Difference

__all__ = ["TABLES", "Event", "Life", "Lives", "lives_of"]

#: Kinds that others belong to.
TABLES = ("table", "view", "materialized view")


@dataclass(frozen=True, slots=True)
class Event:
    """What one step did to one thing. ``step`` is the step's number from 0.

    ``with_table`` is true when it was made or dropped along with its table, and the difference is
    the table's.
    """

    step: int
    difference: Difference
    with_table: bool = False


@dataclass(eq=False, slots=True)
class Life:
    """One thing from its birth to its end, under all its names.

    ``names`` are in their order, the last being the one it has, or had at its end; ``since`` are
    the steps from which on it had each. ``born`` is the number of the step that made it, None where
    no step did (its database was not empty at base); ``died`` the number of that which dropped it,
    None while it is there. ``owner`` is its table's life.
    """

    kind: str
    names: list[Identity]
    since: list[int]
    born: int | None
    died: int | None = None
    owner: Life | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        return self.names[-1]

    @property
    def label(self) -> str:
        return self.identity.label

    @property
    def is_alive(self) -> bool:
        return self.died is None

    def is_there(self, step: int) -> bool:
        """Whether it was there after a step."""
        return (self.born is None or self.born <= step) and (self.died is None or step < self.died)

    def named_at(self, step: int) -> Identity:
        """What it was called after a step; at its birth where that came later."""
        known = [name for name, since in zip(self.names, self.since, strict=True) if since <= step]
        return known[-1] if known else self.names[0]


@dataclass(frozen=True, eq=False)
class Lives:
    """All lives of a timeline, those that began first first."""

    timeline: Timeline
    steps: tuple[Step, ...]
    every: tuple[Life, ...]

    def of_table(self, table: Life) -> list[Life]:
        """The lives of what belongs, or belonged, to a table."""
        return [life for life in self.every if life.owner is table]


def lives_of(timeline: Timeline) -> Lives:
    """The lives of everything that a timeline's differences speak of.

    A key or an index that came with its table, and was never touched, is known by its table's
    catalog alone: see ``Lives.find`` of schema.biography.names.
    """
    steps = tuple(timeline.steps)
    walk = _Walk(lambda: timeline.before(steps[0].revision.id))
    for number, step in enumerate(steps):
        walk.step(number, step.differences)
    return Lives(timeline, steps, tuple(walk.lives))


#: What differences of an enum's labels are told as.
_LABEL = "enum value"


class _Walk:
    """``_alive`` holds what is there after the last step, by what it is called.

    ``start`` gives the catalog before the first step: of the tables in it, those get a life that a
    step does something to.
    """

    def __init__(self, start: Callable[[], Catalog]) -> None:
        self.lives: list[Life] = []
        self._alive: dict[Identity, Life] = {}
        self._start = start

    @cached_property
    def _older(self) -> set[Identity]:
        """The tables that no step made, and of which nothing was told yet."""
        tables = {each for each in self._start() if each.kind in TABLES}
        return tables - {name for life in self.lives for name in life.names}

    def step(self, number: int, differences: Iterable[Difference]) -> None:
        """What goes gives its name free before anything takes it."""
        listed = list(differences)
        for item in listed:
            if item.change == "removed":
                self._removed(number, item)
        self._renamed(number, [item for item in listed if item.change == "renamed"])
        for item in listed:
            if item.change == "added":
                self._added(number, item)
            elif item.change == "changed":
                self._known(item.identity).events.append(Event(number, item))

    # -- births ----------------------------------------------------------------------------

    def _added(self, number: int, item: Difference) -> None:
        life = self._born(item.identity, number, self._owner(item.identity))
        life.events.append(Event(number, item))
        if item.kind == "table":
            for name in _listed(item, 1):
                column = Identity("column", item.schema_name, item.name, name)
                part = self._born(column, number, life)
                part.events.append(Event(number, item, with_table=True))

    def _born(self, identity: Identity, number: int | None, owner: Life | None) -> Life:
        life = Life(identity.kind, [identity], [number or 0], number, owner=owner)
        self.lives.append(life)
        self._alive[_key(identity)] = life
        return life

    def _known(self, identity: Identity) -> Life:
        """The life of what is there; where nothing was told of it yet, it came with its table."""
        life = self._alive.get(_key(identity))
        if life is None:
            owner = self._owner(identity)
            life = self._born(identity, owner.born if owner else None, owner)
            if owner is not None and owner.born is not None:
                first = next((e for e in owner.events if e.step == owner.born), None)
                if first is not None:
                    life.events.append(replace(first, with_table=True))
        return life

    def _owner(self, identity: Identity) -> Life | None:
        if identity.table is None:
            return None
        names = [Identity(kind, identity.schema_name, None, identity.table) for kind in TABLES]
        if (known := next(filter(self._alive.__contains__, names), None)) is not None:
            return self._alive[known]
        if (older := next(filter(self._older.__contains__, names), None)) is None:
            return None
        self._older.discard(older)
        return self._born(older, None, None)

    # -- ends ------------------------------------------------------------------------------

    def _removed(self, number: int, item: Difference) -> None:
        life = self._known(item.identity)
        if item.kind == "table":
            for name in _listed(item, 0):
                self._known(Identity("column", item.schema_name, item.name, name))
            for part in [each for each in self._alive.values() if each.owner is life]:
                self._end(part, Event(number, item, with_table=True))
        self._end(life, Event(number, item))

    def _end(self, life: Life, event: Event) -> None:
        life.events.append(event)
        life.died = event.step
        del self._alive[_key(life.identity)]

    # -- other names -----------------------------------------------------------------------

    def _renamed(self, number: int, items: list[Difference]) -> None:
        """Tables first, as their parts go with them; all old names are free before the new come."""
        for kinds in (("schema",), TABLES, None):
            chosen = [
                item
                for item in items
                if (item.kind in kinds if kinds else item.kind not in _FIRST)
                and item.kind != _LABEL
            ]
            taken = [(self._known(_former(item)), item) for item in chosen]
            for life, _ in taken:
                self._alive.pop(_key(life.identity), None)
            for life, item in taken:
                life.events.append(Event(number, item))
                self._name(life, item.identity, number)
                if item.kind in _FIRST:
                    self._follow(life, item, number)
            for _, item in taken:
                if item.kind == "column":
                    self._name_shapes(item, number)
        for item in items:
            if item.kind == _LABEL:
                enum = Identity("enum", item.schema_name, None, item.table or "")
                self._known(enum).events.append(Event(number, item))

    def _name(self, life: Life, identity: Identity, number: int) -> None:
        life.names.append(identity)
        life.since.append(number)
        self._alive[_key(identity)] = life

    def _follow(self, owner: Life, item: Difference, number: int) -> None:
        """What belongs to a renamed table, or lies in a renamed schema, goes with it."""
        parts = [
            life
            for life in self._alive.values()
            if life is not owner
            and (life.owner is owner or item.kind == "schema")
            and (item.kind != "schema" or life.identity.schema_name == item.renamed_from)
        ]
        for life in parts:
            del self._alive[_key(life.identity)]
        for life in parts:
            old = life.identity
            if item.kind == "schema":
                self._name(life, old._replace(schema_name=item.name), number)
            else:
                now = old._replace(schema_name=item.schema_name, table=item.name)
                self._name(life, now, number)

    def _name_shapes(self, item: Difference, number: int) -> None:
        """A constraint without a name is called by its columns: ``unique (a, b)``."""
        old, new = item.renamed_from or "", item.name
        for life in list(self._alive.values()):
            identity = life.identity
            if (identity.schema_name, identity.table) != (item.schema_name, item.table):
                continue
            shape = _SHAPE.match(identity.name)
            if shape is None or identity.kind == "column":
                continue
            columns = shape[2].split(", ")
            if old in columns:
                named = ", ".join(new if each == old else each for each in columns)
                del self._alive[_key(identity)]
                self._name(life, identity._replace(name=f"{shape[1]} ({named})"), number)


_FIRST = frozenset({"schema", *TABLES})
_SHAPE = re.compile(r"(primary key|unique|foreign key|check|index) \((.*)\)\Z")


def _key(identity: Identity) -> Identity:
    """As the comparison has it: a sequence stays itself when its owner changes."""
    return identity._replace(table=None) if identity.kind == "sequence" else identity


def _former(item: Difference) -> Identity:
    """What a renamed thing was called. A part of a renamed table is looked up under the new one."""
    schema_name = item.schema_name
    name = item.renamed_from or item.name
    moved = item.properties.get("schema_name")
    if moved is not None:
        schema_name = None if moved[0] is None else str(moved[0])
        name = name.removeprefix(f"{schema_name}.")
    return Identity(item.kind, schema_name, item.table, name)


def _listed(item: Difference, side: int) -> Iterator[str]:
    columns = item.properties.get("columns", ((), ()))[side]
    yield from map(str, columns) if isinstance(columns, tuple) else ()
