"""A few rows of a table, masked before a person sees them.

Rows are taken as the database has them at hand, without sorting, and long values are cut there.
Masking happens here, between the database and the value that is shown: nothing is written, and a
database that may only be read can be looked at. The key is random, and forgotten with the sample.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from schema.catalog import Catalog, SchemaObject
from schema.masking.plan import Step, shape_of
from schema.masking.rules import Mask
from schema.masking.values import Masker
from schema.synthetic.column_types import Types
from schema.synthetic.tables import Column, Table, table_label
from schema.tables.figures import attempt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sample", "read_sample"]

#: So many characters of a value are read.
_LONGEST = 200

#: Milliseconds that the rows may take.
_PATIENCE = 3_000

#: How truth values come as text.
_TRUTHS = ("0", "1", "f", "t", "false", "true")

#: MariaDB's types whose values are no text.
_BYTES = re.compile(r"blob|binary|geometry|point|linestring|polygon")
_LABEL = re.compile("'((?:[^']|'')*)'")

#: How values of each shape are masked, where nobody says otherwise.
_RULES = {"text": "text", "integer": "hash", "number": "text", "uuid": "hash", "date": "shift",
          "moment": "shift", "other": "text"}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A few rows, each value as text, None for NULL. A long value is cut, and ends with ``…``.

    ``rules`` says by column how it was masked; a column that is not there is shown as it is: truth
    values, and the labels of an enum, which are part of the schema.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    masked: bool = True
    rules: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        """The rows, with the table's own columns."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(self.columns), dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {
            "masked": self.masked,
            "rules": dict(self.rules),
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "notes": list(self.notes),
        }


def read_sample(
    connection: Connection,
    catalog: Catalog,
    table: SchemaObject,
    columns: Sequence[SchemaObject],
    *,
    most: int,
    masked: bool = True,
    masks: Sequence[Mask] = (),
    labels: Mapping[str, Collection[str]] | None = None,
) -> Sample:
    """At most so many rows of these columns. ``masks`` count before the usual rules, the last most.

    ``labels`` are the values of columns that are enums in the models. What the role may not read,
    and what takes more than three seconds, is a note.
    """
    notes: list[str] = []
    rows: Sequence[Sequence[Any]] = ()
    name = connection.dialect.name
    with attempt(connection, notes, "No rows are shown"):
        if name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_PATIENCE}")
        query = _query(connection, table, columns, most)
        rows = connection.exec_driver_sql(query).all()
    found = [[_shown(value) for value in row] for row in rows]
    rules: dict[str, str] = {}
    if masked:
        found, rules = _masked(found, catalog, table, columns, masks, labels or {})
    told = tuple(tuple(_cut(value) for value in row) for row in found)
    return Sample(tuple(item.name for item in columns), told, masked, rules, tuple(notes))


# -- reading --------------------------------------------------------------------------------------


def _query(
    connection: Connection, table: SchemaObject, columns: Sequence[SchemaObject], most: int
) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    kind = connection.dialect.name
    named = quote(table.name)
    if kind == "postgresql":
        named = f"{quote(table.schema_name or 'public')}.{named}"
    part = {"postgresql": _postgresql_value, "sqlite": _sqlite_value}.get(kind, _mariadb_value)
    parts = ", ".join(part(quote(item.name), item) for item in columns)
    query = f"SELECT {parts} FROM {named} LIMIT {most:d}"  # noqa: S608 -- quoted
    if part is not _mariadb_value:
        return query
    return f"SET STATEMENT max_statement_time = {_PATIENCE / 1000:g} FOR {query}"


def _postgresql_value(name: str, item: SchemaObject) -> str:
    if item.properties.get("type") == "bytea":
        return f"octet_length({name}) || ' bytes'"
    return f"left(CAST({name} AS text), {_LONGEST + 1})"


def _mariadb_value(name: str, item: SchemaObject) -> str:
    kind = str(item.properties.get("type") or "").lower()
    if kind.startswith("bit"):
        return f"CAST({name} AS unsigned)"
    if _BYTES.search(kind):
        return f"CONCAT(LENGTH({name}), ' bytes')"
    return f"LEFT(CAST({name} AS char), {_LONGEST + 1})"


