"""What is told of one life: an entry for each revision, with the operation that did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schema.archaeology.following import done_by
from schema.biography.lives import TABLES, Event, Life, Lives
from schema.biography.operations import Operation, operation_for
from schema.catalog import Catalog, SchemaObject
from schema.compare import Difference
from schema.history import Added, Revision, additions_of
from schema.python_text import text_of_file

__all__ = ["Entry", "Writer"]

#: Kinds that are told with the columns that they are on.
_ON_COLUMNS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion", "index"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision, and what it did to one thing.

    ``change`` is ``"added"``, ``"changed"``, ``"renamed"`` or ``"removed"``, and ``difference`` has
    the properties before and after. ``difference`` is of the thing itself, or of a part of it, or
    of its table. ``operation`` is None where it is not found in the revision's file, ``commit``
    where Git does not know that file. ``with_table`` is true for what came or went with its table.
    ``life`` is the number of the life that it belongs to.
    """

    revision: Revision
    change: str
    difference: Difference
    operation: Operation | None = None
    commit: Added | None = None
    life: int = 1
    with_table: bool = False

    @property
    def what(self) -> str:
        """What it did in one line, without the name: ``NOT NULL set``."""
        said = self.difference.describe().removeprefix(
            f"{self.difference.kind} {self.difference.label}: "
        )
        return f"{said}, with its table" if self.with_table else said

    def row(self) -> list[Any]:
        """Its row in ``Biography.frame``."""
        revision, operation = self.revision, self.operation
        return [
            self.life,
            revision.id,
            revision.date,
            revision.author,
            revision.message,
            self.change,
            self.difference.kind,
            self.difference.label,
            self.what,
            None if operation is None else operation.line,
            None if operation is None else operation.text,
            None if self.commit is None else self.commit.commit,
        ]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        commit = self.commit
        return {
            "life": self.life,
            **self.revision.to_dict(),
            "change": self.change,
            "what": self.what,
            "with_table": self.with_table,
            "difference": self.difference.to_dict(),
            "operation": None if self.operation is None else self.operation.to_dict(),
            "commit": None
            if commit is None
            else {
                "id": commit.commit,
                "date": None if commit.day is None else commit.day.isoformat(),
                "author": commit.author,
            },
        }


