"""Rules about indexes: built, dropped and missing."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.rule import PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_ALTER = "https://www.postgresql.org/docs/current/sql-altertable.html"
_INDEX = "https://www.postgresql.org/docs/current/sql-createindex.html"
_MYSQL = "https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html"

_CONCURRENT = """
with op.get_context().autocommit_block():
    op.create_index({name}, {table}, {columns}, postgresql_concurrently=True)
"""


@rule("index-not-concurrent", PG, "high", effect="lock", safer=_CONCURRENT, source=_INDEX)
def _index_not_concurrent(scene: Scene) -> Iterator[Finding]:
    """CREATE INDEX keeps writers waiting for as long as it reads the table.

    CONCURRENTLY reads it twice, and lets others write meanwhile.
    """
    for action in scene.on_old("create index"):
        if "concurrently" not in action.flags:
            yield Finding(
                f"index {action.name} on {action.object} is built while writers wait", action
            )


@rule(
    "drop-index-not-concurrent",
    PG,
    "medium",
    effect="lock",
    safer="""
    with op.get_context().autocommit_block():
        op.drop_index({name}, table_name={table}, postgresql_concurrently=True)
    """,
    source="https://www.postgresql.org/docs/current/sql-dropindex.html",
)
def _drop_index_not_concurrent(scene: Scene) -> Iterator[Finding]:
    """DROP INDEX needs its table for itself alone, and so waits for every query on it.

    While it waits, all who come later wait behind it.
    """
    for action in scene.on_old("drop index"):
        if "concurrently" not in action.flags:
            yield Finding(
                f"index {action.name} is dropped under an exclusive lock on its table",
                action,
                object=scene.table_of(action),
            )


@rule(
    "reindex-not-concurrent",
    PG,
    "high",
    effect="lock",
    safer="""
    with op.get_context().autocommit_block():
        op.execute("REINDEX INDEX CONCURRENTLY ...")
    """,
    source="https://www.postgresql.org/docs/current/sql-reindex.html",
)
def _reindex_not_concurrent(scene: Scene) -> Iterator[Finding]:
    """REINDEX keeps writers waiting, and readers who would use the index."""
    for action in scene.on_old("reindex"):
        if "concurrently" not in action.flags:
            what = action.name or action.object or "a whole database"
            yield Finding(
                f"{what} is indexed anew while writers wait", action, object=scene.table_of(action)
            )


@rule(
    "detach-not-concurrent",
    PG,
    "medium",
    effect="lock",
    safer="""
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY")
    """,
    source=f"{_ALTER}#SQL-ALTERTABLE-DETACH-PARTITION",
)
def _detach_not_concurrent(scene: Scene) -> Iterator[Finding]:
    """DETACH PARTITION locks the whole partitioned table against everybody."""
    for action in scene.on_old("detach partition"):
        if "concurrently" not in action.flags:
            yield Finding(
                f"partition {action.name} is detached under an exclusive lock on {action.object}",
                action,
            )


@rule(
    "attach-scans",
    PG,
    "medium",
    effect="lock",
    safer="""
    # a check that implies the partition's bounds lets ATTACH go without reading its rows
    op.execute("ALTER TABLE part ADD CONSTRAINT part_bounds CHECK (...) NOT VALID")
    op.execute("ALTER TABLE part VALIDATE CONSTRAINT part_bounds")  # in a revision before ATTACH
    """,
    source=f"{_ALTER}#SQL-ALTERTABLE-ATTACH-PARTITION",
)
def _attach_scans(scene: Scene) -> Iterator[Finding]:
    """ATTACH PARTITION reads all rows of the new partition under an exclusive lock on it.

    A valid CHECK that implies its bounds spares that.
    """
    for action in scene.on_old("attach partition"):
        yield Finding(
            f"a partition is attached to {action.object} after all its rows were read", action
        )


@rule(
    "concurrent-build",
    PG,
    "low",
    effect="text",
    safer="""
    # in hours of little load; afterwards make sure that it is valid:
    # SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid
    with op.get_context().autocommit_block():
        op.create_index(
            {name}, {table}, {columns}, if_not_exists=True, postgresql_concurrently=True
        )
    """,
    source=f"{_INDEX}#SQL-CREATEINDEX-CONCURRENTLY",
)
def _concurrent_build(scene: Scene) -> Iterator[Finding]:
    """A concurrent build reads the table twice, waits for old transactions, and may leave an
    invalid index when it fails."""
    for action in scene.on_old("create index"):
        rows = scene.rows_of(action.object)
        if "concurrently" in action.flags and (rows is None or rows >= 1000):
            yield Finding(
                f"building index {action.name} loads the server, and leaves an invalid "
                "index behind when it fails",
                action,
            )


@rule(
    "index-corruption",
    PG,
    "high",
    effect="text",
    safer="# update the server to 14.4 or later first, or build the index without CONCURRENTLY",
    source="https://www.postgresql.org/docs/release/14.4/",
)
def _index_corruption(scene: Scene) -> Iterator[Finding]:
    """PostgreSQL 14.0 to 14.3 can build a corrupt index with CONCURRENTLY."""
    if (14,) <= scene.version < (14, 4):
        for action in scene.of("create index", "reindex"):
            if "concurrently" in action.flags:
                yield Finding(
                    "this server's version can build a corrupt index with CONCURRENTLY", action
                )


def _serves(scene: Scene, action: Action) -> bool:
    """Whether an index begins with a foreign key's columns: one there before, or a new one."""
    before = scene.hanging_on(action.object, "index", "unique", "primary key")
    keys = [item.properties.get("columns") for item in before]
    made = [
        other.columns
        for other in scene.of("create index", "add unique", "add primary key", "table column",
                              "add column")
        if other.object == action.object
        and (other.kind not in {"table column", "add column"}
             or other.flags & {"primary key", "unique"})
    ]  # fmt: skip
    listed = [tuple(map(str, key)) for key in keys if isinstance(key, tuple)] + made
    return any(scene.begins_with(key, action.columns) for key in listed)


@rule(
    "foreign-key-without-index",
    (*PG, "sqlite"),
    "medium",
    effect="text",
    safer="""
    with op.get_context().autocommit_block():
        op.create_index("{bare}_idx", {table}, {columns}, postgresql_concurrently=True)
    """,
    source="https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
)
def _foreign_key_without_index(scene: Scene) -> Iterator[Finding]:
    """No index begins with a foreign key's columns.

    Each DELETE or change of the key in the other table then reads this one whole. MySQL and MariaDB
    make such an index themselves.
    """
    new: list[Action] = []
    for action in scene.of("add foreign key", "add column", "table column"):
        is_key = action.kind == "add foreign key" or "references" in action.flags
        if not is_key or _serves(scene, action):
            continue
        if scene.is_new(action):
            new.append(action)
        else:
            yield Finding(f"no index serves the foreign key {_key(action)}", action)
    if new:
        listed = "; ".join(_key(action) for action in new[:5])
        more = f" and {len(new) - 5} more" if len(new) > 5 else ""
        what = f"no index serves foreign keys of new tables: {listed}{more}"
        yield Finding(what, new[0], severity="low")


def _key(action: Action) -> str:
    return f"{action.object} ({', '.join(action.columns)})"
