"""What a revision does on SQLite and what it does on PostgreSQL, in words that both have.

Types and defaults have no common words. Compared is which tables, columns, keys, indexes, views and
triggers come and go, and which columns may be NULL; keys by their columns, as SQLite names none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from schema.catalog import Catalog, SchemaObject
from schema.history import Revision
from schema.timeline import Timeline

__all__ = ["NAMES", "Unlike", "unlike"]

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

#: A fact about a schema, in words: ``column users.mail``, ``users.mail NOT NULL``.
Fact = str

#: More revisions than this share that fail on one of the two alone: the project is not made for it.
_MOST_FAILURES = 0.2


@dataclass(frozen=True, slots=True)
class Unlike:
    """One revision, with what it does on one of the two alone, a line each; or why it fails on
    ``fails_on``."""

    revision: Revision
    lines: tuple[str, ...]
    fails_on: str = ""


@dataclass
class _Facts:
    """Facts of objects, worked out once: catalogs of a timeline share most of their objects."""

    known: dict[int, tuple[SchemaObject, tuple[Fact, ...]]] = field(default_factory=dict)

    def done(self, timeline: Timeline, revision: str) -> set[str]:
        """What a revision makes and drops."""
        catalogs = timeline.before(revision), timeline.after(revision)
        return _changed(*(self._of(each) for each in catalogs))

    def perhaps_done(self, timeline: Timeline, revision: str) -> set[str]:
        """The same of what has a name as the server makes them up: ``users_mail_idx``.

        Whether the revision gives that name or none is seen on the other kind of database alone.
        """
        catalogs = timeline.before(revision), timeline.after(revision)
        return _changed(*({*map(_named, filter(_is_unnamed, each.values()))} for each in catalogs))

    def _of(self, catalog: Catalog) -> set[Fact]:
        keys = {
            (item.table, column)
            for item in catalog.of_kind("primary key")
            for column in _columns(item)
        }
        found: set[Fact] = set()
        for item in catalog.values():
            if id(item) not in self.known:
                self.known[id(item)] = item, tuple(_facts(item))
            found.update(self.known[id(item)][1])
        # A key's columns are never NULL, whether that is written or not.
        return found - {f"{table}.{column} NOT NULL" for table, column in keys}


def unlike(one: Timeline, other: Timeline) -> tuple[list[Unlike], str]:
    """The revisions that do not do the same on both; and a note where that could not be told."""
    failed = [{step.id for step in each.failed} for each in (one, other)]
    alone = failed[0] - failed[1], failed[1] - failed[0]
    for timeline, those in zip((one, other), alone, strict=True):
        if len(those) > max(1, _MOST_FAILURES * len(timeline.steps)):
            name = NAMES[timeline.dialect]
            said = f"{len(those)} of {len(timeline.steps)} revisions cannot be run on {name} alone"
            return [], f"{said}: what revisions do there was not compared"
    return list(_unlike(one, other)), ""


def _unlike(one: Timeline, other: Timeline) -> Iterator[Unlike]:
    facts = _Facts()
    for mine, theirs in zip(one.steps, other.steps, strict=True):
        revision = mine.revision
        if mine.failure is None and theirs.failure is not None:
            yield Unlike(revision, (theirs.failure,), fails_on=other.dialect)
        if mine.without or theirs.without or not (mine.differences or theirs.differences):
            continue  # what follows a failure may be its consequence
        lines = [
            f"only on {NAMES[timeline.dialect]}: {line}"
            for timeline, against in ((one, other), (other, one))
            for line in sorted(
                facts.done(timeline, revision.id)
                - facts.done(against, revision.id)
                - facts.perhaps_done(against, revision.id)
            )
        ]
        if lines:
            yield Unlike(revision, tuple(lines))


def _changed(before: set[Fact], after: set[Fact]) -> set[str]:
    return {f"+ {fact}" for fact in after - before} | {f"− {fact}" for fact in before - after}


def _facts(item: SchemaObject) -> Iterator[Fact]:
    place = _label(item)
    if item.kind in {"table", "view", "materialized view"}:
        yield f"{item.kind} {place}"
    elif item.kind == "column":
        yield f"column {place}"
        if item.properties.get("nullable") is False:
            yield f"{item.table}.{item.name} NOT NULL"
    elif item.kind in {"primary key", "unique", "foreign key"}:
        target = item.properties.get("target")
        leads = f" → {target}" if target else ""
        yield f"{item.kind} ({', '.join(sorted(_columns(item)))}) of {_table(item)}{leads}"
    elif item.kind == "trigger" or (item.kind in {"index", "check"} and not _is_unnamed(item)):
        yield _named(item)


def _named(item: SchemaObject) -> Fact:
    return f"{item.kind} {_label(item)}"


def _is_unnamed(item: SchemaObject) -> bool:
    return bool(item.properties.get("server_named")) or item.name.startswith(f"{item.kind} (")


def _columns(item: SchemaObject) -> Collection[str]:
    found = item.properties.get("columns")
    return [str(each) for each in found] if isinstance(found, tuple) else []


def _table(item: SchemaObject) -> str:
    schema_name = None if item.schema_name in {None, "public"} else item.schema_name
    return ".".join(filter(None, (schema_name, item.table)))


def _label(item: SchemaObject) -> str:
    schema_name = None if item.schema_name in {None, "public"} else item.schema_name
    return item.identity._replace(schema_name=schema_name).label
