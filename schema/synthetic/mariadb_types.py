"""From a MariaDB column's type to a source of values that it takes."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from decimal import Decimal

from schema.synthetic import sources
from schema.synthetic.sources import NoValuesError, Source
from schema.synthetic.texts import pool, usual_numbers
from schema.synthetic.wanted import Wanted, wanted_dates, wanted_texts

__all__ = ["BITS", "mariadb_source", "members"]

#: How many bits a whole number has, without its sign.
BITS = {"tinyint": 7, "smallint": 15, "mediumint": 23, "int": 31, "bigint": 63}

_TYPE = re.compile(r"(?P<name>\w+)(?:\((?P<arguments>.*)\))?(?P<rest>.*)", re.DOTALL)
_MEMBER = re.compile(r"'((?:[^']|'')*)'")
#: Characters that fit in any character set; a TEXT's limit is in bytes.
_TEXTS = {"tinytext": 63, "text": 16_000, "mediumtext": None, "longtext": None}
_BYTES = {"tinyblob": 255, "blob": None, "mediumblob": None, "longblob": None}


def members(type_name: str) -> list[str]:
    """The values of an ENUM, or those that a SET is made of."""
    return [found.replace("''", "'") for found in _MEMBER.findall(type_name)]


def mariadb_source(type_name: str, wanted: Wanted) -> Source:
    """Where values of a type come from.

    Raises NoValuesError. Source of the types: https://mariadb.com/kb/en/data-types/
    """
    found = _TYPE.fullmatch(type_name.lower())
    name = found["name"] if found else type_name
    numbers = [int(each) for each in re.findall(r"\d+", (found and found["arguments"]) or "")]
    first = numbers[0] if numbers else None
    usual = usual_numbers(wanted.name)
    if name in {"enum", "set"}:
        return sources.chosen(members(type_name))
    if (name, first) == ("tinyint", 1):
        return Source([0, 1].__getitem__, 2, range(2), parse=Decimal)
    if name in BITS:
        signed = "unsigned" not in type_name.lower()
        most = 2 ** (BITS[name] + (not signed)) - 1
        return sources.integers(-most - 1 if signed else 0, most, usual)
    if name == "decimal":
        scale = numbers[1] if len(numbers) > 1 else 0
        return sources.numbers(first or 10, scale, usual, str)
    if name in {"char", "varchar", *_TEXTS}:
        if wanted.hint.is_json:
            return sources.documents(pool("word", wanted.seed))
        return wanted_texts(wanted, _TEXTS.get(name, first or 1))
    if name in {"binary", "varbinary", *_BYTES}:
        most_bytes = _BYTES.get(name, first or 1)
        width = int(wanted.width or 16)
        return sources.blobs(bytes, width if most_bytes is None else min(width, most_bytes))
    return _other(name, first, wanted)


def _other(name: str, first: int | None, wanted: Wanted) -> Source:
    usual = usual_numbers(wanted.name)
    if name in {"float", "double"}:
        return sources.floats(usual if name == "double" else range(1, 1000))
    if name == "bit":
        return sources.integers(0, 2 ** (first or 1) - 1, range(min(2 ** (first or 1), 1000)))
    if name == "year":
        return sources.integers(1970, 2069, range(1990, 2025))
    if name == "date":
        return wanted_dates(wanted)
    if name in {"datetime", "timestamp"}:
        return sources.moments("")
    if name == "time":
        return sources.times("")
    if name == "json":
        return sources.documents(pool("word", wanted.seed))
    if name == "uuid":
        return sources.guids(f"{wanted.seed} {wanted.table}.{wanted.name}")
    if name in {"inet4", "inet6"}:
        return sources.numbered(lambda n: f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
                                if name == "inet4" else f"fd00::{n >> 16:x}:{n & 0xFFFF:x}",
                                2**24, 100_000)  # fmt: skip
    if name in _SHAPES:
        return sources.numbered(_SHAPES[name], None, 100_000)
    raise NoValuesError(f"values of the type {name} can't be made up")


# -- shapes, as the server keeps them: a number of their place on earth, and WKB -------------------


def _point(number: int) -> bytes:
    return struct.pack("<IBIdd", 0, 1, 1, number % 1800 / 10, number // 1800 % 900 / 10)


def _line(number: int) -> bytes:
    return struct.pack("<IBIIdddd", 0, 1, 2, 2, number, 0, number + 1, 1)


def _polygon(number: int) -> bytes:
    at = float(number)
    return struct.pack("<IBIII8d", 0, 1, 3, 1, 4, at, 0, at + 1, 0, at + 1, 1, at, 0)


_SHAPES: dict[str, Callable[[int], bytes]] = {
    "point": _point, "geometry": _point, "linestring": _line, "polygon": _polygon,
}  # fmt: skip
