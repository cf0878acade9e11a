"""Rules of taste and habit: what people fight over. Mild, and silenced in ``hazards.toml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.retyping import normal
from schema.rehearsal.hazards.rule import ANY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_WIKI = "https://wiki.postgresql.org/wiki/Don%27t_Do_This"
_NEW = ("table column", "add column")


def _columns(scene: Scene, holds: Callable[[Action], bool], what: str) -> Iterator[Finding]:
    """One finding for all new columns of a revision that are so."""
    found = [action for action in scene.of(*_NEW) if holds(action)]
    if found:
        listed = ", ".join(f"{action.object}.{action.name}" for action in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        yield Finding(f"{what}: {listed}{more}", found[0], sized=False)


def _type(action: Action) -> str:
    return normal(action.type or "")[0]


def _keys(scene: Scene) -> set[tuple[str | None, str]]:
    keys = {(a.object, name) for a in scene.of("add primary key") for name in a.columns}
    return keys | {(a.object, a.name or "") for a in scene.of(*_NEW) if "primary key" in a.flags}


@rule(
    "prefer-bigint-key",
    PG,
    "low",
    is_style=True,
    safer="sa.Column({column}, sa.BigInteger(), primary_key=True)",
    source="https://www.postgresql.org/docs/current/datatype-numeric.html",
)
def _bigint(scene: Scene) -> Iterator[Finding]:
    """A numbered key of 4 or 2 bytes ends at 2,147,483,647 or 32,767, and widening it later writes
    the table anew."""
    keys = _keys(scene)
    small = {"integer", "smallint", "serial", "smallserial", "serial4", "serial2"}
    numbered = {"serial", "identity"}
    yield from _columns(
        scene,
        lambda a: (a.object, a.name) in keys and _type(a) in small and bool(a.flags & numbered),
        "keys are numbered with less than 8 bytes",
    )


@rule(
    "prefer-identity",
    PG,
    "low",
    is_style=True,
    safer="sa.Column({column}, sa.BigInteger(), sa.Identity(always=True), primary_key=True)",
    source="https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_serial",
)
def _identity(scene: Scene) -> Iterator[Finding]:
    """A serial's sequence has rights and an owner of its own; an identity's is the column's."""
    yield from _columns(
        scene, lambda a: "serial" in _type(a), "columns are serials, not identities"
    )


@rule(
    "prefer-text",
    PG,
    "low",
    is_style=True,
    safer="sa.Column({column}, sa.Text())",
    source=f"{_WIKI}#Don.27t_use_varchar.28n.29_by_default",
)
def _text(scene: Scene) -> Iterator[Finding]:
    """varchar(n) saves nothing over text, and a limit that is too short is one more revision."""
    yield from _columns(
        scene,
        lambda a: _type(a) == "varchar" and bool(normal(a.type or "")[1]),
        "texts have a limit",
    )


@rule(
    "char-column",
    PG,
    "low",
    is_style=True,
    safer="sa.Column({column}, sa.Text())",
    source=f"{_WIKI}#Don.27t_use_char.28n.29",
)
def _char(scene: Scene) -> Iterator[Finding]:
    """char(n) fills values up with spaces, which some comparisons see and some do not."""
    yield from _columns(scene, lambda a: _type(a) == "char", "texts are filled up with spaces")


@rule(
    "prefer-timestamptz",
    PG,
    "low",
    is_style=True,
    safer="sa.Column({column}, sa.DateTime(timezone=True))",
    source=f"{_WIKI}#Don.27t_use_timestamp_.28without_time_zone.29",
)
def _timestamptz(scene: Scene) -> Iterator[Finding]:
    """A timestamp without time zone is no moment: each reader takes it for one in its own zone."""
    yield from _columns(scene, lambda a: _type(a) == "timestamp", "moments have no time zone")


@rule(
    "json-column",
    PG,
    "low",
    is_style=True,
    safer="sa.Column({column}, postgresql.JSONB())",
    source="https://www.postgresql.org/docs/current/datatype-json.html",
)
def _json(scene: Scene) -> Iterator[Finding]:
    """json has no equality: SELECT DISTINCT and GROUP BY of such rows fail. jsonb has it."""
    yield from _columns(
        scene, lambda a: _type(a) == "json", "columns are json, which has no equality"
    )


@rule(
    "enum-value-unplaced",
    PG,
    "low",
    is_style=True,
    safer="op.execute(\"ALTER TYPE ... ADD VALUE 'new' AFTER 'old'\")",
    source="https://www.postgresql.org/docs/current/sql-altertype.html",
)
def _unplaced(scene: Scene) -> Iterator[Finding]:
    """A new enum label without BEFORE or AFTER sorts last, and can't be moved later."""
    for action in scene.of("add enum value"):
        if "placed" not in action.flags:
            yield Finding(f"label {action.name} of {action.object} sorts after all others", action)


@rule(
    "wide-index",
    ANY,
    "low",
    is_style=True,
    safer="op.create_index({name}, {table}, [...])  # the one to three columns that select most",
    source="https://www.postgresql.org/docs/current/indexes-multicolumn.html",
)
def _wide_index(scene: Scene) -> Iterator[Finding]:
    """An index of more than three columns seldom serves better than one of its first."""
    for action in scene.of("create index"):
        if len(action.columns) > 3 and "unique" not in action.flags:
            yield Finding(
                f"index {action.name} has {len(action.columns)} columns", action, sized=False
            )


