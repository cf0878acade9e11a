"""What is the same, however it is written: cosmetic differences and those of servers' versions."""

from __future__ import annotations

import pytest

from schema.catalog import Catalog, Property, SchemaObject
from schema.compare import compare


def one(kind: str, name: str, version: str = "18.4", dialect: str = "postgresql",
        **properties: Property) -> Catalog:  # fmt: skip
    schema_name = None if dialect == "sqlite" else "public"
    table = "t" if kind in {"column", "check", "index"} else None
    return Catalog(dialect, version, [SchemaObject(kind, schema_name, table, name, properties)])


def column(default: str, kind: str, dialect: str = "postgresql") -> Catalog:
    return one("column", "c", dialect=dialect, type=kind, default=default)


# -- constants ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "kind", "left", "right"),
    [
        ("postgresql", "numeric(10,2)", "1", "'1'::numeric"),
        ("postgresql", "integer", "'-1'::integer", "(-1)"),
        ("postgresql", "smallint", "'3'::smallint", "3"),
        ("postgresql", "character varying(50)", "'x'::character varying", "'x'::text"),
        ("sqlite", "INTEGER", "'0'", "0"),
        ("sqlite", "BOOLEAN", "1", "'1'"),
        ("sqlite", "VARCHAR(5)", "12", "'12'"),
    ],
)
def test_one_constant_typed_in_two_ways_is_cosmetic(
    dialect: str, kind: str, left: str, right: str
) -> None:
    sides = column(left, kind, dialect), column(right, kind, dialect)
    assert not compare(*sides)
    [found] = compare(*sides, cosmetic=True)
    assert dict(found.properties) == {"default": (left, right)}
    assert found.is_cosmetic


@pytest.mark.parametrize(
    ("dialect", "kind", "left", "right"),
    [
        ("postgresql", "numeric(10,2)", "1", "'1.0'::numeric"),
        ("postgresql", "double precision", "16777217", "'16777217'::real"),
        ("postgresql", "character(2)", "'abc'::bpchar", "'abc'::character(2)"),
        ("postgresql", "text", "'1'::text", "1"),
        ("postgresql", "date", "'now'::date", "'now'::text"),
        ("postgresql", "timestamp without time zone", "('now'::text)::date", "'now'::date"),
        ("postgresql", "text", "'a'::text", "'A'::text"),
        ("sqlite", "BLOB", "'0'", "0"),
        ("sqlite", "", "'0'", "0"),
        ("sqlite", "TEXT", "'01'", "1"),
        ("sqlite", "TEXT", "'1.50'", "1.50"),
        ("sqlite", "TEXT", "CURRENT_DATE", "'CURRENT_DATE'"),
    ],
)
def test_constants_that_may_not_store_one_value_are_two(
    dialect: str, kind: str, left: str, right: str
) -> None:
    [found] = compare(column(left, kind, dialect), column(right, kind, dialect))
    assert not found.is_cosmetic


def test_what_is_real_of_a_column_is_told_without_what_is_cosmetic() -> None:
    left = one("column", "c", type="integer", default="1", nullable=True)
    right = one("column", "c", type="integer", default="'1'::integer", nullable=False)
    [real] = compare(left, right)
    assert dict(real.properties) == {"nullable": (True, False)}
    assert [each.is_cosmetic for each in compare(left, right, cosmetic=True)] == [False, True]


# -- serial and identity --------------------------------------------------------------------------


def serial(**options: Property) -> Catalog:
    default = "nextval('public.t_id_seq'::regclass)"
    sequence = {"type": "integer", "start": 1, "increment": 1, "owned_by": "t.id", **options}
    return Catalog("postgresql", "18.4", [
        SchemaObject("column", "public", "t", "id", {"type": "integer", "default": default}),
        SchemaObject("sequence", "public", "t", "t_id_seq", sequence),
    ])  # fmt: skip


def identity(kind: str = "by default", options: str | None = None) -> Catalog:
    properties = {"type": "integer", "identity": kind, "identity_options": options}
    return Catalog("postgresql", "18.4", [SchemaObject("column", "public", "t", "id", properties)])


def test_serial_and_identity_by_default_are_one_and_fold_the_sequence() -> None:
    assert not compare(serial(), identity())
    assert not compare(identity(), serial())
    found = compare(serial(), identity(), cosmetic=True)
    assert {each.kind for each in found} == {"column", "sequence"}
    assert all(each.is_cosmetic for each in found)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (serial(), identity("always")),
        (serial(), identity(options="start 5")),
        (serial(increment=5), identity()),
        (serial(cycle=True), identity()),
        (serial(owned_by=None), identity()),
    ],
)
def test_what_counts_in_another_way_is_real(left: Catalog, right: Catalog) -> None:
    assert "column" in {each.kind for each in compare(left, right)}


