"""Rules about columns: what writes a table anew, reads it whole, or no longer fits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema.rehearsal.hazards.retyping import is_narrower, needs_rewrite, normal
from schema.rehearsal.hazards.rule import ANY, LITE, MY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

__all__ = ["is_volatile"]

_ALTER = "https://www.postgresql.org/docs/current/sql-altertable.html"
_MYSQL = "https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html"

#: Functions whose value differs from row to row; those of the transaction's time do not.
_VOLATILE = re.compile(
    r"\b(gen_random_uuid|uuid_generate_v\w+|uuidv[47]|random|nextval|clock_timestamp|timeofday|"
    r"setval|pg_sleep|uuid|rand|txid_current)\s*\("
)
_STABLE = re.compile(
    r"\b(now|current_timestamp|current_date|localtimestamp|transaction_timestamp|lower|upper|"
    r"statement_timestamp|to_timestamp|make_interval|timezone|coalesce|date_trunc|cast|array)\s*\("
)
_CALL = re.compile(r"\w\s*\(")

_SWAP = """
op.add_column({table}, sa.Column({new}, new_type, nullable=True))
# fill it in batches, each committed, while a trigger or the application keeps both in step;
# in a later revision: drop {column}, and rename {new}
"""


def is_volatile(default: str | None) -> bool | None:
    """Whether a default differs from row to row; None when a function is not known."""
    text = re.sub(r"'(?:[^']|'')*'", "''", default or "")
    if _VOLATILE.search(text):
        return True
    left = _STABLE.sub("", re.sub(r"\w+\(\d+(,\d+)?\)", "", text))
    return None if _CALL.search(left) else False


@rule("column-type-rewrite", PG, "high", effect="rewrite", safer=_SWAP, source=_ALTER)
def _type_rewrite(scene: Scene) -> Iterator[Finding]:
    """A change of type writes the table and its indexes anew under an exclusive lock.

    Not so where old values stay as they are: varchar(10) to varchar(20) or text, a longer numeric.
    """
    for action in scene.on_old("column type"):
        old = scene.type_of(action.object, action.name)
        if needs_rewrite(old, action.type or "", action.default, action.name or ""):
            said = f"{old} to {action.type}" if old else f"what may not be stored as {action.type}"
            yield Finding(
                f"table {action.object} is written anew to change {action.name} from {said}", action
            )


@rule("column-type-copy", MY, "high", effect="rewrite", safer=_SWAP, source=_MYSQL)
def _type_copy(scene: Scene) -> Iterator[Finding]:
    """A change of type copies the table while writers wait.

    Only a longer VARCHAR in the same class of length (up to 255 bytes, or above) is done in place.
    """
    for action in scene.on_old("modify column"):
        old = scene.type_of(action.object, action.name)
        new = action.type or ""
        if action.values or old is None or normal(old) != normal(new):
            if action.values or (old and _grows_in_place(old, new)):
                continue
            yield Finding(
                f"table {action.object} is copied to make {action.name} {new}",
                action,
                severity=None if old else "medium",
            )


def _grows_in_place(old: str, new: str) -> bool:
    """A longer VARCHAR whose length is stored in as many bytes: 4 bytes a character at most."""
    before, after = (re.fullmatch(r"varchar\((\d+)\)", text) for text in (old, new))
    if before is None or after is None:
        return False
    small, large = int(before[1]), int(after[1])
    return small <= large and (small * 4 > 255) == (large * 4 > 255)


@rule(
    "column-type-constraint",
    PG,
    "medium",
    effect="lock",
    safer="""
    # drop the constraint, change the type, and add the constraint NOT VALID; validate it later
    op.drop_constraint({constraint}, {table})
    """,
    source=_ALTER,
)
def _type_constraint(scene: Scene) -> Iterator[Finding]:
    """A column changes its type, and a CHECK or a foreign key on it is tried again on all rows."""
    for action in scene.on_old("column type"):
        for item in scene.hanging_on(action.object, "check", "foreign key"):
            columns = item.properties.get("columns") or ()
            text = str(item.properties.get("expression") or "")
            named = isinstance(columns, tuple) and action.name in columns
            if named or re.search(rf"\b{re.escape(action.name or '')}\b", text):
                yield Finding(
                    f"constraint {item.name} is tried again on all rows for the new type "
                    f"of {action.object}.{action.name}",
                    action,
                )


@rule(
    "type-narrowed",
    ANY,
    "high",
    effect="loss",
    safer="""
    # first a revision that looks for what does not fit, and decides about it:
    op.execute("UPDATE ... SET ... WHERE char_length(...) > ...")
    """,
    source="https://www.postgresql.org/docs/current/sql-altertable.html",
)
def _narrowed(scene: Scene) -> Iterator[Finding]:
    """A column gets a type that holds less than the old one.

    Values that do not fit fail the revision, or are cut or rounded.
    """
    for action in scene.on_old("column type", "modify column"):
        old = scene.type_of(action.object, action.name)
        if old and is_narrower(old, action.type or ""):
            yield Finding(
                f"column {action.object}.{action.name} holds less as {action.type} than as {old}",
                action,
            )
    for item in scene.step.differences if scene.step and scene.dialect == "sqlite" else ():
        old_type, new_type = item.properties.get("type", (None, None))
        is_retyped = item.kind == "column" and item.change == "changed" and old_type and new_type
        if is_retyped and is_narrower(str(old_type).lower(), str(new_type).lower()):
            yield Finding(
                f"column {item.table}.{item.name} holds less as {new_type} than as {old_type}",
                object=item.table,
            )


# -- new columns ----------------------------------------------------------------------------------


@rule(
    "volatile-default-rewrite",
    (*PG, *MY),
    "high",
    effect="rewrite",
    safer="""
    op.add_column({table}, sa.Column({column}, type_, nullable=True))
    op.alter_column({table}, {column}, server_default=sa.text("..."))
    # fill the old rows in batches, each committed
    """,
    source=_ALTER,
)
def _volatile_default(scene: Scene) -> Iterator[Finding]:
    """A new column whose default differs from row to row writes the table anew.

    A constant default is kept in the catalog, whatever the table's size (PostgreSQL 11 on).
    """
    for action in scene.on_old("add column"):
        volatile = is_volatile(action.default) if action.default else False
        if volatile is not False:
            yield Finding(
                f"table {action.object} is written anew for {action.name} = {action.default}",
                action,
                severity=None if volatile else "medium",
            )


@rule(
    "stored-column-rewrite",
    (*PG, *MY),
    "high",
    effect="rewrite",
    safer="""
    # a virtual column (PostgreSQL 18, MySQL, MariaDB) is computed when it is read:
    op.add_column({table}, sa.Column({column}, type_, sa.Computed("...", persisted=False)))
    """,
    source=_ALTER,
)
def _stored(scene: Scene) -> Iterator[Finding]:
    """A stored generated column is computed for all rows under an exclusive lock."""
    for action in scene.on_old("add column"):
        if "generated stored" in action.flags:
            yield Finding(f"table {action.object} is written anew to store {action.name}", action)
    for action in scene.on_old("set expression"):
        yield Finding(
            f"table {action.object} is written anew for the expression of {action.name}", action
        )


@rule(
    "serial-column-rewrite",
    (*PG, *MY),
    "high",
    effect="rewrite",
    safer="""
    op.execute("CREATE SEQUENCE ...")
    op.add_column({table}, sa.Column({column}, sa.BigInteger(), nullable=True))
    op.alter_column({table}, {column}, server_default=sa.text("nextval('...')"))
    # fill the old rows in batches, then NOT NULL by way of a CHECK that is validated
    """,
    source=_ALTER,
)
def _serial(scene: Scene) -> Iterator[Finding]:
    """A new serial, identity or AUTO_INCREMENT column numbers all rows under an exclusive lock."""
    for action in scene.on_old("add column"):
        if action.flags & {"serial", "identity"}:
            yield Finding(
                f"table {action.object} is written anew to number its rows in {action.name}", action
            )


@rule(
    "column-default-changed",
    ANY,
    "low",
    effect="change",
    is_style=True,
    safer="# deploy first what gives the value itself, then change the default",
    source="https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-COLUMN-DEFAULT",
)
def _default_changed(scene: Scene) -> Iterator[Finding]:
    """Rows that running programs insert get another default from now on.

    A program that remembers defaults, as an ORM may, goes on with the old one.
    """
    for action in scene.on_old("set default", "drop default"):
        if action.kind == "drop default" or scene.column(action.object, action.name):
            yield Finding(
                f"rows inserted into {action.object} get another default for {action.name}", action
            )


# -- storage --------------------------------------------------------------------------------------


@rule(
    "storage-rewrite",
    PG,
    "high",
    effect="rewrite",
    safer="# fill a new table in batches, and swap it in under a short lock",
    source=_ALTER,
)
def _storage(scene: Scene) -> Iterator[Finding]:
    """SET LOGGED, UNLOGGED, ACCESS METHOD or TABLESPACE writes the table anew under an exclusive
    lock."""
    for action in scene.on_old("set logged", "set access method", "set tablespace"):
        yield Finding(f"table {action.object} is written anew for its new storage", action)


@rule(
    "vacuum-full",
    (*PG, *LITE),
    "high",
    effect="rewrite",
    safer="# pg_repack does it while others read and write; VACUUM without FULL needs no lock",
    source="https://www.postgresql.org/docs/current/sql-vacuum.html",
)
def _vacuum_full(scene: Scene) -> Iterator[Finding]:
    """VACUUM FULL and CLUSTER write tables anew under an exclusive lock; on SQLite, VACUUM writes
    the whole file."""
    for action in scene.on_old("vacuum full", "cluster"):
        what = f"table {action.object}" if action.object else "the whole database"
        yield Finding(f"{what} is written anew while everybody waits", action)