def _sqlite_value(name: str, _: SchemaObject) -> str:
    """Text as bytes, as it need not be valid in the file's encoding."""
    text = f"CAST(substr({name}, 1, {_LONGEST + 1}) AS BLOB)"
    return (
        f"CASE typeof({name}) WHEN 'blob' THEN length({name}) || ' bytes' "
        f"WHEN 'text' THEN {text} ELSE {name} END"
    )


def _shown(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _cut(value: str | None) -> str | None:
    return value if value is None or len(value) <= _LONGEST else value[:_LONGEST] + "…"


# -- masking --------------------------------------------------------------------------------------


def _masked(
    rows: list[list[str | None]],
    catalog: Catalog,
    table: SchemaObject,
    columns: Sequence[SchemaObject],
    masks: Sequence[Mask],
    labels: Mapping[str, Collection[str]],
) -> tuple[list[list[str | None]], dict[str, str]]:
    """The rows masked, and the rule of each column that was."""
    types = Types.of(catalog)
    key = secrets.token_bytes(32)
    rules: dict[str, str] = {}
    done: list[list[str | None]] = [[] for _ in rows]
    label = table_label(table.schema_name, table.name)
    for place, item in enumerate(columns):
        mask = next((each for each in reversed(masks) if each.matches(label, item.name)), None)
        values = [row[place] for row in rows]
        known = labels.get(item.name) or _labels(item, types)
        if _is_truth(item):  # SQLite takes any text there too
            known = _TRUTHS
        if mask is None and _is_size(values):
            changed = values
        else:
            step = _step(table, label, item, types, mask)
            changed = [_one(value, step, key, values, known if mask is None else ())
                       for value in values]  # fmt: skip
            if changed != values:
                rules[item.name] = step.rule
        for row, value in zip(done, changed, strict=True):
            row.append(value)
    return done, rules


def _step(
    table: SchemaObject, label: str, item: SchemaObject, types: Types, mask: Mask | None
) -> Step:
    properties = item.properties
    affinity = properties.get("affinity")
    column = Column(item.name, str(properties.get("type") or ""), nullable=True,
                    affinity=None if affinity is None else str(affinity))  # fmt: skip
    shape, longest = shape_of(column, types)
    chosen = mask or Mask(label, item.name, _RULES.get(shape, "text"))
    named = Table(table.schema_name, table.name, label)
    return Step(named, column, chosen, "", shape, longest, distinct=False, is_unique=False,
                is_joined=False)  # fmt: skip


def _one(
    value: str | None,
    step: Step,
    key: bytes,
    values: Sequence[str | None],
    known: Collection[str],
) -> str | None:
    if value is None or value in known:
        return value
    longest = None if step.shape != "text" else step.longest
    masker = Masker(step, key, longest=longest, bits=_bits(values))
    is_number = step.shape == "integer" and step.mask.rule == "hash"
    if is_number and not value.lstrip("-").isdigit():
        return masker._text(value)  # SQLite takes any value in any column
    found = masker(int(value) if is_number else value)
    return None if found is None else str(found)


def _bits(values: Sequence[str | None]) -> int:
    """So that other numbers are about as large as the real ones."""
    numbers = [abs(int(each)) for each in values if each and each.lstrip("-").isdigit()]
    return min(max(8, max(numbers, default=0).bit_length() + 1), 62)


def _labels(item: SchemaObject, types: Types) -> Collection[str]:
    name = types.base(str(item.properties.get("type") or "")).removeprefix("public.")
    found = types.enums.get(name.replace('"', ""))
    if types.dialect == "mariadb" and name.startswith("enum("):
        return [each.replace("''", "'") for each in _LABEL.findall(name)]
    labels = found.properties.get("labels") if found is not None else ()
    return tuple(str(each) for each in labels) if isinstance(labels, tuple) else ()


def _is_truth(item: SchemaObject) -> bool:
    kind = str(item.properties.get("type") or "").lower()
    return "bool" in kind or kind == "tinyint(1)"  # MariaDB's


def _is_size(values: Sequence[str | None]) -> bool:
    """Whether no value was read, but how many bytes each has."""
    there = [value for value in values if value is not None]
    return bool(there) and all(value.endswith(" bytes") and value[:-6].isdigit() for value in there)
