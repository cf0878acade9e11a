"""Masking a PostgreSQL copy: by functions of the session alone, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from psycopg import sql
from psycopg.errors import Error, InsufficientPrivilege, UniqueViolation

from schema.errors import ScratchError
from schema.masking.plan import CollisionError, Step, shortest
from schema.masking.values import days_of, detour, fakes, limits, salt_of
from schema.scratch import ScratchDatabase
from schema.synthetic.postgresql import PostgresqlWriter, session
from schema.synthetic.tables import Table

__all__ = ["mask"]

#: Functions in the session's temporary schema, which go away with it. Their hash is SHA-256 over
#: the key, the value and the key again.
_FUNCTIONS = """
CREATE FUNCTION pg_temp.schema_bytes(key text, value text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT sha256(convert_to(key || ':' || value || ':' || key, 'UTF8'))
$$;
CREATE FUNCTION pg_temp.schema_number(key text, value text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT ('x' || encode(substr(pg_temp.schema_bytes(key, value), 1, 8), 'hex'))::bit(64)::bigint
         & 9223372036854775807
$$;
CREATE FUNCTION pg_temp.schema_mark(key text, value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT encode(substr(pg_temp.schema_bytes(key, value), 9, 5), 'hex')
$$;
CREATE FUNCTION pg_temp.schema_permuted(key text, value bigint, bits int) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE half int := (bits + 1) / 2; low bigint := (1::bigint << half) - 1;
        number bigint := abs(value); l bigint; r bigint; t bigint;
BEGIN
  LOOP
    l := number >> half; r := number & low;
    FOR turn IN 1..4 LOOP
      t := r;
      r := l # (pg_temp.schema_number(key, turn || ' ' || r) & low);
      l := t;
    END LOOP;
    number := (l << half) | r;
    EXIT WHEN number > 0 AND (bits >= 62 OR number < (1::bigint << bits));
  END LOOP;
  RETURN CASE WHEN value < 0 THEN -number ELSE number END;
END $$;
CREATE FUNCTION pg_temp.schema_letters(key text, value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE made text := ''; block bytea; c text; b int; place int := 0;
BEGIN
  FOREACH c IN ARRAY string_to_array(value, NULL) LOOP
    IF place % 32 = 0 THEN
      block := pg_temp.schema_bytes(key, (place / 32) || ' ' || value);
    END IF;
    b := get_byte(block, place % 32);
    place := place + 1;
    made := made || CASE
      WHEN c ~ '^[0-9]$' THEN (b % 10)::text
      WHEN c ~ '^[[:alpha:]]$' AND c = upper(c) AND c <> lower(c) THEN chr(65 + b % 26)
      WHEN c ~ '^[[:alpha:]]$' THEN chr(97 + b % 26)
      ELSE c END;
  END LOOP;
  RETURN made;
END $$;
"""


def mask(
    scratch: ScratchDatabase, steps: Sequence[Step], key: bytes, told: Callable[[float, str], None]
) -> tuple[list[int], list[str]]:
    """Mask the columns; how many values each had, and notes. Raises ScratchError.

    The tables are written anew, so that no dead row keeps an old value, and so are statistics and
    materialised views. What the server logged (its WAL) it keeps as long as it does.
    """
    with session(scratch, "schema-workbench masking") as driver:
        try:
            with driver.transaction(), _without_triggers(driver, steps):
                driver.execute(_FUNCTIONS)
                counts = _masked(driver, steps, key, told)
        except Error as error:
            text = " ".join((error.diag.message_primary or str(error)).split())
            kind = CollisionError if isinstance(error, UniqueViolation) else ScratchError
            raise kind(f"Nothing was masked: {text}.") from error
        return counts, _cleaned(driver, steps, told)


def _masked(
    driver: Any,  # noqa: ANN401 -- psycopg's connection
    steps: Sequence[Step],
    key: bytes,
    told: Callable[[float, str], None],
) -> list[int]:
    counts: list[int] = []
    rooms = limits(steps, lambda step: _largest(driver, step))
    for _, group in groupby(steps, lambda step: step.table.label):
        own = list(group)
        table = own[0].table
        told(0.7 * len(counts) / len(steps), f"masking {table.label}")
        # A partitioned table's rows are in its partitions; a child table's are its own.
        only = sql.SQL("" if table.partition_key else "ONLY ")
        named = sql.SQL("{}{}").format(only, _named(table))
        columns = [sql.Identifier(step.column.name) for step in own]
        sums = _COMMA.join(sql.SQL("count({})").format(column) for column in columns)
        counts += driver.execute(sql.SQL("SELECT {} FROM {}").format(sums, named)).fetchone()
        types = dict(driver.execute(_TYPES, (_named(table).as_string(driver),)).fetchall())
        sets, back = [], []
        for step, column in zip(own, columns, strict=True):
            bits, added = rooms[step.group]
            value = _expression(step, column, key, shortest(step, steps), bits)
            there, again = detour(step, added, "{} + %d * interval '1 day'")
            change = sql.SQL("{} = CAST({} AS {})")
            kind = sql.SQL(types[step.column.name])
            sets.append(change.format(column, sql.SQL(there).format(value), kind))
            back += [change.format(column, sql.SQL(again).format(column), kind)] if again else []
        for changes in filter(None, (sets, back)):
            driver.execute(sql.SQL("UPDATE {} SET {}").format(named, _COMMA.join(changes)))
    return counts


_COMMA = sql.SQL(", ")
_TYPES = """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0"""


def _named(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema_name or "public", table.name)


def _largest(driver: Any, step: Step) -> int | None:  # noqa: ANN401
    query = sql.SQL("SELECT max(abs({}::numeric)) FROM {}")
    column = sql.Identifier(step.column.name)
    found: int | None = driver.execute(query.format(column, _named(step.table))).fetchone()[0]
    return found


def _expression(
    step: Step, column: sql.Identifier, key: bytes, longest: int | None, bits: int
) -> sql.Composable:
    """The new value in terms of the old one; NULL stays NULL."""
    rule = step.mask.rule
    secret = sql.Literal(f"{salt_of(key)} {step.rule}")
    value = sql.SQL("CAST({} AS text)").format(column)
    parts = {"k": secret, "v": value, "c": column, "bits": sql.Literal(bits)}
    if rule == "null":
        return sql.SQL("NULL")
    if rule == "fixed":
        fixed = sql.Literal(step.mask.argument)
        return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(column, fixed)
    if rule == "shift":
        days = sql.Literal(days_of(key, step.moved_with))
        return sql.SQL("{} + {} * interval '1 day'").format(column, days)
    if rule == "text":
        return sql.SQL("pg_temp.schema_letters({k}, {v})").format(**parts)
    if rule == "fake":
        return _cut(_fake(step, parts, longest), longest)
    if rule == "keep":
        return _keep(step, parts, longest)
    if step.shape == "integer":
        return sql.SQL("pg_temp.schema_permuted({k}, {c}, {bits})").format(**parts)
    if step.shape == "number":
        return sql.SQL("CAST(pg_temp.schema_letters({k}, {v}) AS numeric)").format(**parts)
    if step.shape == "bytes":
        return sql.SQL("pg_temp.schema_bytes({k}, {v})").format(**parts)
    hashed = sql.SQL("left(encode(pg_temp.schema_bytes({k}, {v}), 'hex'), 32)").format(**parts)
    return _cut(hashed, longest if step.shape == "text" else None)


def _fake(step: Step, parts: Mapping[str, sql.Composable], longest: int | None) -> sql.Composable:
    known = fakes(step.mask.argument or "")
    text = sql.SQL("(CAST({} AS text[]))[1 + pg_temp.schema_number({k}, {v}) % {}]").format(
        sql.Literal(list(known)), sql.Literal(len(known)), **parts
    )
    if not step.distinct:
        return text
    mark = sql.SQL("pg_temp.schema_mark({k}, {v})").format(**parts)
    if step.mask.argument == "email" and (longest is None or longest >= max(map(len, known)) + 11):
        return sql.SQL("replace({}, '@', '.' || {} || '@')").format(text, mark)
    room = sql.Literal(10_000 if longest is None else max(0, longest - 11))
    if longest is not None and longest < 12:
        return mark
    return sql.SQL("left({}, {}) || '-' || {}").format(text, room, mark)


def _keep(step: Step, parts: Mapping[str, sql.Composable], longest: int | None) -> sql.Composable:
    count = int(step.mask.argument or 0)
    if step.distinct:
        kept = sql.Literal(count if longest is None else max(0, min(count, longest - 10)))
        marked = sql.SQL("left({v}, {n}) || pg_temp.schema_mark({k}, {v})").format(n=kept, **parts)
        return _cut(marked, longest)
    return sql.SQL("left({v}, {n}) || repeat('x', length({v}) - {n})").format(
        n=sql.Literal(count), **parts
    )


def _cut(text: sql.Composable, longest: int | None) -> sql.Composable:
    return text if longest is None else sql.SQL("left({}, {})").format(text, sql.Literal(longest))


@contextmanager
def _without_triggers(driver: Any, steps: Sequence[Step]) -> Iterator[None]:  # noqa: ANN401
    """Keep triggers, rules and the foreign keys' own checks from firing, for this transaction.

    A role that may not say so can take the user's triggers off its own tables, but not the foreign
    keys' ones: then columns that keys join can't be masked. Source:
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE.
    """
    try:
        with driver.transaction():
            driver.execute("SET LOCAL session_replication_role = replica")
    except InsufficientPrivilege:
        joined = [step.name for step in steps if step.is_joined and step.mask.rule != "null"]
        if joined:
            raise ScratchError(
                f"Nothing was masked: a foreign key joins {joined[0]}, and the role may not "
                "switch its checks off. Copy into the embedded server instead."
            ) from None
        tables = {step.table.label: step.table for step in steps}.values()
        named = [_named(table) for table in tables]
        for name in named:
            driver.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        yield
        for name in named:
            driver.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    else:
        yield


def _cleaned(
    driver: Any,  # noqa: ANN401
    steps: Sequence[Step],
    told: Callable[[float, str], None],
) -> list[str]:
    """Write the tables anew, and what else holds values: views that are kept, and statistics."""
    notes: list[str] = []
    tables = {step.table.label: step.table for step in steps}
    for table in tables.values():
        notes += PostgresqlWriter(driver).finish(table)
        told(0.8, f"writing {table.label} anew")
        named = _named(table)
        _try(driver, sql.SQL("VACUUM (FULL, ANALYZE) {}").format(named), notes)
    views = driver.execute(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'm' AND c.relispopulated"
        " AND c.oid >= 16384 ORDER BY c.oid"
    ).fetchall()
    for (view,) in views:
        for statement in ("REFRESH MATERIALIZED VIEW {}", "ANALYZE {}"):
            _try(driver, sql.SQL(statement).format(sql.SQL(view)), notes)
    for catalog in ("pg_statistic", "pg_statistic_ext_data"):
        _try(driver, sql.SQL("VACUUM (FULL) pg_catalog.{}").format(sql.Identifier(catalog)), notes)
    return notes


def _try(driver: Any, statement: sql.Composed, notes: list[str]) -> None:  # noqa: ANN401
    try:
        driver.execute(statement)
    except Error as error:
        text = " ".join((error.diag.message_primary or str(error)).split())
        notes.append(f"old values may be left: {statement.as_string(driver)} failed: {text}")
