"""What MariaDB loses, or refuses, when a table is altered.

In strict mode, which is the server's default, a value that does not fit is an error; without it, it
is cut or replaced. Source: https://mariadb.com/kb/en/sql-mode/#strict-mode
"""

from __future__ import annotations

import re

from schema.catalog.objects import SchemaObject

__all__ = ["loss", "risk"]

_INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}
_TEXTS = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215, "longtext": 4_294_967_295,
          "tinyblob": 255, "blob": 65_535, "mediumblob": 16_777_215, "longblob": 4_294_967_295,
          "json": 4_294_967_295}  # fmt: skip
_SIZED = frozenset({"char", "varchar", "binary", "varbinary"})
_TYPE = re.compile(r"(?P<base>\w+)(?:\((?P<inside>.*)\))?(?P<rest>.*)\Z", re.DOTALL)
_LABEL = re.compile(r"'(?:[^']|'')*'")

#: Character sets that hold every character.
_WHOLE = frozenset({"utf8mb4", "utf16", "utf32", "utf16le"})


def loss(before: SchemaObject, after: SchemaObject) -> str | None:
    """What of a column's values can be lost, in words; None when each stays what it is."""
    old, new = str(before.properties["type"]), str(after.properties["type"])
    if old == new or _is_wider(old, new):
        return None
    return (
        f"Where a value of {after.name} does not fit into {new}, it fails, "
        "or cuts it if the mode is not strict."
    )


def _is_wider(old: str, new: str) -> bool:
    before, after = _TYPE.match(old), _TYPE.match(new)
    if before is None or after is None:
        return False
    one, two = before["base"], after["base"]
    if one in _INTEGERS and two in _INTEGERS:
        return _is_wider_integer(one, before["rest"], two, after["rest"])
    if one == two and one in {"enum", "set"}:
        labels = [_LABEL.findall(found["inside"] or "") for found in (before, after)]
        return set(labels[0]) <= set(labels[1])
    if (
        one in {"json", "uuid", "inet4", "inet6", "enum", "set", "date", "year"}
        and two == "longtext"
    ):
        return True
    sizes = _size(before), _size(after)
    if None not in sizes and _is_binary(one) == _is_binary(two):
        return sizes[0] <= sizes[1]  # type: ignore[operator]
    if one == two == "decimal":
        (digits, scale), (more, finer) = _digits(before["inside"]), _digits(after["inside"])
        return finer >= scale and more - finer >= digits - scale and before["rest"] == after["rest"]
    if one == two and one in {"datetime", "timestamp", "time"}:
        return int(before["inside"] or 0) <= int(after["inside"] or 0)
    return (one, two) in {("float", "double"), ("date", "datetime"), ("int", "double")}


def _is_wider_integer(one: str, signed: str, two: str, later: str) -> bool:
    was, becomes = "unsigned" in signed, "unsigned" in later
    if was == becomes:
        return _INTEGERS[two] >= _INTEGERS[one]
    return was and _INTEGERS[two] > _INTEGERS[one]


def _size(found: re.Match[str]) -> int | None:
    if found["base"] in _SIZED and (found["inside"] or "").isdigit():
        return int(found["inside"])
    return _TEXTS.get(found["base"])


def _is_binary(base: str) -> bool:
    return base.endswith(("blob", "binary"))


def _digits(inside: str | None) -> tuple[int, int]:
    digits, _, scale = (inside or "10,0").partition(",")
    return int(digits), int(scale or 0)


def charset_loss(before: str | None, after: str | None) -> str | None:
    """What can get lost with another collation; both are of texts."""
    sets = [(each or "").partition("_")[0] for each in (before, after)]
    if sets[0] == sets[1] or sets[1] in _WHOLE or not all(sets):
        return None
    return f"Characters that {sets[1]} does not have fail, or become '?' if the mode is not strict."


def risk(item: SchemaObject) -> str | None:
    """On which rows a new object fails."""
    return {
        "primary key": "Fails where a value is NULL or occurs twice.",
        "unique": "Fails where values occur twice.",
        "foreign key": "Fails where a row refers to none.",
        "check": "Fails where a row breaks the check.",
    }.get(item.kind)