@rule(
    "identifier-too-long",
    (*PG, "mysql", "mariadb"),
    "medium",
    safer="# a shorter name; a naming_convention of the MetaData shortens the made-up ones",
    source="https://www.postgresql.org/docs/current/sql-syntax-lexical.html",
)
def _too_long(scene: Scene) -> Iterator[Finding]:
    """A name is longer than the server keeps.

    PostgreSQL cuts it after 63 bytes in silence, so that two names may become one; MySQL refuses
    more than 64 characters.
    """
    for action in scene.actions:
        made = action.kind.startswith(("create", "add", "table column"))
        for name in (action.object if made else None, action.name if made else None, action.target):
            bare = (name or "").rpartition(".")[2]
            size = len(bare.encode()) if scene.dialect == "postgresql" else len(bare) - 1
            if size > 63:
                yield Finding(
                    f"the name {bare} is longer than the server keeps", action, sized=False
                )
                break


@rule(
    "unqualified-table",
    PG,
    "low",
    is_style=True,
    is_opt_in=True,
    safer='op.create_table({table}, ..., schema="public")',
    source="https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH",
)
def _unqualified(scene: Scene) -> Iterator[Finding]:
    """A table without its schema is looked for along the search_path, which any session can set."""
    words = {"ALTER TABLE", "CREATE TABLE", "DROP TABLE"}
    for action in scene.of("create table", "drop table", "add column", "drop column"):
        text = scene.statements[action.statement].upper()
        starts = any(text.lstrip().startswith(word) for word in words)
        if starts and action.object and "." not in action.object and "PUBLIC." not in text:
            yield Finding(f"table {action.object} is named without its schema", action, sized=False)
            return


@rule(
    "column-assigned-twice",
    PG,
    "high",
    effect="failure",
    safer="# set each column once",
    source="https://www.postgresql.org/docs/current/sql-update.html",
)
def _twice(scene: Scene) -> Iterator[Finding]:
    """An UPDATE sets one column twice, which the server refuses."""
    for action in scene.of("update"):
        if len(set(action.columns)) < len(action.columns):
            yield Finding(f"an UPDATE of {action.object} sets a column twice", action, sized=False)


#: Bytes and alignment of types of fixed length: pg_type.typlen and typalign.
_WIDTHS = {"bigint": 8, "double precision": 8, "timestamp": 8, "timestamptz": 8, "bigserial": 8,
           "time": 8, "integer": 4, "real": 4, "date": 4, "serial": 4, "smallint": 2,
           "boolean": 1}  # fmt: skip


@rule(
    "column-order-padding",
    PG,
    "low",
    is_style=True,
    safer="# columns of 8 bytes first, then 4, 2 and 1, those of changing length last",
    source="https://www.postgresql.org/docs/current/catalog-pg-type.html",
)
def _padding(scene: Scene) -> Iterator[Finding]:
    """The order of columns makes each row longer than it need be, by 8 bytes or more of padding."""
    for table in scene.of("create table"):
        columns = [a for a in scene.of("table column") if a.object == table.object]
        widths = [_WIDTHS.get(_type(column)) for column in columns]
        fixed = [width for width in widths if width is not None]
        if len(fixed) == len(widths):
            lost = _size(fixed) - _size(sorted(fixed, reverse=True))
            if lost >= 8:
                yield Finding(
                    f"the columns of {table.object} stand so that each row has {lost} "
                    "bytes of padding",
                    table,
                    sized=False,
                )


def _size(widths: list[int]) -> int:
    size = 0
    for width in widths:
        size += -size % width + width
    return size


@rule(
    "complex-routine",
    PG,
    "low",
    is_style=True,
    safer="# two routines, each with a name that says what it is for",
    source="https://www.postgresql.org/docs/current/plpgsql-control-structures.html",
)
def _complex(scene: Scene) -> Iterator[Finding]:
    """A function has more than ten ways through it, or is nested more than three deep."""
    for action in scene.of("create routine"):
        body = re.sub(r"'(?:[^']|'')*'|--[^\n]*", "", action.values[0]).upper()
        ends = len(re.findall(r"\bEND\s+(?:IF|LOOP|CASE)\b", body))
        ways = (
            1
            + len(re.findall(r"\b(?:IF|ELSIF|WHEN|WHILE|FOR|FOREACH)\b", body))
            - len(re.findall(r"\bEND\s+IF\b", body))
        )
        if ways > 10 or (ends > 3 and _depth(body) > 3):
            yield Finding(
                f"routine {action.object} has {ways} ways through it", action, sized=False
            )


def _depth(body: str) -> int:
    depth = most = 0
    for found in re.finditer(r"\bEND\s+(?:IF|LOOP|CASE)\b|\bIF\b|\bLOOP\b|\bCASE\b", body):
        depth += -1 if found.group().startswith("END") else 1
        most = max(most, depth)
    return most
