"""What PostgreSQL loses, or refuses, when a column gets another type."""

from __future__ import annotations

import re

__all__ = ["base", "loss", "using"]

_INTEGERS = ("smallint", "integer", "bigint")
_TEXTS = frozenset({"text", "character varying", "character", "citext", "name"})
_TIMES = frozenset(
    f"{kind} {zone} time zone" for kind in ("timestamp", "time") for zone in ("with", "without")
)
#: Types with a cast from each to each.
_FAMILIES = (
    frozenset({*_INTEGERS, "numeric", "real", "double precision", "money"}),
    _TIMES | {"date"}, frozenset({"integer", "boolean"}), frozenset({"json", "jsonb"}),
    frozenset({"inet", "cidr"}), frozenset({"bit", "bit varying", "integer", "bigint"}),
)  # fmt: skip
_MODIFIERS = re.compile(r"\(([\d, ]+)\)")

#: Conversions in which no value changes, beside those to text.
_WIDER = frozenset(
    {("real", "double precision"), ("date", "timestamp without time zone"), ("json", "jsonb"),
     ("cidr", "inet"), *((each, "numeric") for each in _INTEGERS)}
)  # fmt: skip


def base(name: str) -> str:
    """``character varying(5)[]`` gives ``character varying[]``."""
    return _MODIFIERS.sub("", name)


def _modifiers(name: str) -> tuple[int, ...]:
    found = _MODIFIERS.search(name)
    return tuple(int(each) for each in found[1].split(",")) if found else ()


def using(name: str, before: str, after: str) -> str | None:
    """The expression that converts a column, given by its quoted name; None when none is needed.

    Between texts none is: a cast would cut what is too long, where the server by itself refuses.
    What PostgreSQL has no cast for goes by way of text.
    """
    old, new = base(before), base(after)
    if old == new or {old, new} <= _TEXTS:
        return None
    was_array, is_array = old.endswith("[]"), new.endswith("[]")
    if is_array and not was_array and old not in _TEXTS:
        return f"ARRAY[{name}]::{after}"
    elements = {old.removesuffix("[]"), new.removesuffix("[]")}
    is_cast = {old, new} & _TEXTS or (
        was_array == is_array
        and (elements & _TEXTS or any(elements <= family for family in _FAMILIES))
    )
    through = "" if is_cast else "::text[]" if is_array else "::text"
    return f"{name}{through}::{after}"


def loss(before: str, after: str) -> str | None:
    """What can be lost, in words; None when every value stays what it is."""
    old, new = base(before), base(after)
    if old == new:
        return _narrower(before, after, old)
    if new in _TEXTS:
        return None if not _modifiers(after) and new != "name" else (
            f"fails where a value is longer than {after}, or cuts it")  # fmt: skip
    if old in _INTEGERS and new in _INTEGERS:
        is_wider = _INTEGERS.index(new) > _INTEGERS.index(old)
        return None if is_wider else f"fails where a value does not fit into {new}"
    if (old, new) in _WIDER and not _modifiers(after):
        return None
    return f"fails, or changes the value, where one does not fit into {after}"


def _narrower(before: str, after: str, kind: str) -> str | None:
    old, new = _modifiers(before), _modifiers(after)
    if not new or old == new:
        return None
    if kind.startswith("numeric") and old:
        digits = [each[0] - (each[1] if len(each) > 1 else 0) for each in (old, new)]
        scales = [each[1] if len(each) > 1 else 0 for each in (old, new)]
        if scales[1] < scales[0]:
            return f"rounds to {scales[1]} digits after the point"
        return None if digits[1] >= digits[0] else "fails where a value has more digits"
    if old and new[0] >= old[0]:
        return None
    if kind.startswith(("time", "interval")):
        return f"rounds to {new[0]} digits of a second"
    return f"fails where a value is longer than {new[0]}; blanks at its end are cut"
