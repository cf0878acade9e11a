"""From a column's type to a source of values that it takes, in the form the database reads."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from schema.catalog import Catalog, SchemaObject
from schema.catalog.sqlite_text import tokens
from schema.synthetic import sources
from schema.synthetic.conditions import ANYTHING, Hint, alternatives
from schema.synthetic.mariadb_types import mariadb_source
from schema.synthetic.sources import NoValuesError, Source
from schema.synthetic.tables import table_label
from schema.synthetic.texts import pool, usual_numbers
from schema.synthetic.wanted import Wanted, wanted_dates, wanted_texts

__all__ = ["Types"]

_TYPE = re.compile(
    r"(?P<name>[^(\[]*)(?:\((?P<arguments>[^)]*)\))?(?P<rest>[^\[]*)(?P<dims>(\[\])*)"
)

_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63, "oid": 31, "xid": 31}
_RANGES = {"int4": "integer", "int8": "bigint", "num": "numeric", "date": "date",
           "ts": "timestamp without time zone", "tstz": "timestamp with time zone"}  # fmt: skip


@dataclass
class Types:
    """The types of one database: its own, and those that its catalog tells of."""

    dialect: str
    enums: Mapping[str, SchemaObject] = field(default_factory=dict)
    domains: Mapping[str, SchemaObject] = field(default_factory=dict)
    composites: Mapping[str, SchemaObject] = field(default_factory=dict)
    ranges: Mapping[str, SchemaObject] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog) -> Types:
        def named(kind: str) -> dict[str, SchemaObject]:
            return {
                table_label(item.schema_name, item.name): item for item in catalog.of_kind(kind)
            }

        return cls(catalog.dialect, named("enum"), named("domain"), named("composite type"),
                   named("range type"))  # fmt: skip

    def is_not_null(self, type_name: str) -> bool:
        """Whether a column's type itself forbids NULL: a domain may."""
        domain = self.domains.get(_plain(type_name))
        return domain is not None and (
            not domain.properties.get("nullable")
            or self.is_not_null(str(domain.properties["type"]))
        )

    def base(self, type_name: str) -> str:
        """The type that a domain stands on; any other type is its own."""
        domain = self.domains.get(_plain(type_name))
        return self.base(str(domain.properties["type"])) if domain is not None else type_name

    def source(self, type_name: str, wanted: Wanted, affinity: str | None = None) -> Source:
        """Where values of a type come from. Raises NoValuesError."""
        if self.dialect == "sqlite":
            found = _sqlite(type_name, affinity, wanted)
        elif self.dialect == "mariadb":
            found = mariadb_source(type_name, wanted)
        else:
            found = self._postgresql(type_name, wanted)
        return _restricted(found, wanted)

    # -- PostgreSQL

    def _postgresql(self, type_name: str, wanted: Wanted) -> Source:
        plain = _plain(type_name)
        if plain.endswith("[]"):
            return self._array(type_name.rstrip("[]"), wanted)
        if plain in self.enums:
            labels = self.enums[plain].properties.get("labels")
            return sources.chosen([str(label) for label in labels or ()])  # type: ignore[union-attr]
        if plain in self.domains:
            return self._domain(self.domains[plain], wanted)
        if plain in self.composites:
            return self._composite(self.composites[plain], wanted)
        if plain in self.ranges:
            subtype = str(self.ranges[plain].properties["subtype"])
            return self._range(subtype, wanted, multiple=False)
        if found := re.fullmatch(r"(\w+?)(multi)?range", plain):
            named = self.ranges.get(f"{found[1]}range")
            subtype = str(named.properties["subtype"]) if named else _RANGES.get(found[1], "")
            if subtype:
                return self._range(subtype, wanted, multiple=bool(found[2]))
        return _plain_postgresql(type_name, wanted)

    def _domain(self, domain: SchemaObject, wanted: Wanted) -> Source:
        hint = wanted.hint
        checks = domain.properties.get("checks") or ()
        for text in checks if isinstance(checks, tuple) else ():
            inner = re.search(r"CHECK \((.*)\)", str(text), re.S)
            ways = alternatives(inner[1], {"value": "VALUE"}, str.lower) if inner else []
            for way in ways:
                both = hint & way.hints.get("VALUE", ANYTHING)
                if both is not None:
                    hint = both
                    break
        return self.source(str(domain.properties["type"]), replace(wanted, hint=hint))

    def _array(self, element: str, wanted: Wanted) -> Source:
        each = self.source(element, replace(wanted, hint=ANYTHING, width=None, distinct=None))

        def form(number: int) -> str:
            size = each.size or 1_000_000
            digits = [number % size]
            while number >= size > 1:
                number //= size
                digits.append(number % size)
            return "{" + ",".join(_quoted_element(each.nth(digit)) for digit in digits) + "}"

        return sources.numbered(form, None if (each.size or 2) > 1 else 1)

    def _composite(self, item: SchemaObject, wanted: Wanted) -> Source:
        attributes = item.properties.get("attributes") or ()
        parts = []
        for text in attributes if isinstance(attributes, tuple) else ():
            name, _, kind = str(text).partition(" ")
            parts.append(self.source(kind, Wanted(name, wanted.table, wanted.seed)))

        def form(number: int) -> str:
            values = [part.nth(number % (part.size or 1_000_000_000)) for part in parts]
            return "(" + ",".join(_quoted_element(value) for value in values) + ")"

        size = None if any(p.size is None for p in parts) else max((p.size or 1) for p in parts)
        return sources.numbered(form, size)

    def _range(self, subtype: str, wanted: Wanted, *, multiple: bool) -> Source:
        ends = self.source(subtype, replace(wanted, hint=ANYTHING, width=None, distinct=None))
        step = {"date": 3, "integer": 10, "bigint": 10}.get(_plain(subtype), 3600)

        def form(number: int) -> str:
            # No two of them overlap, so an exclusion constraint allows them all.
            text = f"[{ends.nth(number * step)},{ends.nth(number * step + step)})"
            return text.join("{}") if multiple else text

        return sources.numbered(form, None if ends.size is None else ends.size // step - 1)


def _plain(type_name: str) -> str:
    """A type's name without quotes, and without its arguments."""
    parts = [token.name for token in tokens(type_name)] if '"' in type_name else [type_name]
    found = _TYPE.fullmatch("".join(parts))
    if found is None:
        return type_name
    return " ".join((found["name"].strip() + " " + found["rest"].strip()).split()) + found["dims"]


def _arguments(type_name: str) -> list[int]:
    found = _TYPE.fullmatch(type_name)
    return [int(each) for each in re.findall(r"-?\d+", (found and found["arguments"]) or "")]


def _quoted_element(value: object) -> str:
    text = str(value)
    if re.fullmatch(r"[\w.:@-]+", text) and text.upper() != "NULL":
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain_postgresql(type_name: str, wanted: Wanted) -> Source:
    plain, arguments = _plain(type_name), _arguments(type_name)
    first = arguments[0] if arguments else None
    usual = usual_numbers(wanted.name)
    if plain in _INTEGERS:
        most = 2 ** _INTEGERS[plain] - 1
        return sources.integers(0 if plain in {"oid", "xid"} else -most - 1, most, usual)
    if plain == "numeric":
        scale = arguments[1] if len(arguments) > 1 else (0 if arguments else 2)
        return sources.numbers(first, scale, usual, str)
    if plain in {"text", "citext", "character varying", "character", "name", '"char"', "char"}:
        if wanted.hint.is_json:
            return sources.documents(pool("word", wanted.seed))
        longest = {"name": 63, '"char"': 1, "char": 1}.get(plain, first)
        longest = 1 if plain == "character" and longest is None else longest
        return wanted_texts(wanted, longest)
    if plain.startswith("timestamp"):
        return sources.moments("+00" if plain.endswith("with time zone") else "")
    if plain.startswith("time"):
        return sources.times("+00" if plain.endswith("with time zone") else "")
    if plain == "bit":
        return sources.bits(first or 1)
    if plain == "bit varying":
        return sources.bits(min(first or 32, 64))
    if plain == "vector":
        return sources.numbered(lambda n: f"[{','.join([str(n), *'0' * ((first or 3) - 1)])}]")
    return _other(plain, type_name, wanted)


#: Of types that are alike in all columns: the value's text by its number, and how many there are.
_BY_NUMBER: dict[str, tuple[Callable[[int], str], int | None]] = {
    "interval": (lambda n: f"{n} seconds", None),
    "inet": (lambda n: _address(n), 2**24),
    "cidr": (lambda n: _address(n * 256) + "/24", 2**16),
    "macaddr": (lambda n: _hardware(n, 6), 2**24),
    "macaddr8": (lambda n: _hardware(n, 8), 2**24),
    "point": (lambda n: f"({n},{n % 90})", None),
    "line": (lambda n: f"{{1,-1,{n}}}", None),
    "lseg": (lambda n: f"[({n},0),({n + 1},1)]", None),
    "box": (lambda n: f"({n * 3 + 1},1),({n * 3},0)", None),
    "path": (lambda n: f"[({n},0),({n + 1},1),({n + 2},0)]", None),
    "polygon": (lambda n: f"(({n * 3},0),({n * 3 + 1},1),({n * 3 + 1},0))", None),
    "circle": (lambda n: f"<({n * 3},0),1>", None),
    "tsvector": (lambda n: f"'text':2 'word{n}':1", None),
    "tsquery": (lambda n: f"'word{n}'", None),
    "xml": (lambda n: f'<item id="{n}"/>', None),
    "hstore": (lambda n: f'"id"=>"{n}"', None),
    "ltree": (lambda n: f"top.n{n}", None),
    "pg_lsn": (lambda n: f"0/{n:X}", 2**31),
}


def _other(plain: str, type_name: str, wanted: Wanted) -> Source:
    if plain == "boolean":
        return sources.chosen(["t", "f"])
    if plain in {"real", "double precision"}:
        return sources.floats(usual_numbers(wanted.name) if plain != "real" else range(1, 1000))
    if plain == "money":
        return sources.numbers(15, 2, range(1, 1000), str)
    if plain == "date":
        return wanted_dates(wanted)
    if plain == "uuid":
        return sources.guids(f"{wanted.seed} {wanted.table}.{wanted.name}")
    if plain in {"json", "jsonb"}:
        return sources.documents(pool("word", wanted.seed))
    if plain == "bytea":
        return sources.blobs(lambda data: "\\x" + data.hex(), int(wanted.width or 16))
    known = _BY_NUMBER.get("interval" if plain.startswith("interval") else plain)
    if known is None:
        raise NoValuesError(f"values of the type {type_name} can't be made up")
    return sources.numbered(*known, 100_000)


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _hardware(number: int, parts: int) -> str:
    return ":".join(
        f"{byte:02x}" for byte in (0x0200 << 8 * (parts - 2) | number).to_bytes(parts, "big")
    )


# -- SQLite -----------------------------------------------------------------------------------


def _sqlite(type_name: str, affinity: str | None, wanted: Wanted) -> Source:
    """By the declared type's words, which SQLite itself hardly heeds; else by its affinity."""
    upper, arguments = type_name.upper(), _arguments(type_name)
    first = arguments[0] if arguments else None
    usual = usual_numbers(wanted.name)
    if "BOOL" in upper:
        return Source([0, 1].__getitem__, 2, range(2), parse=Decimal)
    if "DATETIME" in upper or "TIMESTAMP" in upper:
        return sources.moments(".000000")
    if upper == "DATE":
        return wanted_dates(wanted)
    if upper == "TIME":
        return sources.times(".000000")
    if "JSON" in upper or wanted.hint.is_json:
        return sources.documents(pool("word", wanted.seed))
    seed = f"{wanted.seed} {wanted.table}.{wanted.name}"
    if "UUID" in upper or "GUID" in upper:
        return sources.guids(seed)
    if upper == "CHAR(32)":
        return sources.guids(seed, lambda value: value.hex)
    if upper == "CHAR(36)":
        return sources.guids(seed, lambda value: str(uuid.UUID(int=value.int)))
    if affinity == "INTEGER" or "YEAR" in upper:
        bits = 7 if "TINY" in upper else 15 if "SMALL" in upper or "INT2" in upper else 63
        return sources.integers(-(2**bits), 2**bits - 1, usual)
    if affinity == "TEXT":
        return wanted_texts(wanted, first)
    if affinity == "REAL":
        return sources.floats(usual)
    if affinity == "BLOB" and upper and upper != "ANY":
        return sources.blobs(bytes, int(wanted.width or 16))
    if affinity == "BLOB":
        return wanted_texts(wanted, None)
    scale = arguments[1] if len(arguments) > 1 else (0 if arguments else 2)
    return sources.numbers(
        first, scale, usual, lambda text: float(text) if scale > 0 else int(text)
    )


# -- what checks and distributions ask for ----------------------------------------------------


def _restricted(found: Source, wanted: Wanted) -> Source:
    """The source with the hint's constants and bounds, as far as they are values of the type."""
    hint = wanted.hint
    if hint.values is not None:
        return sources.chosen([_constant(each, found) for each in hint.values])
    if found.parse is not None:
        lows = [
            number
            for bound in hint.lows
            if (number := _bound(found, bound.text, 1, bound.open)) is not None
        ]
        highs = [
            number
            for bound in hint.highs
            if (number := _bound(found, bound.text, -1, bound.open)) is not None
        ]
        if lows or highs:
            found = found.between(max(lows, default=None), min(highs, default=None))
        if wanted.distinct is not None and len(found.usual) != wanted.distinct:
            stop = found.usual.start + max(1, wanted.distinct)
            most = stop if found.size is None else found.lowest + found.size
            usual = range(found.usual.start, min(stop, most))
            found = replace(found, usual=usual, _kept=None) if len(usual) else found
    elif hint.lows or hint.highs:
        found = _texts_between(found, hint)
    return found


def _bound(found: Source, text: str, direction: int, is_open: bool) -> Decimal | None:
    if found.parse is None:
        return None
    try:
        number = Decimal(found.parse(text))
    except (NoValuesError, ArithmeticError, ValueError):
        return None
    whole = number == number.to_integral_value()
    return number + direction if is_open and whole else number


def _constant(text: str, found: Source) -> Any:  # noqa: ANN401
    """A check's constant as a value: a number where the column's own values are numbers."""
    example = found.nth(0) if found.random is None else ""
    if isinstance(example, int | float) and not isinstance(example, bool):
        lowered = {"true": "1", "false": "0"}.get(text.lower(), text)
        try:
            value = Decimal(lowered)
        except ArithmeticError:
            return text
        return int(value) if value == value.to_integral_value() else float(value)
    return text


def _texts_between(found: Source, hint: Hint) -> Source:
    """Texts that begin with the lower bound, where there is one."""
    low = max((bound.text for bound in hint.lows), default="")
    form = found.form
    if not low or found.random is not None:
        return found
    return replace(found, form=lambda number: f"{low}{form(number)}", _kept=None)
