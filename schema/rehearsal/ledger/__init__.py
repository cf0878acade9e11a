"""The ledger: exact figures of a scratch database's data, taken before and after a step."""

from __future__ import annotations

from schema.rehearsal.ledger.figures import Column, Ledger, Table
from schema.rehearsal.ledger.judging import judge
from schema.rehearsal.ledger.lookup import Lookup
from schema.rehearsal.ledger.reading import read_ledger
from schema.rehearsal.ledger.rows import Rows, count_rows, table_label
from schema.rehearsal.ledger.verdict import DataChange, DataLoss, DataVerdict, Example

__all__ = [
    "Column",
    "DataChange",
    "DataLoss",
    "DataVerdict",
    "Example",
    "Ledger",
    "Lookup",
    "Rows",
    "Table",
    "count_rows",
    "judge",
    "read_ledger",
    "table_label",
]
