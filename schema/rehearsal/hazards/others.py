"""Rules for MySQL and MariaDB, and for unique indexes anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.lexicon import tokens
from schema.rehearsal.hazards.rule import ANY, MY, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_ONLINE = "https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html"
_UNIQUE = "https://www.postgresql.org/docs/current/indexes-unique.html"


@rule(
    "unique-may-fail",
    ANY,
    "medium",
    effect="failure",
    safer="""
      # look first: SELECT c, count(*) FROM t GROUP BY c HAVING count(*) > 1; decide, then
      op.create_index({name}, {table}, {columns}, unique=True)
      """,
    source=_UNIQUE,
)
def _unique_may_fail(scene: Scene) -> Iterator[Finding]:
    """A unique index or constraint on rows that are there fails at the first duplicate.

    So does an index that is dropped and made again as a unique one.
    """
    dropped = {action.name for action in scene.of("drop index")}
    for action in scene.on_old("create index", "add unique", "add primary key"):
        if action.kind == "create index" and "unique" not in action.flags:
            continue
        if "using index" in action.flags or scene.rows_of(action.object) == 0:
            continue
        before = scene.index(action.name) if action.name else None
        if action.name in dropped and before and before.properties.get("unique"):
            continue
        key = f"key {action.name}" if action.name else "a key"
        again = "becomes unique" if action.name in dropped else "is unique"
        yield Finding(
            f"{key} on {action.object} {again}, and a single duplicate fails the revision",
            action,
        )


# -- MySQL and MariaDB ----------------------------------------------------------------------------


@rule(
    "inline-references-ignored",
    MY,
    "high",
    safer="op.create_foreign_key({name}, {table}, {target}, {columns}, [...])",
    source="https://dev.mysql.com/doc/refman/8.4/en/ansi-diff-foreign-keys.html",
)
def _inline_references(scene: Scene) -> Iterator[Finding]:
    """REFERENCES beside a column is read and forgotten by MySQL before 9.0 and MariaDB before
    10.5."""
    known = (10, 5) if scene.dialect == "mariadb" else (9,)
    if scene.version >= known:
        return
    for action in scene.of("add column", "table column"):
        if "references" in action.flags:
            yield Finding(
                f"REFERENCES of {action.object}.{action.name} makes no foreign key", action
            )


@rule(
    "enum-copies-table",
    MY,
    "high",
    effect="rewrite",
    safer="# add labels at the end only: ENUM('old', 'labels', 'new')",
    source=_ONLINE,
)
def _enum_copy(scene: Scene) -> Iterator[Finding]:
    """Labels of an ENUM or members of a SET are removed, put in between or in another order, or
    there are so many that it needs more bytes: the table is copied while writers wait."""
    for action in scene.on_old("modify column"):
        if action.values and (why := _why_copied(scene, action)):
            yield Finding(f"table {action.object} is copied as {action.name} {why}", action)


def _why_copied(scene: Scene, action: Action) -> str | None:
    is_set = (action.type or "").startswith("set")
    old = scene.type_of(action.object, action.name)
    if old is None:
        return "gets other labels, unless those are new ones at the end"
    if old.partition("(")[0] != (action.type or "").partition("(")[0]:
        return "becomes another type"
    column = scene.column(action.object, action.name)
    told = str(column.properties.get("type")) if column else ""
    before = tuple(token.value for token in tokens(told, "mysql") if token.kind == "string")
    after = action.values
    if after[: len(before)] != before:
        return "loses a label" if set(before) - set(after) else "has its labels in another order"
    if _bytes(len(before), is_set=is_set) != _bytes(len(after), is_set=is_set):
        return "needs more bytes for so many labels"
    return None


def _bytes(count: int, *, is_set: bool) -> int:
    """The bytes of a value: an ENUM's number, or a SET's bits."""
    if not is_set:
        return 1 if count < 256 else 2
    return next(size for size in (1, 2, 3, 4, 8) if count <= size * 8)


@rule(
    "algorithm-copy",
    MY,
    "high",
    effect="rewrite",
    safer='op.execute("ALTER TABLE ..., ALGORITHM=INSTANT")  # or INPLACE, LOCK=NONE',
    source="https://dev.mysql.com/doc/refman/8.4/en/alter-table.html",
)
def _algorithm(scene: Scene) -> Iterator[Finding]:
    """ALGORITHM=COPY, or what can be done in no other way, copies the table while writers wait."""
    for action in scene.on_old("algorithm", "table copy"):
        if action.kind == "table copy" or action.name == "COPY":
            yield Finding(f"table {action.object} is copied whole while writers wait", action)


@rule(
    "lock-option",
    MY,
    "high",
    effect="lock",
    safer='op.execute("ALTER TABLE ..., LOCK=NONE")',
    source="https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-performance.html",
)
def _lock_option(scene: Scene) -> Iterator[Finding]:
    """LOCK=SHARED keeps writers away, LOCK=EXCLUSIVE readers too."""
    for action in scene.on_old("lock option"):
        if action.name in {"SHARED", "EXCLUSIVE"}:
            yield Finding(
                f"table {action.object} is locked ({action.name}) while it is altered", action
            )


@rule(
    "primary-key-copies-table",
    MY,
    "medium",
    effect="rewrite",
    safer="# with a copy of the table that is swapped in (pt-online-schema-change, gh-ost)",
    source=_ONLINE,
)
def _key_copy(scene: Scene) -> Iterator[Finding]:
    """A primary key that is added or dropped orders the table anew: all of it is written again."""
    for action in scene.on_old("add primary key", "drop constraint"):
        if action.kind == "add primary key" or "primary key" in action.flags:
            yield Finding(
                f"table {action.object} is written anew in the order of another key", action
            )
