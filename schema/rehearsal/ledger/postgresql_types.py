"""How values of PostgreSQL's types are hashed, ordered and measured."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLUMNS", "Kind", "Typed", "kind_of"]

# A domain is what it is made of. Columns of a partition are in none of its own.
COLUMNS = """
WITH RECURSIVE base AS (
    SELECT oid AS type, oid AS base FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT base.type, t.typbasetype FROM base JOIN pg_type t ON t.oid = base.base
    WHERE t.typtype = 'd'
)
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN bn.nspname = 'pg_catalog' THEN b.typname ELSE '' END, b.typtype = 'e'
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN (SELECT base.type, base.base FROM base JOIN pg_type u ON u.oid = base.base
           WHERE u.typtype <> 'd') d ON d.type = t.oid
JOIN pg_type b ON b.oid = coalesce(d.base, t.oid) JOIN pg_namespace bn ON bn.oid = b.typnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY c.oid, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type's values are read by: SQL with a column's name in the braces.

    Types of one ``form`` hash equal values alike. ``ordered`` is what ``min`` and ``max`` take,
    None for a type without an order; ``octets`` the length in bytes, None for one without.
    """

    form: str
    hashed: str
    ordered: str | None = None
    octets: str | None = None


_INTEGER = Kind("integer", "hashint8extended({}::int8, 0)", "{}")
_FLOAT = Kind("float", "hashfloat8extended({}::float8, 0)", "{}")
# Of numeric the scale does not count: 1.50 is 1.5.
_NUMERIC = Kind("numeric", "hash_numeric_extended({}, 0)", "{}")
# At UTC, which the session is set to, a time with a zone is what it is without one.
_TIMESTAMP = Kind("timestamp", "timestamp_hash_extended({}::timestamp, 0)", "{}")
_HASHED_TEXT = 'hashtextextended({}::text COLLATE "C", 0)'
_TEXT = Kind("text", _HASHED_TEXT, '{}::text COLLATE "C"', "octet_length({}::text)")

# What has no hash function of its own, or one that takes for equal what is not (an interval of a
# day for 24 hours), goes by its text.
_KINDS = {
    "int2": _INTEGER,
    "int4": _INTEGER,
    "int8": _INTEGER,
    "bool": Kind("integer", "hashint8extended({}::int4::int8, 0)", "{}::int4"),
    "float4": _FLOAT,
    "float8": _FLOAT,
    "numeric": _NUMERIC,
    "timestamp": _TIMESTAMP,
    "timestamptz": Kind("timestamp", _TIMESTAMP.hashed, "{}"),
    "date": Kind("date", _HASHED_TEXT, "{}"),
    "time": Kind("time", "time_hash_extended({}, 0)", "{}"),
    "interval": Kind("interval", _HASHED_TEXT, "{}"),
    "bytea": Kind("bytes", _HASHED_TEXT, None, "octet_length({})"),
    "text": _TEXT,
    "varchar": _TEXT,
    "bpchar": _TEXT,
    "name": _TEXT,
    "uuid": _TEXT,
}
_OTHER = Kind("text", _HASHED_TEXT, None, "octet_length({}::text)")


def kind_of(base: str, *, is_enum: bool = False) -> Kind:
    """The kind of a type by the name of what it is made of; any type has a text."""
    return _TEXT if is_enum else _KINDS.get(base, _OTHER)


@dataclass(frozen=True, slots=True)
class Typed:
    """A column: its name, its type as the server writes it, and what that is made of.

    ``base`` is empty for a type that is none of the server's own.
    """

    name: str
    type: str
    base: str
    is_enum: bool

    @property
    def kind(self) -> Kind:
        return kind_of(self.base, is_enum=self.is_enum)
