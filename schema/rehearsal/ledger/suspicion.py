"""What figures alone say of a column whose values changed: which kind of loss it looks like."""

from __future__ import annotations

import re

from schema.rehearsal.ledger.figures import Column

__all__ = ["narrowed", "suspicion"]

_NUMBERS = re.compile(r"\(\s*(\d+)(?:\s*,\s*(\d+))?\s*\)")
_FLOATS = {"double precision": 53, "real": 24}


def suspicion(old: Column, new: Column) -> tuple[str | None, str]:
    """The kind of loss that figures show, and the words; None for a change that need be none.

    Both columns have as many values, which are not the same.
    """
    kind = narrowed(old, new)
    if kind is not None and old.form == new.form:
        return kind, f"values {kind}, as {old.type} became {new.type}"
    fewer = _fewer(old, new)
    if fewer is not None and fewer[1] == 1 and fewer[0] > 1:
        return "values", f"all {fewer[0]:,} different values became one"
    if _are_unlike(old, new):
        if fewer is not None:
            return "cast", f"{fewer[0]:,} different values became {fewer[1]:,}{_retyped(old, new)}"
        return None, f"cast, and not compared by value{_retyped(old, new)}"
    told = "values changed"
    if fewer is not None:
        told += f": {fewer[0]:,} different ones became {fewer[1]:,}"
    if old.octets is not None and new.octets is not None and new.octets < old.octets:
        told += f"; their text is shorter, {old.octets:,} → {new.octets:,} bytes"
    return None, told


def narrowed(old: Column, new: Column) -> str | None:
    """The kind of loss that a narrower type causes; None when the new type holds as much."""
    if old.type == new.type:
        return None
    first, second = _arguments(old.type), _arguments(new.type)
    if old.form in {"text", "sqlite"} and _is_text(old) and _is_text(new):
        shorter = second is not None and (first is None or second[0] < first[0])
        return "truncated" if shorter and (old.longest or 0) > (new.longest or 0) else None
    if old.form == new.form == "numeric" and second is not None:
        return "rounded" if first is None or second[1] < first[1] else None
    if old.form == new.form == "timestamp" and second is not None:
        return "rounded" if second[0] < (first[0] if first else 6) else None
    if old.form == new.form == "float":
        return "rounded" if _FLOATS.get(new.type, 53) < _FLOATS.get(old.type, 53) else None
    return None


def _is_text(column: Column) -> bool:
    if column.form == "sqlite":
        return set(column.stored) <= {"text"}
    return column.form == "text"


def _are_unlike(old: Column, new: Column) -> bool:
    """Whether the values are of another sort than before, so that they cannot have stayed."""
    if old.form != new.form:
        return True
    return bool(old.stored) and set(old.stored) != set(new.stored)


def _fewer(old: Column, new: Column) -> tuple[int, int] | None:
    if not (old.distinct_is_exact and new.distinct_is_exact):
        return None
    if old.distinct is None or new.distinct is None or new.distinct >= old.distinct:
        return None
    return old.distinct, new.distinct


def _retyped(old: Column, new: Column) -> str:
    return f", as {old.type} became {new.type}" if old.type != new.type else ""


def _arguments(told: str) -> tuple[int, int] | None:
    """The numbers in a type's brackets: (12, 2), or a length and 0."""
    found = _NUMBERS.search(told)
    return None if found is None else (int(found[1]), int(found[2] or 0))