class Writer:
    """Writes the entries of lives. Catalogs and files are read when they are needed."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._dialect = lives.timeline.dialect

    def entries(self, life: Life, number: int) -> Iterator[Entry]:
        """All of one life, oldest first."""
        told = self._of_table(life) if life.kind in TABLES else self._of_part(life)
        # Of one revision, what happened to the thing itself comes first.
        ordered = sorted(told, key=lambda each: (each[0].step, each[1]))
        for event, _ in ordered:
            yield self._entry(event, number)

    def own(self, life: Life) -> Iterator[Entry]:
        """Only what happened to the thing itself, oldest first."""
        for event in life.events:
            yield self._entry(self._own(life, event) if event.with_table else event, 1)

    def made_anew(self, life: Life) -> Iterator[str]:
        """Where a file drops a table and makes it again in one go: to the catalogs it stayed, but
        not its rows, unless the file puts them back."""
        table = life if life.kind in TABLES else life.owner
        if table is None:
            return
        parts = self._lives.of_table(table)
        events = (event for each in (table, *parts) for event in each.events)
        for step in sorted({event.step for event in events}):
            if not self._is_between(life, step):
                continue
            name = table.named_at(step).name
            revision = self._lives.steps[step].revision
            verbs = [
                each.mention.verb
                for each in done_by(text_of_file(revision.path), self._dialect)
                if each.mention.kind == "table" and each.mention.name == name
                if each.mention.renamed_from is None
            ]
            if "drop" in verbs and "make" in verbs[verbs.index("drop") :]:
                yield f"revision {revision.id} drops {name} and makes it anew"

    # -- what belongs to it --------------------------------------------------------------------

    def _of_table(self, life: Life) -> Iterator[tuple[Event, int]]:
        yield from ((event, 0) for event in life.events)
        for part in self._lives.of_table(life):
            yield from ((event, 1) for event in part.events if not event.with_table)

    def _of_part(self, life: Life) -> Iterator[tuple[Event, int]]:
        for event in life.events:
            yield (self._own(life, event) if event.with_table else event), 1
        owner = life.owner
        if owner is None:
            return
        for event in owner.events:
            if event.difference.change == "renamed" and self._is_between(life, event.step):
                yield event, 0
        if life.kind == "column":
            yield from ((event, 2) for event in self._on(life, owner))

    def _is_between(self, life: Life, step: int) -> bool:
        born = -1 if life.born is None else life.born
        return born < step and (life.died is None or step <= life.died)

    def _own(self, life: Life, event: Event) -> Event:
        """What came or went with its table, with its own properties."""
        added = event.difference.change == "added"
        catalog = self._after(event.step) if added else self._before(event.step)
        identity = life.named_at(event.step) if added else life.identity
        found = catalog.get(identity)
        owner = life.owner
        if found is None and owner is not None:
            # What was never touched is only known by the name that it has in the end.
            table = owner.named_at(event.step)
            found = catalog.get(identity._replace(schema_name=table.schema_name, table=table.name))
        if found is None:
            found = SchemaObject(*identity)
        return Event(event.step, _one_sided(found, event.difference.change), with_table=True)

    # -- what is on a column -------------------------------------------------------------------

    def _on(self, life: Life, owner: Life) -> Iterator[Event]:
        """What was done to the keys and indexes on a column while it was there."""
        if life.born is not None and any(event.with_table for event in life.events[:1]):
            yield from self._made_along(life, life.born)
        last = len(self._lives.steps) - 1 if life.died is None else life.died
        for step in range(life.born or 0, last + 1):
            for item in self._lives.steps[step].differences:
                if item.kind in _ON_COLUMNS and self._is_on(item, life, owner, step):
                    yield Event(step, item)

    def _made_along(self, life: Life, step: int) -> Iterator[Event]:
        """The keys and indexes on a column that came with their table."""
        column = life.named_at(step)
        for item in self._after(step).values():
            if (item.schema_name, item.table) != (column.schema_name, column.table):
                continue
            if item.kind in _ON_COLUMNS and column.name in _columns(item.properties.get("columns")):
                yield Event(step, _one_sided(item, "added"), with_table=True)

    def _is_on(self, item: Difference, life: Life, owner: Life, step: int) -> bool:
        tables = {owner.named_at(step), owner.named_at(step - 1)}
        if not any((t.schema_name, t.name) == (item.schema_name, item.table) for t in tables):
            return False
        names = {life.named_at(step).name, life.named_at(step - 1).name}
        if (pair := item.properties.get("columns")) is not None:
            return bool(names & {name for side in pair for name in _columns(side)})
        catalog = self._before(step) if item.change == "removed" else self._after(step)
        found = catalog.get(item.identity)
        return found is not None and bool(names & _columns(found.properties.get("columns")))

    # -- one entry -----------------------------------------------------------------------------

    def _entry(self, event: Event, number: int) -> Entry:
        step = self._lives.steps[event.step]
        path = step.revision.path
        item = event.difference
        also = self._other_names(item, event.step)
        operation = operation_for(item, text_of_file(path), path, also=also, dialect=self._dialect)
        commit = self._commits.get(path.resolve())
        return Entry(step.revision, item.change, item, operation, commit, number, event.with_table)

    def _other_names(self, item: Difference, step: int) -> list[str]:
        """What its table is called too while a revision runs that renames it."""
        return [
            name
            for each in self._lives.steps[step].differences
            if each.kind in TABLES and each.change == "renamed" and each.name == item.table
            if (name := each.renamed_from) is not None
        ]

    @cached_property
    def _commits(self) -> dict[Any, Added]:
        folders = dict.fromkeys(step.revision.path.parent for step in self._lives.steps)
        return dict(additions_of(list(folders)))

    def _before(self, step: int) -> Catalog:
        return self._lives.timeline.before(self._lives.steps[step].revision.id)

    def _after(self, step: int) -> Catalog:
        return self._lives.timeline.after(self._lives.steps[step].revision.id)


def _columns(value: object) -> set[str]:
    """The columns of a key or an index, without their order: ``a DESC`` is a."""
    listed: Sequence[object] = value if isinstance(value, tuple) else ()
    return {str(each).partition(" ")[0] for each in listed} | {str(each) for each in listed}


def _one_sided(item: SchemaObject, change: str) -> Difference:
    side = {
        name: value
        for name, value in item.properties.items()
        if value is not None and name not in {"position", "server_named"}
    }
    pairs = {
        name: (None, value) if change == "added" else (value, None) for name, value in side.items()
    }
    return Difference(*item.identity, change, pairs)
