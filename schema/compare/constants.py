"""Defaults that are one constant, however it was typed."""

from __future__ import annotations

import re

from schema.compare.difference import Pair

__all__ = ["same_constant"]

#: A number, a truth value, or a string with at most one cast, in any parentheses.
_CONSTANT = re.compile(
    r"\(*(?P<value>-?\d+(?:\.\d+)?|true|false|'(?:[^']|'')*')\)*(?:::(?P<cast>[a-z ]+))?\Z"
)

_TEXTS = frozenset({"text", "character varying"})

_NUMBERS = frozenset(
    {"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"}
)

_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}\Z")


def same_constant(dialect: str, kind: str, default: Pair) -> bool:
    """Whether two defaults of a column of type ``kind`` store one value.

    ``server_default="1"`` becomes ``DEFAULT '1'``, ``server_default=text("1")`` ``DEFAULT 1``:
    PostgreSQL then writes ``'1'::numeric`` and ``1``, SQLite keeps both and stores a 1.
    """
    if not all(isinstance(side, str) for side in default):
        return False
    values = [_value(dialect, kind, str(side)) for side in default]
    return None not in values and values[0] == values[1]


def _value(dialect: str, kind: str, default: str) -> str | None:
    """The constant as text; None for what is none, or is cast to another type than the column's."""
    found = _CONSTANT.match(default)
    if found is None:
        return None
    value, cast = found["value"], found["cast"]
    is_text = value.startswith("'")
    plain = value[1:-1].replace("''", "'") if is_text else value
    if dialect == "sqlite":
        return plain if _has_affinity(kind) and (is_text or _INTEGER.match(plain)) else None
    base = re.sub(r"\(.*?\)", "", kind).strip()
    if cast is None:
        return None if is_text or base not in _NUMBERS | {"boolean"} else plain
    is_same = cast == base or {cast, base} <= _TEXTS
    return plain if is_same and is_text else None


def _has_affinity(kind: str) -> bool:
    """Whether SQLite turns text and numbers into one (https://sqlite.org/datatype3.html, 3.1)."""
    return bool(kind) and "BLOB" not in kind and kind != "ANY"
