"""Rules about what goes away: data, and names that running programs use."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.hazard import Severity
from schema.rehearsal.hazards.rule import ANY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_DROPS = "https://www.postgresql.org/docs/current/ddl-depend.html"
_ALTER = "https://www.postgresql.org/docs/current/sql-altertable.html"

_FIRST = """
# first deploy what no longer uses it; drop it in a later revision, after a backup:
{code}
"""


def _after(code: str) -> str:
    return _FIRST.replace("{code}", code)


@rule(
    "drop-schema",
    ANY,
    "high",
    effect="loss",
    safer=_after('op.execute("DROP SCHEMA ...")'),
    source="https://www.postgresql.org/docs/current/sql-dropschema.html",
)
def _drop_schema(scene: Scene) -> Iterator[Finding]:
    """A schema or a whole database goes, with all that is in it."""
    for action in scene.of("drop schema", "drop database"):
        yield Finding(f"{action.kind.partition(' ')[2]} {action.object} is dropped", action)


@rule(
    "drop-table",
    ANY,
    "high",
    effect="loss",
    safer=_after("op.drop_table({table})"),
    source="https://www.postgresql.org/docs/current/sql-droptable.html",
)
def _drop_table(scene: Scene) -> Iterator[Finding]:
    """A table goes with its rows, and programs that still use it fail.

    A table of the same name that the revision makes anew begins empty, however it is filled.
    """
    for action in scene.on_old("drop table"):
        made = any(other.object == action.object for other in scene.of("create table"))
        end = ", and another of its name is made" if made else ""
        yield Finding(f"table {action.object} is dropped with its rows{end}", action)


@rule(
    "drop-column",
    ANY,
    "high",
    effect="loss",
    safer=_after("op.drop_column({table}, {column})"),
    source=_ALTER,
)
def _drop_column(scene: Scene) -> Iterator[Finding]:
    """A column goes with its values, and programs that still name it fail.

    An ORM names every column that its models have, also where nobody reads it.
    """
    told = set()
    for action in scene.on_old("drop column"):
        told.add((action.object, action.name))
        yield Finding(f"column {action.object}.{action.name} is dropped with its values", action)
    for action in scene.of("batch recreate"):
        for item in scene.step.differences if scene.step else ():
            is_gone = item.kind == "column" and item.change == "removed"
            if is_gone and item.table == action.object and (item.table, item.name) not in told:
                yield Finding(f"column {item.table}.{item.name} is dropped with its values", action)


@rule(
    "drop-sequence",
    PG,
    "medium",
    effect="loss",
    safer=_after('op.execute("DROP SEQUENCE ...")'),
    source="https://www.postgresql.org/docs/current/sql-dropsequence.html",
)
def _drop_sequence(scene: Scene) -> Iterator[Finding]:
    """A sequence goes, and nobody knows any more which numbers were given out."""
    for action in scene.of("drop sequence"):
        yield Finding(f"sequence {action.object} is dropped with its place", action)


@rule(
    "drop-cascade",
    PG,
    "high",
    effect="change",
    safer="# name each thing that depends on it, and drop it by itself: op.drop_constraint(...)",
    source=_DROPS,
)
def _drop_cascade(scene: Scene) -> Iterator[Finding]:
    """CASCADE drops whatever depends on it too, also what nobody thought of."""
    for action in scene.actions:
        if "cascade" in action.flags and action.kind.startswith("drop "):
            what = action.name or action.object
            yield Finding(f"what is called {what} is dropped with all that depends on it", action)


@rule(
    "truncate",
    ANY,
    "high",
    effect="loss",
    safer="# delete in batches what may go, after a backup; name what CASCADE would empty",
    source="https://www.postgresql.org/docs/current/sql-truncate.html",
)
def _truncate(scene: Scene) -> Iterator[Finding]:
    """TRUNCATE empties a table under an exclusive lock; with CASCADE, also all that refer to it."""
    for action in scene.on_old("truncate"):
        end = ", and all tables that refer to it" if "cascade" in action.flags else ""
        yield Finding(f"table {action.object} is emptied{end}", action)


@rule(
    "delete-without-where",
    ANY,
    "high",
    effect="loss",
    safer="# name the rows that may go: op.execute(sa.delete(table).where(...))",
    source="https://www.postgresql.org/docs/current/sql-delete.html",
)
def _delete(scene: Scene) -> Iterator[Finding]:
    """DELETE without WHERE empties a table."""
    for action in scene.on_old("delete"):
        if "where" not in action.flags:
            yield Finding(f"all rows of {action.object} are deleted", action)


@rule(
    "drop-foreign-key",
    ANY,
    "medium",
    effect="change",
    safer="# keep the key; or say in the revision who looks after orphaned rows from now on",
    source="https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
)
def _drop_foreign_key(scene: Scene) -> Iterator[Finding]:
    """A foreign key goes, and nothing keeps rows from being orphaned."""
    for action in scene.on_old("drop constraint"):
        if "foreign key" in action.flags or _is_a(scene, action, "foreign key"):
            yield Finding(f"foreign key {action.name} of {action.object} is dropped", action)


@rule(
    "drop-primary-key",
    ANY,
    "high",
    effect="change",
    safer="# make the new key first, and swap the two in one statement; mind logical replication",
    source="https://www.postgresql.org/docs/current/logical-replication-publication.html",
)
def _drop_primary_key(scene: Scene) -> Iterator[Finding]:
    """A primary key goes: logical replication of changes fails without it, and duplicates come."""
    for action in scene.on_old("drop constraint"):
        if "primary key" in action.flags or _is_a(scene, action, "primary key"):
            yield Finding(f"the primary key of {action.object} is dropped", action)


def _is_a(scene: Scene, action: Action, kind: str) -> bool:
    return any(item.name == action.name for item in scene.hanging_on(action.object, kind))


@rule(
    "index-dropped",
    ANY,
    "low",
    effect="change",
    safer="# look at its use first: SELECT idx_scan FROM pg_stat_user_indexes WHERE ...",
    source="https://www.postgresql.org/docs/current/monitoring-stats.html",
)
def _index_dropped(scene: Scene) -> Iterator[Finding]:
    """Queries that an index served become slower without it."""
    made = {action.name for action in scene.of("create index")}
    for action in scene.on_old("drop index"):
        if action.name not in made:
            yield Finding(
                f"queries that index {action.name} served read more",
                action,
                object=scene.table_of(action),
            )


# -- names ----------------------------------------------------------------------------------------

_RENAMED = """
# keep the old name while programs of the old release run:
{code}
"""


@rule(
    "rename-table",
    ANY,
    "high",
    effect="change",
    safer=_RENAMED.replace(
        "{code}", 'op.execute("CREATE VIEW old_name AS SELECT * FROM new_name")'
    ),
    source=_ALTER,
)
def _rename_table(scene: Scene) -> Iterator[Finding]:
    """A table gets another name or schema, and running programs know only the old one."""
    for action in scene.on_old("rename table"):
        yield Finding(f"table {action.object} is called {action.target} from now on", action)


@rule(
    "rename-column",
    ANY,
    "high",
    effect="change",
    safer="""
      # add the new column, keep both in step while programs of the old release run, then drop one:
      op.add_column({table}, sa.Column({target}, type_))
      # or keep the database's name: mapped_column({column}, ...) under the new attribute
      """,
    source=_ALTER,
)
def _rename_column(scene: Scene) -> Iterator[Finding]:
    """A column gets another name, and running programs know only the old one."""
    for action in scene.on_old("rename column", "modify column"):
        if action.target and action.target != action.name:
            yield Finding(
                f"column {action.object}.{action.name} is called {action.target} from now on",
                action,
            )


@rule(
    "rename-schema",
    PG,
    "high",
    effect="change",
    safer="# make the new schema, and views in the old one, while programs of the old release run",
    source="https://www.postgresql.org/docs/current/sql-alterschema.html",
)
def _rename_schema(scene: Scene) -> Iterator[Finding]:
    """A schema gets another name, and running programs know only the old one."""
    for action in scene.of("rename schema"):
        yield Finding(f"schema {action.object} is called {action.target} from now on", action)


@rule(
    "rename-enum-value",
    PG,
    "high",
    effect="change",
    safer="""
      op.execute("ALTER TYPE ... ADD VALUE ...")
      # deploy what writes the new label, update the rows in batches, and leave the old label unused
      """,
    source="https://www.postgresql.org/docs/current/sql-altertype.html",
)
def _rename_enum_value(scene: Scene) -> Iterator[Finding]:
    """An enum's label changes, and running programs read and write the old one."""
    for action in scene.of("rename enum value"):
        yield Finding(
            f"label {action.name} of {action.object} is {action.target} from now on", action
        )


@rule(
    "view-needs-it",
    ANY,
    "high",
    effect="failure",
    safer="""
      op.execute("DROP VIEW ...")
      # the change, then the view again as the new columns have it
      """,
    source=_DROPS,
)
def _view(scene: Scene) -> Iterator[Finding]:
    """A view speaks of what the revision drops, renames or retypes.

    PostgreSQL refuses; SQLite and MySQL leave a view behind that fails when it is read.
    """
    dropped = {action.object for action in scene.of("drop view", "drop materialized view")}
    kinds = ("drop table", "drop column", "rename table", "column type")
    renames = () if scene.dialect == "postgresql" else ("rename column",)
    for action in scene.on_old(*kinds, *renames):
        if action.kind == "rename table" and scene.dialect == "postgresql":
            continue  # a view follows there
        names = [name for name in ((action.object or "").rpartition(".")[2], action.name) if name]
        for view in scene.views_with(*names):
            if view.name not in dropped and "cascade" not in action.flags:
                # Only PostgreSQL would have refused: elsewhere a view is left behind that fails.
                is_sure: Severity | None = None if scene.dialect == "postgresql" else "high"
                what = f"view {view.name} speaks of {'.'.join(names)}"
                yield Finding(what, action, severity=is_sure)
