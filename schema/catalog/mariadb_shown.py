"""What stands in the text of a MariaDB table alone: an application's period, and the division of a
table's versions by time.

Sources: https://mariadb.com/kb/en/application-time-periods/ and
https://mariadb.com/kb/en/system-versioned-tables/#storing-the-history-separately
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.catalog.mariadb_queries import Rows
from schema.catalog.mariadb_text import NAME, bare

__all__ = ["Periods", "Shown", "hiding"]

_COMPARED = re.compile(rf"{NAME} < {NAME}\Z")
_PERIOD = re.compile(rf"^  PERIOD FOR (?P<name>{NAME}) \((?P<columns>{NAME}, {NAME})\)", re.M)
_KEY = re.compile(
    rf"^  (?:PRIMARY KEY|UNIQUE KEY (?P<key>{NAME})) "
    rf"\((?:{NAME}[^`]*,)*(?P<period>{NAME}) WITHOUT OVERLAPS\)",
    re.M,
)
_BY_TIME = re.compile(r"^ PARTITION BY (SYSTEM_TIME[^\n(]*)", re.M)

#: When the server's count of the intervals began; given by nobody, it is when the table was made.
_STARTS = re.compile(r"\s*STARTS TIMESTAMP'[^']*'")


@dataclass(frozen=True)
class Periods:
    """The period of a table's application, as ``stay (checkin, checkout)``; None without one.

    ``keys`` are the keys whose spans may not overlap, by name, each with its period.
    """

    name: str | None = None
    told: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """What only SHOW CREATE TABLE says of a table."""

    periods: Periods
    by_time: str | None

    @classmethod
    def of(cls, text: str) -> Shown:
        """Read the text of one table."""
        by_time = _BY_TIME.search(text)
        return cls(_periods(text), _STARTS.sub("", by_time[1]).strip() if by_time else None)


def _periods(text: str) -> Periods:
    found = _PERIOD.search(text)
    if found is None:
        return Periods()
    name = bare(found["name"])
    keys = {
        bare(key["key"]) if key["key"] else "PRIMARY": bare(key["period"])
        for key in _KEY.finditer(text)
    }
    return Periods(name, f"{name} ({found['columns'].replace('`', '')})", keys)


def hiding(checks: Rows, partitions: Rows) -> list[str]:
    """The tables whose text may say more: the check of a period is ``start < end``, as others are.

    ``checks`` and ``partitions`` are the rows of those queries.
    """
    found = {
        table for table, _, level, clause in checks if level != "Column" and _COMPARED.match(clause)
    }
    return sorted(found | {row[0] for row in partitions if row[3] == "SYSTEM_TIME"})
