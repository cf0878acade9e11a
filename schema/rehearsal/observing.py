"""What the worker observed of a step, and two looks at the database, as values to show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from schema.rehearsal.observed import Lock, Notice, Rewrite, Size
from schema.rehearsal.relations import Key, Relation, Relations

__all__ = ["locks_of", "notices_of", "rewrites_of", "sizes_of"]

#: What the worker tells of a step: its result, or its ``"observed"`` event.
Told = Mapping[str, Any]


class Ran(Protocol):
    """A statement that ran."""

    @property
    def sql(self) -> str: ...


# -- locks -------------------------------------------------------------------------------------


def locks_of(told: Told, before: Relations | None, after: Relations | None) -> tuple[Lock, ...]:
    """The locks by statement, those that hinder most first.

    Relations bear the names that they had before the step: by those an application knows them. What
    the step made has one lock each, the strongest; what it made and dropped again has none.
    """
    found: list[Lock] = []
    new: dict[str, Lock] = {}
    for item in told.get("locks", ()):
        known = _known(item["oid"], before) or _known(item["oid"], after)
        label = item["relation"] or (known.label if known else None)
        kind = known.kind if known else item["kind"]
        if label is None or kind in (None, "toast"):
            continue
        statement, seconds = item["statement"], item["seconds"]
        lock = Lock(label, kind, item["mode"], statement, seconds, item["is_new"])
        if not lock.is_new:
            found.append(lock)
        elif lock.strength >= new.get(label, lock).strength:
            new[label] = lock
    return tuple(sorted([*found, *new.values()], key=_place))


def _place(lock: Lock) -> tuple[bool, int, int, str]:
    """By the statement that took it, those that nobody is known to have taken last."""
    return lock.statement is None, lock.statement or 0, -lock.strength, lock.relation


def notices_of(told: Told) -> tuple[Notice, ...]:
    """What the server and Python said, oldest first."""
    return tuple(Notice(item["severity"], item["message"]) for item in told.get("notices", ()))


# -- sizes -------------------------------------------------------------------------------------


def sizes_of(before: Relations | None, after: Relations | None) -> tuple[Size, ...]:
    """What became larger or smaller, came or went; the whole file of SQLite last.

    Empty when one of the two looks is missing. A relation that was renamed keeps its size.
    """
    if before is None or after is None:
        return ()
    pairs = [(before.get(key), after.get(key)) for key in {**before.relations, **after.relations}]
    found = [
        _size(old, new) for old, new in _joined(pairs) if (old and old.bytes) != (new and new.bytes)
    ]
    found.sort(key=lambda size: (size.kind != "table", size.relation))
    if before.file_bytes != after.file_bytes:
        found.append(Size("database", "database", before.file_bytes, after.file_bytes))
    return tuple(found)


_Pair = tuple[Relation | None, Relation | None]


def _joined(pairs: list[_Pair]) -> Iterator[_Pair]:
    """Something that was dropped and made again under its name is one thing here."""
    came = {(new.label, new.kind): new for old, new in pairs if old is None and new is not None}
    for old, new in pairs:
        if old is not None and new is None:
            yield old, came.pop((old.label, old.kind), None)
        elif old is not None:
            yield old, new
    yield from ((None, new) for new in came.values())


def _size(old: Relation | None, new: Relation | None) -> Size:
    known = new or old
    assert known is not None  # noqa: S101 -- one of the two is there
    return Size(known.label, known.kind, _bytes(old), _bytes(new))


# -- rewrites ----------------------------------------------------------------------------------

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_BATCH_COPY = re.compile(rf"(?is)\s*INSERT\s+INTO\s+(?:{_NAME}\.)?({_NAME})")
_MAKES_INDEX = re.compile(
    r"(?is)\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX(?:\s+CONCURRENTLY)?(?:\s+IF\s+NOT\s+EXISTS)?|"
    rf"REINDEX(?:\s+INDEX)?(?:\s+CONCURRENTLY)?)\s+(?:{_NAME}\.)?({_NAME})"
)
_REWRITES_ALONE = re.compile(r"(?i)\s*(VACUUM|CLUSTER|REINDEX)\b")
_TEMPORARY = "_alembic_tmp_"


def rewrites_of(
    told: Told, statements: Sequence[Ran], before: Relations | None, after: Relations | None
) -> tuple[Rewrite, ...]:
    """What was written anew, by statement: seen by the worker, or by comparing the two looks.

    Tables that the step itself made are not among them, nor what a TRUNCATE emptied.
    """
    if before is None:
        return ()
    now = after or Relations()
    found = _Rewrites(told, statements, before, now)
    found.take_batch_copies()
    found.take_seen()
    if after is not None:
        found.take_changed()
        found.take_indexes()
    return tuple(sorted(found.items, key=_order))


def _order(item: Rewrite) -> tuple[bool, int, bool]:
    return item.statement is None, item.statement or 0, item.kind != "table"


class _Rewrites:
    def __init__(
        self, told: Told, statements: Sequence[Ran], before: Relations, after: Relations
    ) -> None:
        self.items: list[Rewrite] = []
        self._told = told
        self._statements = statements
        self._before, self._after = before, after
        self._done: set[Key] = set()

    def take_batch_copies(self) -> None:
        """Alembic fills ``_alembic_tmp_x`` from ``x``, drops ``x``, and renames the copy."""
        for number, statement in enumerate(self._statements):
            match = _BATCH_COPY.match(statement.sql)
            name = _unquoted(match[1]) if match else ""
            if not name.startswith(_TEMPORARY):
                continue
            found = self._before.named(name.removeprefix(_TEMPORARY), "table")
            if found is not None:
                key, old = found
                renamed = self._after.named(old.label, "table")
                self._add(key, old, renamed and renamed[1], "batch copy", number)

    def take_seen(self) -> None:
        """The worker looked after each statement, inside of the transaction."""
        for item in self._told.get("rewrites", ()):
            old = self._before.get(item["oid"])
            if old is None or old.kind == "toast":
                continue
            if item["how"] == "emptied":
                self._done.add(item["oid"])
            else:
                new = self._after.get(item["oid"])
                self._add(item["oid"], old, new, item["how"], item["statement"])

    def take_changed(self) -> None:
        """What has another storage afterwards, and was not seen: outside of a transaction."""
        for key, old in self._before.relations.items():
            new = self._after.get(key)
            if new is None or key in self._done or old.kind not in ("table", "materialized view"):
                continue
            if old.storage is not None and old.storage != new.storage and new.bytes != 0:
                self._add(key, old, new, "rewritten", self._only(_REWRITES_ALONE))

    def take_indexes(self) -> None:
        """Indexes made, or made anew, from the rows of a table that was there before."""
        for key, new in self._after.relations.items():
            table = self._before.get(new.table)
            if new.kind != "index" or table is None or key in self._done:
                continue
            if new.label.startswith("sqlite_autoindex_"):  # a part of its table
                continue
            old = self._before.get(key) or self._same_name(new)
            if old is None:
                self._add(key, None, new, "built", self._maker(key, new))
            elif old.storage != new.storage or self._was_copied(new.table):
                self._add(key, old, new, "rewritten", self._maker(key, new))

    def _was_copied(self, table: Key | None) -> bool:
        """On SQLite: a new index of a new table may have got the old one's root page."""
        return self._before.file_bytes is not None and table in self._done

    def _same_name(self, new: Relation) -> Relation | None:
        found = self._before.named(new.label, "index")
        return found[1] if found is not None else None

    def _maker(self, key: Key, new: Relation) -> int | None:
        """The statement that made an index: it took the index's first lock, or it names it."""
        for item in self._told.get("locks", ()):
            if item["oid"] == key and item["is_new"] and item["statement"] is not None:
                return int(item["statement"])
        name = new.label.rpartition(".")[2]
        for number in range(len(self._statements) - 1, -1, -1):
            match = _MAKES_INDEX.match(self._statements[number].sql)
            if match and _unquoted(match[1]) == name:
                return number
        return self._only(_REWRITES_ALONE)

    def _only(self, pattern: re.Pattern[str]) -> int | None:
        """The only statement of a kind; None when there are none or several."""
        found = [n for n, item in enumerate(self._statements) if pattern.match(item.sql)]
        return found[0] if len(found) == 1 else None

    def _add(
        self, key: Key, old: Relation | None, new: Relation | None, how: str, statement: int | None
    ) -> None:
        known = old or new
        assert known is not None  # noqa: S101 -- one of the two is there
        self._done.add(key)
        self.items.append(
            Rewrite(known.label, known.kind, how, statement, _bytes(old), _bytes(new))
        )


def _bytes(relation: Relation | None) -> int | None:
    return None if relation is None else relation.bytes


def _known(key: Key | None, relations: Relations | None) -> Relation | None:
    return relations.get(key) if relations is not None else None


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
