"""Types of columns: what PostgreSQL can change without writing a table anew, and what holds less.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES, and the
release notes of 9.1, 9.2 and 12, which name the cases.
"""

from __future__ import annotations

import re

__all__ = ["is_narrower", "needs_rewrite", "normal"]

_SAME = {
    "character varying": "varchar", "character": "char", "bpchar": "char", "int": "integer",
    "int4": "integer", "int8": "bigint", "int2": "smallint", "decimal": "numeric",
    "float8": "double precision", "float4": "real", "bool": "boolean", "bit varying": "varbit",
    "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
    "time without time zone": "time", "time with time zone": "timetz", "double": "double precision",
}  # fmt: skip
_FORM = re.compile(r"([a-z_ ]+?)\s*(?:\(([\d, ]+)\))?((?: with(?:out)? time zone)?)\s*", re.I)
_WHOLE = ("tinyint", "smallint", "mediumint", "integer", "bigint")
_TEXTS = {"varchar", "text", "char", "string", "citext"}


def normal(type_name: str) -> tuple[str, tuple[int, ...]]:
    """A type's one name and its numbers: ``("numeric", (10, 2))``."""
    text = type_name.lower().replace('"', "").replace("pg_catalog.", "").strip()
    found = _FORM.fullmatch(text)
    if found is None:
        return text, ()
    name = f"{found[1]}{found[3]}".strip()
    numbers = tuple(int(each) for each in (found[2] or "").replace(" ", "").split(",") if each)
    return _SAME.get(name, name), numbers


def needs_rewrite(old: str | None, new: str, using: str | None, column: str) -> bool:
    """Whether PostgreSQL writes a table anew for it; True as well when the old type is not known.

    ``using`` is the expression that makes the new value, None for the type's own cast.
    """
    plain = re.sub(r'[\s"]', "", using or "")
    if using and plain != column and not plain.startswith(f"{column}::"):
        return True
    if old is None:
        return normal(new)[0] not in {"text", "varchar"} or bool(normal(new)[1])
    (before, had), (after, has) = normal(old), normal(new)
    if (before, had) == (after, has):
        return False
    if after in {"text", "varchar"} and before in {"text", "varchar"}:
        return bool(has) and (not had or before == "text" or has[0] < had[0])
    if before == after == "numeric":
        return bool(has) and not (had and _scale(had) == _scale(has) and has[0] >= had[0])
    if before == after and before in {"varbit", "timestamp", "timestamptz", "time", "interval"}:
        return bool(has) and (not had or has[0] < had[0])
    return (before, after) not in {("cidr", "inet"), ("xml", "text"), ("citext", "text")}


def _scale(numbers: tuple[int, ...]) -> int:
    return numbers[1] if len(numbers) > 1 else 0


def is_narrower(old: str, new: str) -> bool:
    """Whether some values of the old type do not fit into the new one as they are."""
    (before, had), (after, has) = normal(old), normal(new)
    if before in _WHOLE and after in _WHOLE:
        return _WHOLE.index(after) < _WHOLE.index(before)
    if before in _TEXTS and after in _TEXTS:
        return bool(has) and (not had or has[0] < had[0])
    if before == after == "numeric":
        if not has:
            return False
        return not had or _scale(has) < _scale(had) or (has[0] - _scale(has) < had[0] - _scale(had))
    if before == after:
        return bool(has) and bool(had) and has[0] < had[0]
    return after in _LESS.get(before, ())


#: For each type, those that hold less of it.
_LESS = {
    "double precision": ("real", "numeric", *_WHOLE),
    "real": _WHOLE,
    "float": ("real", *_WHOLE),
    "numeric": ("double precision", "real", *_WHOLE),
    "bigint": ("real", "double precision"),
    "integer": ("real", "boolean"),
    "timestamptz": ("timestamp", "date", "time"),
    "timestamp": ("date", "time"),
    "datetime": ("date", "time"),
    "text": _WHOLE,
    "varchar": _WHOLE,
    "json": ("jsonb",),
}