# -- versions -------------------------------------------------------------------------------------

#: As PostgreSQL 18 and an older server wrote one and the same thing, when both were asked.
WRITTEN = [
    ("13.23", "check", "(TRIM(LEADING 'x'::text FROM name) <> ''::text)",
     "(ltrim((name)::text, 'x'::text) <> ''::text)"),
    ("13.23", "procedure", "CREATE PROCEDURE public.p(IN a integer, IN b text)",
     "CREATE PROCEDURE public.p(a integer, b text)"),
    ("15.18", "view", "SELECT id,\n name FROM public.users WHERE (n > (0)::numeric)",
     "SELECT users.id,\n users.name FROM public.users WHERE (users.n > (0)::numeric)"),
    ("13.23", "check", "(EXTRACT(year FROM created) > (2000)::numeric)",
     "(date_part('year'::text, created) > (2000)::double precision)"),
    ("13.23", "check", "((created AT TIME ZONE 'UTC'::text) > '2000-01-01 00:00:00'::timestamp)",
     "(timezone('UTC'::text, created) > '2000-01-01 00:00:00'::timestamp)"),
    ("13.23", "check", "(SUBSTRING(name FROM 1 FOR 2) = 'ab'::text)",
     "(\"substring\"((name)::text, 1, 2) = 'ab'::text)"),
    ("13.23", "check", "(POSITION(('a'::text) IN (name)) > 0)",
     "(\"position\"((name)::text, 'a'::text) > 0)"),
    ("13.23", "check", "(TRIM(BOTH FROM name) = (name)::text)",
     "(btrim((name)::text) = (name)::text)"),
    ("13.23", "check", "(OVERLAY(name PLACING 'x'::text FROM 1) <> ''::text)",
     "(\"overlay\"((name)::text, 'x'::text, 1) <> ''::text)"),
    ("12.22", "check", "((name)::text ~ similar_to_escape('a+'::text))",
     "((name)::text ~ similar_escape('a+'::text, NULL::text))"),
    ("13.23", "view", "SELECT EXTRACT(year FROM created) AS \"extract\" FROM public.users",
     "SELECT date_part('year'::text, users.created) AS date_part FROM public.users"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "kind", "new", "old"), WRITTEN)
def test_what_an_older_server_writes_differently_is_the_same(
    version: str, kind: str, new: str, old: str
) -> None:
    name = "expression" if kind == "check" else "definition"
    left, right = one(kind, "x", **{name: new}), one(kind, "x", version, **{name: old})
    assert not compare(left, right)
    assert not compare(right, left)
    [found] = compare(left, right, cosmetic=True)
    assert found.evidence == (f"as PostgreSQL 18 and {version[:2]} write it",)


@pytest.mark.parametrize(("version", "kind", "new", "old"), WRITTEN)
def test_two_servers_of_one_version_write_alike(
    version: str, kind: str, new: str, old: str
) -> None:
    name = "expression" if kind == "check" else "definition"
    assert compare(one(kind, "x", **{name: new}), one(kind, "x", **{name: old}))


@pytest.mark.parametrize(
    ("version", "new", "old"),
    [
        ("15.18", "SELECT id FROM public.users", "SELECT users.name FROM public.users"),
        ("15.18", "SELECT id FROM public.users", "SELECT users.id FROM public.pets"),
        ("15.18", "SELECT id FROM public.users", "SELECT users.id AS x FROM public.users"),
        ("15.18", "SELECT EXTRACT(year FROM t)", "SELECT date_part('year'::text, t)"),
        ("13.23", "(EXTRACT(year FROM t) > 1)", "(date_part('month'::text, t) > 1)"),
        ("13.23", "SUBSTRING(a FROM 1 FOR 2)", "\"substring\"(a, 2, 1)"),
        ("13.23", "TRIM(LEADING FROM a)", "rtrim(a)"),
        ("13.23", "POSITION((a) IN (b))", "\"position\"(a, b)"),
        ("13.23", "(t AT TIME ZONE z)", "timezone(t, z)"),
        ("13.23", "((a OR b) AND c)", "(a OR (b AND c))"),
        ("13.23", "(a > (2)::numeric)", "(a > (2)::double precision)"),
    ],
)  # fmt: skip
def test_what_says_something_else_on_an_older_server_is_told(
    version: str, new: str, old: str
) -> None:
    left, right = one("view", "v", definition=new), one("view", "v", version, definition=old)
    assert compare(left, right)
