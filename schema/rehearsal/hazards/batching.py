"""Rules about Alembic's batch mode on SQLite: a table is copied, and the copy put in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from schema.catalog import SchemaObject
from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.rule import LITE, Finding, rule
from schema.rehearsal.hazards.scene import Scene, label_of
from schema.wording import duration

__all__ = ["batched_tables"]

_BATCH = "https://alembic.sqlalchemy.org/en/latest/batch.html"

#: What a batch does without a copy of the table (``recreate="auto"``).
_IN_PLACE = frozenset({"add_column", "create_index", "drop_index", "create_table_comment"})


@rule(
    "batch-copies-table",
    LITE,
    "medium",
    effect="lock",
    safer="""
    # what SQLite can do by itself needs no batch, and no copy:
    op.add_column({table}, ...)  # also op.drop_column and a rename, from SQLite 3.35 and 3.25 on
    """,
    source=_BATCH,
)
def _batch(scene: Scene) -> Iterator[Finding]:
    """A batch recreate copies all rows of a table, while all other writers wait."""
    for table, action in _batches(scene):
        rows = scene.rows_of(table)
        if rows is None or rows >= 1000:
            what = f"all rows of {table} are copied by a batch recreate while writers wait"
            took = _seconds(scene, action)
            seen = () if took is None else (f"it took {duration(took)}",)
            yield Finding(what, action, table, seen=seen, seconds=took)


def _seconds(scene: Scene, action: Action | None) -> float | None:
    """How long a batch took in SQL, from the new table to its last name."""
    if scene.step is None or action is None:
        return None
    later = scene.step.statements[action.statement :]
    end = next((i for i, each in enumerate(later) if _is_last(each.sql)), len(later) - 1)
    return sum(each.seconds for each in later[: end + 1])


def _is_last(sql: str) -> bool:
    return "_alembic_tmp_" in sql and sql.lstrip().upper().startswith("ALTER TABLE")


@rule(
    "batch-recreate-lost",
    LITE,
    "high",
    safer="""
    # in env.py, for the connection that migrates, before its transaction: PRAGMA foreign_keys=OFF
    with op.batch_alter_table({table}, table_kwargs={"sqlite_autoincrement": True}) as batch:
        ...
    op.execute("CREATE TRIGGER ...")  # and what else the recreate cannot know
    """,
    source=_BATCH,
)
def _batch_lost(scene: Scene) -> Iterator[Finding]:
    """A batch recreate drops in silence what Alembic does not reflect: a trigger, an expression
    index, AUTOINCREMENT, a collation, DESC in an index, a CHECK without a name; and, with
    foreign_keys on, the rows of tables that refer to it with ON DELETE CASCADE."""
    if scene.step is not None:
        return  # then the rehearsal itself says what is gone
    for table, action in _batches(scene):
        for what in _at_risk(scene, table):
            yield Finding(f"a batch recreate of {table} drops {what}", action, table, sized=False)


def _batches(scene: Scene) -> Iterator[tuple[str, Action | None]]:
    """The tables that are recreated: by the statements; before a run, by the revision's file."""
    found = {action.object: action for action in scene.of("batch recreate") if action.object}
    yield from found.items()
    if scene.step is None and scene.source is not None:
        for table in batched_tables(scene.source, scene.direction):
            if table not in found and scene.knows(table):
                yield table, None


@cache
def batched_tables(source: str, direction: str) -> tuple[str, ...]:
    """The tables that a revision's file hands to ``batch_alter_table`` by their names, and changes
    in a way that needs a copy. Empty for a file that is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    wanted = "upgrade" if direction == "up" else "downgrade"
    found: dict[str, None] = {}
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == wanted:
            for node in ast.walk(function):
                if isinstance(node, ast.With) and (table := _batched(node)):
                    found.setdefault(table)
    return tuple(found)


def _batched(node: ast.With) -> str | None:
    """The table of ``with op.batch_alter_table("t") as batch:`` that has to be copied."""
    for item in node.items:
        call = item.context_expr
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        first = call.args[0] if call.args else None
        if call.func.attr == "batch_alter_table" and isinstance(first, ast.Constant):
            keywords = {each.arg: each.value for each in call.keywords}
            recreate = keywords.get("recreate")
            if isinstance(recreate, ast.Constant) and recreate.value in {"always", "never"}:
                return str(first.value) if recreate.value == "always" else None
            name = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else None
            return str(first.value) if _operations(node, name) - _IN_PLACE else None
    return None


def _operations(node: ast.With, batch: str | None) -> set[str]:
    return {
        call.func.attr
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == batch
    }


def _at_risk(scene: Scene, table: str) -> Iterator[str]:
    """What of a table does not survive a copy, in words."""
    for item in scene.hanging_on(table, "trigger"):
        yield f"trigger {item.name}"
    for item in scene.hanging_on(table, "index"):
        columns = item.properties.get("columns")
        parts = [str(part) for part in columns] if isinstance(columns, tuple) else []
        if any("(" in part for part in parts):
            yield f"expression index {item.name}"
        elif any(part.upper().endswith(" DESC") for part in parts):
            yield f"the order (DESC) of index {item.name}"
    for item in scene.hanging_on(table, "column"):
        if item.properties.get("collation"):
            yield f"the collation of {item.name}"
    for item in scene.hanging_on(table, "check"):
        if item.properties.get("server_named"):
            yield f"the unnamed {item.name}"
    if scene.catalog is None:
        return
    for item in scene.catalog.values():
        if item.kind == "table" and item.name == table and item.properties.get("autoincrement"):
            yield "its AUTOINCREMENT"
        if _empties(item, table) and scene.rows_of(label_of(item)) != 0:
            yield f"the rows of {item.table}, if foreign_keys is on (ON DELETE CASCADE)"


def _empties(item: SchemaObject, table: str) -> bool:
    is_reference = item.kind == "foreign key" and item.properties.get("target") == table
    return is_reference and item.properties.get("on_delete") == "CASCADE" and item.table != table
