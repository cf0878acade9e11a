"""The ledger of a MariaDB database: the server sums up each table in one query.

A value's hash is the first half of its MD5 as a number, so it is the same on every server.
"""

# ruff: noqa: S608 -- names are quoted by the dialect, no value comes from outside

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import Catalog, SchemaObject
from schema.catalog.mariadb_errors import error_words
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.reading import cascades
from schema.rehearsal.ledger.rows import quoted, table_label
from schema.rehearsal.ledger.words import LONGEST, cut

__all__ = ["SETTINGS", "TEXTS", "Reader"]

#: Our own copy: counting may take as long as it takes. A time with a zone is told at UTC.
SETTINGS = "SET SESSION max_statement_time = 0, time_zone = '+00:00'"

_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, NUMERIC_SCALE, CHARACTER_SET_NAME
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
ORDER BY TABLE_NAME, ORDINAL_POSITION
"""

#: The rows of which the number of different values is told; it is not known of a larger table.
_COUNTED = 10_000
#: So many columns are asked for at once.
_TOGETHER = 200
_ALL = 2**64


@dataclass(frozen=True, slots=True)
class _Kind:
    """How values of a type are told: as a text to hash, one to order by, and their length."""

    form: str
    text: str
    ordered: str | None = None
    octets: str | None = None


_UTF8 = "convert({} using utf8mb4)"
_TEXT = _Kind("text", _UTF8, f"{_UTF8} COLLATE utf8mb4_bin", f"octet_length({_UTF8})")
_BYTES = _Kind("bytes", "{}", None, "octet_length({})")
_SHAPE = _Kind("shape", "hex({})", None, None)
_INTEGER = _Kind("integer", "cast({} + 0 as char)", "{} + 0")
_FLOAT = _Kind("float", "cast({} + 0e0 as char)", "{} + 0e0")
_WHOLE = _Kind("numeric", "cast({} as char)", "{}")
# Of a decimal number the scale does not count: 1.50 is 1.5.
_DECIMAL = _Kind(
    "numeric", "trim(trailing '.' from trim(trailing '0' from cast({} as char)))", "{}"
)
_MOMENT = _Kind("timestamp", "cast(cast({} as datetime(6)) as char)", "{}")
_KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "bit"), _INTEGER),
    "year": _INTEGER,
    "float": _FLOAT,
    "double": _FLOAT,
    "datetime": _MOMENT,
    "timestamp": _MOMENT,
    "date": _Kind("date", "cast({} as char)", "{}"),
    "time": _Kind("time", "cast(cast({} as time(6)) as char)", "{}"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob"), _BYTES),
    **dict.fromkeys(("mediumblob", "longblob"), _BYTES),
    **dict.fromkeys(("uuid", "inet4", "inet6"), _Kind("text", "cast({} as char)", None)),
}


#: How a value is told as text, by the form of its type; bytes in hexadecimal digits.
TEXTS = {
    **{kind.form: kind.text for kind in _KINDS.values()},
    "text": _UTF8,
    "bytes": "hex({})",
    "shape": "hex({})",
    "numeric": "cast({} as char)",
}


@dataclass(frozen=True, slots=True)
class _Typed:
    name: str
    type: str
    kind: _Kind


def _typed(name: str, told: str, base: str, scale: int | None, charset: str | None) -> _Typed:
    if base == "decimal":
        return _Typed(name, told, _DECIMAL if scale else _WHOLE)
    return _Typed(name, told, _TEXT if charset else _KINDS.get(base, _SHAPE))


class Reader:
    """Reads one table after the other, with all of its partitions."""

    def __init__(
        self,
        connection: Connection,
        catalog: Catalog,
        *,
        full: bool,
        examples: bool,
        check: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self._examples = examples
        self._check = check
        self._cascades = cascades(catalog)
        connection.exec_driver_sql(SETTINGS)
        self._columns: dict[str, list[_Typed]] = {}
        for table, *column in connection.exec_driver_sql(_COLUMNS) if full else ():
            self._columns.setdefault(table, []).append(_typed(*column))

    def tables(self) -> list[SchemaObject]:
        return self._catalog.of_kind("table")

    def read(self, table: SchemaObject) -> Table:
        """The figures of one table."""
        label = table_label(table)
        where = (label, table.schema_name, table.name)
        columns = self._columns.get(table.name, [])
        told: dict[str, Any] = {"cascades": self._cascades.get(label, ())}
        source = quoted(self._connection, table)
        try:
            rows = int(self._all(f"SELECT count(*) FROM {source}")[0][0])
            found: dict[str, Column] = {}
            for start in range(0, len(columns), _TOGETHER):
                self._check()
                found |= self._figures(source, rows, columns[start : start + _TOGETHER])
            legible = [column for column in columns if found[column.name].problem is None]
            sample = self._sample(source, legible[:20]) if rows and self._examples else ()
        except DBAPIError as error:
            return Table(*where, None, problem=error_words(error), **told)
        return Table(*where, rows, found, sample, **told)

    def _figures(self, source: str, rows: int, columns: Sequence[_Typed]) -> dict[str, Column]:
        """Those of some columns in one query; one by one where that fails, to find the culprit."""
        try:
            return self._ask(source, rows, columns)
        except DBAPIError as error:
            if len(columns) == 1:
                [column] = columns
                return {column.name: Column(column.name, column.type, problem=error_words(error))}
            found: dict[str, Column] = {}
            for column in columns:
                found |= self._figures(source, rows, [column])
            return found

    def _ask(self, source: str, rows: int, columns: Sequence[_Typed]) -> dict[str, Column]:
        counted = rows <= _COUNTED
        asked = [each for column in columns for each in self._expressions(column, counted=counted)]
        row = self._all(f"SELECT {', '.join(asked)} FROM {source}")[0]
        parts = [row[place : place + 7] for place in range(0, len(row), 7)]
        return {
            column.name: self._told(column, part, counted=counted)
            for column, part in zip(columns, parts, strict=True)
        }

    def _expressions(self, column: _Typed, *, counted: bool) -> list[str]:
        name, kind = self._quoted(column.name), column.kind
        hashed = f"cast(conv(left(md5({kind.text.format(name)}), 16), 16, 10) as unsigned)"
        least = greatest = "NULL"
        if kind.ordered and self._examples:
            ordered = kind.ordered.format(name)
            least, greatest = (
                f"left(cast({each}({ordered}) as char), {LONGEST + 1})" for each in ("min", "max")
            )
        octets = kind.octets.format(name) if kind.octets else None
        return [
            f"count({name})",
            f"sum({hashed})",
            least,
            greatest,
            f"sum({octets})" if octets else "NULL",
            f"max({octets})" if octets else "NULL",
            f"count(DISTINCT {hashed})" if counted else "NULL",
        ]

    def _told(self, column: _Typed, part: Sequence[Any], *, counted: bool) -> Column:
        values, checksum, least, greatest, octets, longest, distinct = part
        return Column(
            name=column.name,
            type=column.type,
            values=int(values),
            distinct=None if distinct is None else int(distinct),
            distinct_is_exact=counted,
            least=None if least is None else cut(str(least)),
            greatest=None if greatest is None else cut(str(greatest)),
            checksum=int(checksum or 0) % _ALL,
            form=column.kind.form,
            octets=None if octets is None else int(octets),
            longest=None if longest is None else int(longest),
        )

    def _sample(self, source: str, columns: Sequence[_Typed]) -> tuple[dict[str, str | None], ...]:
        if not columns:
            return ()
        texts = ", ".join(
            f"left({column.kind.text.format(self._quoted(column.name))}, {LONGEST + 1})"
            for column in columns
        )
        return tuple(
            {column.name: _shown(value) for column, value in zip(columns, row, strict=True)}
            for row in self._all(f"SELECT {texts} FROM {source} LIMIT 3")
        )

    def _quoted(self, name: str) -> str:
        """A column's name; the dialect doubles a percent sign, as the driver needs it."""
        return self._connection.dialect.identifier_preparer.quote_identifier(name)

    def _all(self, query: str) -> Sequence[Sequence[Any]]:
        return self._connection.exec_driver_sql(query, ()).all()


def _shown(value: Any) -> str | None:  # noqa: ANN401 -- what the driver gives
    if value is None:
        return None
    return cut("x'" + value[:LONGEST].hex() + "'" if isinstance(value, bytes) else str(value))
