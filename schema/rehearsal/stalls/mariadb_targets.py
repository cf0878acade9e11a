"""What readers and writers of a MariaDB table run again and again."""

# ruff: noqa: S608 -- names are quoted by the dialect, values by the driver

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schema.rehearsal.stalls.probed import KEYS, Probed
from schema.scratch.mariadb_server import quoted

__all__ = ["MariadbTarget", "find_mariadb_targets"]

_TARGETS = """
SELECT t.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.DATA_TYPE, k.ORDINAL_POSITION
FROM information_schema.TABLES t
JOIN information_schema.COLUMNS c
  ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
LEFT JOIN information_schema.KEY_COLUMN_USAGE k
  ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
  AND k.COLUMN_NAME = c.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY'
WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE <> 'SEQUENCE'
ORDER BY t.TABLE_NAME, c.ORDINAL_POSITION
"""
_WHOLE_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "bigint"}


@dataclass(frozen=True)
class MariadbTarget(Probed):
    """One table of a MariaDB database."""

    def writes(self) -> Iterator[str]:
        """The locks of an UPDATE of one row after another, for ever; nothing of it stays.

        No trigger is fired and no row changed: the metadata lock is a writer's, and the row's lock
        is gone with the statement. Source: https://mariadb.com/kb/en/for-update/
        """
        for condition in itertools.cycle(self.conditions):
            yield f"SELECT 1 FROM {self.name}{condition} LIMIT 1 FOR UPDATE"


def find_mariadb_targets(driver: Any, labels: Sequence[str]) -> list[MariadbTarget]:  # noqa: ANN401
    """The tables and views of these names that are there, in this order.

    ``driver`` is PyMySQL's own connection, in autocommit mode.
    """
    found: dict[str, list[Any]] = {}
    for name, kind, column, data_type, place in _asked(driver, _TARGETS):
        found.setdefault(name, []).append((kind, column, data_type, place))
    return [_target(driver, label, found[label]) for label in labels if label in found]


def _target(driver: Any, label: str, columns: list[Any]) -> MariadbTarget:  # noqa: ANN401
    key = sorted((each for each in columns if each[3]), key=lambda each: each[3])
    names = [quoted(name) for _, name, _, _ in key]
    spread = len(key) == 1 and key[0][2] in _WHOLE_NUMBERS
    rows = _spread(driver, label, names[0]) if spread else _first(driver, label, names)
    conditions = [_condition(driver, names, row) for row in rows]
    return MariadbTarget(
        label=label,
        name=quoted(label),
        columns=tuple(quoted(name) for _, name, _, _ in columns),
        conditions=tuple(conditions) or ("",),
        is_writable=columns[0][0] != "VIEW",
    )


def _spread(driver: Any, label: str, key: str) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Keys from all over the table, each found through the key's index."""
    [(least, most)] = _asked(driver, f"SELECT min({key}), max({key}) FROM {quoted(label)}")
    if least is None:
        return []
    wanted = {int(least) + (int(most) - int(least)) * n // KEYS for n in range(KEYS + 1)}
    # A percent sign of a name would be a mark for a value.
    name, table = (each.replace("%", "%%") for each in (key, quoted(label)))
    query = f"SELECT {name} FROM {table} WHERE {name} >= %s ORDER BY {name} LIMIT 1"
    found = [row for point in sorted(wanted) for row in _asked(driver, query, (point,))]
    return list(dict.fromkeys(found))


def _first(driver: Any, label: str, key: list[str]) -> list[tuple[Any, ...]]:  # noqa: ANN401
    if not key:
        return []
    return _asked(driver, f"SELECT {', '.join(key)} FROM {quoted(label)} LIMIT {KEYS}")


def _condition(driver: Any, key: list[str], row: tuple[Any, ...]) -> str:  # noqa: ANN401
    pairs = zip(key, row, strict=True)
    return " WHERE " + " AND ".join(f"{name} = {driver.escape(value)}" for name, value in pairs)


def _asked(driver: Any, query: str, given: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    with driver.cursor() as cursor:
        cursor.execute(query, given or None)
        return list(cursor.fetchall())
