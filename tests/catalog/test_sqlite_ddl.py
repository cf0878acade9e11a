"""The parser of SQLite's texts: whatever it is given, it tells what it cannot follow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.catalog.sqlite_cursor import body
from schema.catalog.sqlite_ddl import parse_table
from schema.catalog.sqlite_statements import parse_index, parse_trigger, parse_virtual
from schema.catalog.sqlite_text import DDLError, spell, tokens
from schema.catalog.sqlite_values import spell_default, spell_expression, spell_type

TABLE = """CREATE TABLE "t" (id INTEGER PRIMARY KEY AUTOINCREMENT, [b] TEXT COLLATE nocase NOT NULL
    DEFAULT 'x' CHECK (b IN ('(', 'y')), c AS (id + 1) STORED,
    CONSTRAINT u UNIQUE (b, c DESC) /* x */,
    FOREIGN KEY (c) REFERENCES p (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED) STRICT"""
READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "table": (TABLE, lambda sql: parse_table(sql, {"id", "b", "c"})),
    "index": (
        "CREATE INDEX i ON t (a DESC, lower(b)) WHERE (c > 'x')",
        lambda sql: parse_index(sql, {"a"}),
    ),
    "trigger": (
        "CREATE TRIGGER x AFTER UPDATE OF a ON t FOR EACH ROW WHEN (new.a > 1) BEGIN SELECT 1; END",
        parse_trigger,
    ),
    "virtual": ("CREATE VIRTUAL TABLE f USING fts5(a, 'b, c', d = (1))", parse_virtual),
    "view": ("CREATE VIEW v (a) AS SELECT 1", lambda sql: body(sql, "VIEW")),
    "expression": (
        "(a > 0) AND ((b) OR [c] BETWEEN 1 AND (2))",
        lambda sql: spell_expression(tokens(sql)),
    ),
    "default": ("(- 0x1F)", spell_default),
    "type": ('"VAR" CHAR (10, 2)', spell_type),
}


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_mutilated_text_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    text, reader = READERS[kind]
    reader(text)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.text("\"'`[](),;-/*x0 \n", max_size=4)) + text[end:]
    with suppress(DDLError):
        reader(text)


@pytest.mark.parametrize(
    "inside",
    ["UNIQUE ()", "UNIQUE (,)", "PRIMARY KEY ()", "a, -- CHECK\n", "a CHECK", "a COLLATE", "a AS",
     "FOREIGN KEY () REFERENCES p", "a REFERENCES", "a DEFAULT", "CONSTRAINT", "CHECK ()",
     "CHECK (", "a DEFERRABLE CHECK (1)", "a UNIQUE ON CONFLICT"],
)  # fmt: skip
def test_half_a_constraint_is_no_crash(inside: str) -> None:
    with suppress(DDLError):
        parse_table(f"CREATE TABLE t ({inside})", {"a"})


@given(st.text("\"'`[](),;-+/*.=<>!| \nax0éÄ", max_size=30))
def test_every_character_that_is_no_space_or_comment_is_kept(text: str) -> None:
    kept = "".join(token.text for token in tokens(text))
    if "--" not in text and "/*" not in text:
        assert kept.replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("a - -1", "a - -1"),
        ("- - 1", "- -1"),
        ("LOWER ( A )||'x'", "lower(a) || 'x'"),
        ("a COLLATE nocase", "a COLLATE nocase"),
        ("a is  not null", "a IS NOT NULL"),
        ("a->>'$.x'", "a ->> '$.x'"),
        ("((a, b))", "a, b"),
        ("x'AB' = 1_000", "x'ab' = 1000"),
    ],
)
def test_a_spelling_reads_as_sql(text: str, spelled: str) -> None:
    assert spell(tokens(text), frozenset("ab")) == spelled
    assert spell(tokens(spelled), frozenset("ab")) == spelled
