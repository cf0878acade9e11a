"""Expressions, defaults and types of SQLite in one spelling for each meaning."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from schema.catalog.sqlite_text import Token, closing, literal, spell, split, tokens, unwrap

__all__ = ["affinity", "spell_default", "spell_expression", "spell_type", "without_groups"]


def spell_expression(found: Sequence[Token], columns: Collection[str] | None = None) -> str:
    """An expression in one spelling, also without the parentheses that change no meaning."""
    return spell(without_groups(unwrap(found)), columns)


# -- parentheses ----------------------------------------------------------------------------------

#: How tightly what stands beside a group, or in it, binds. An edge binds nothing.
_EDGE, _OR, _AND, _OPERAND = range(4)


def without_groups(found: Sequence[Token]) -> Sequence[Token]:
    """The tokens without parentheses around whole terms of AND and OR: ``(a > 0) AND (b > 0)``.

    Careful rather than thorough: what is not known to be needless stays.
    """
    position = 0
    # BETWEEN has an AND of its own, which binds what follows it tighter.
    if _OPEN not in found or any(token.word == "BETWEEN" for token in found):
        return found
    while position < len(found):
        if found[position] == _OPEN:
            end = closing(found, position)
            if _is_needless(found, position, end):
                found = [*found[:position], *found[position + 1 : end], *found[end + 1 :]]
                continue
        position += 1
    return found


_OPEN = Token("op", "(")


def _is_needless(found: Sequence[Token], start: int, end: int) -> bool:
    left = found[start - 1] if start else None
    right = found[end + 1] if end + 1 < len(found) else None
    before, after = _binding(left, "("), _binding(right, ")")
    inside = found[start + 1 : end]
    if len(inside) == 1 and _is_operator(left, before) and _is_operator(right, after):
        return inside[0].kind != "op"
    if before is None or after is None or not inside:
        return False
    if inside[0].word in {"SELECT", "VALUES", "WITH"} or len(list(split(inside))) > 1:
        return False
    return _loosest(inside) >= max(before, after)


def _binding(token: Token | None, edge: str) -> int | None:
    """How tightly a neighbour binds; None where the parenthesis may mean something."""
    if token is None or token == ("op", edge):
        return _EDGE
    return {"OR": _OR, "AND": _AND}.get(token.word)


def _is_operator(token: Token | None, binding: int | None) -> bool:
    return binding is not None or (
        token is not None and token.kind == "op" and token.text not in {"(", ")", ",", "."}
    )


def _loosest(inside: Sequence[Token]) -> int:
    depth, loosest = 0, _OPERAND
    for token in inside:
        if token.kind == "op":
            depth += (token.text == "(") - (token.text == ")")
        elif depth == 0 and token.word in {"AND", "OR"}:
            loosest = min(loosest, _OR if token.word == "OR" else _AND)
    return loosest


# -- defaults -------------------------------------------------------------------------------------

_VALUES = {"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"}


@lru_cache(maxsize=4000)
def spell_default(text: str | None) -> str | None:
    """A default as ``pragma_table_xinfo`` gives it, in one spelling; ``NULL`` is no default.

    A bare or quoted name is a string there: https://sqlite.org/lang_createtable.html#dfltval.
    TRUE and FALSE are the integers 1 and 0: https://sqlite.org/lang_expr.html#booleanexpr.
    """
    if text is None:
        return None
    written = tokens(text)
    found = unwrap(written)
    if len(found) == 1:
        return _spell_one(found[0])
    if len(found) == 2 and found[0].text in {"+", "-"} and found[1].kind == "number":
        return _spell_number(found[1].text, negative=found[0].text == "-")
    return spell_expression(found, frozenset())


def _spell_one(token: Token) -> str | None:
    if token.kind == "number":
        return _spell_number(token.text, negative=False)
    if token.word in _VALUES:
        return {"NULL": None, "TRUE": "1", "FALSE": "0"}.get(token.word, token.word)
    if token.kind in {"word", "double", "other"}:
        return literal(token.name)
    return spell([token])


def _spell_number(text: str, *, negative: bool) -> str:
    """A number; a whole one in decimal, as hexadecimal ones are 64-bit two's complement.

    Source: https://sqlite.org/lang_expr.html#hexint.
    """
    text = text.replace("_", "").lower()
    if text.startswith("0x"):
        value = int(text, 16)
        value -= (value >> 63) << 64 if value < 1 << 64 else 0
        return str(-value if negative else value)
    if text.isdigit():
        text = text.lstrip("0") or "0"
    return f"-{text}" if negative and text != "0" else text


# -- types ----------------------------------------------------------------------------------------


@lru_cache(maxsize=4000)
def spell_type(declared: str) -> str:
    """A declared type in upper case with even spaces: ``NUMERIC(10, 2)``; empty when none."""
    text = " ".join(token.name.upper() if token.kind != "op" else token.text
                    for token in tokens(declared))  # fmt: skip
    text = text.removesuffix("GENERATED ALWAYS").rstrip()
    return text.replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(" ,", ",")


#: What a declared type's name holds, and the affinity that it gives; the first one counts.
_AFFINITIES = (
    (("INT",), "INTEGER"),
    (("CHAR", "CLOB", "TEXT"), "TEXT"),
    (("BLOB",), "BLOB"),
    (("REAL", "FLOA", "DOUB"), "REAL"),
)


@lru_cache(maxsize=4000)
def affinity(declared: str, *, strict: bool) -> str:
    """The affinity of a declared type: https://sqlite.org/datatype3.html#determination_of_column_affinity.

    A STRICT table's ANY takes values as they are, which is BLOB's affinity.
    """
    upper = declared.upper()
    if not upper or (strict and upper == "ANY"):
        return "BLOB"
    found = (name for parts, name in _AFFINITIES if any(part in upper for part in parts))
    return next(found, "NUMERIC")
