"""Biographies: every revision that made, changed, renamed or dropped a table, a column, an index.

What happened is taken from a timeline, that is, from catalogs that were read while the revisions
were replayed; which line of a revision's file did it is read from that file.
"""

from __future__ import annotations

from schema.biography.biography import Biography, Lifetime, biography_of
from schema.biography.chronicle import Busy, Chronicle, Mark, Month, Row, chronicle_of
from schema.biography.dropped import Dropped, Gone, dropped_of
from schema.biography.entries import Entry
from schema.biography.operations import Operation, operation_for

__all__ = [
    "Biography",
    "Busy",
    "Chronicle",
    "Dropped",
    "Entry",
    "Gone",
    "Lifetime",
    "Mark",
    "Month",
    "Operation",
    "Row",
    "biography_of",
    "chronicle_of",
    "dropped_of",
    "operation_for",
]
