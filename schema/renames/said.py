"""What a statement of SQL says that it renames, or moves to another schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Renaming", "renamings_in"]


@dataclass(frozen=True, slots=True)
class Renaming:
    """One thing under its old and its new name.

    ``kind`` is ``"table"``, ``"column"``, ``"constraint"``, ``"index"``, ``"view"``,
    ``"sequence"``, ``"type"`` … ``schema_name`` is as it is written, None without one.
    ``new_schema`` is there for what is moved to another schema.
    """

    kind: str
    schema_name: str | None
    table: str | None
    old: str
    new: str
    new_schema: str | None = None


_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[\w$]+)'
_ALTER = re.compile(
    rf"\s*ALTER\s+(?P<kind>MATERIALIZED\s+VIEW|FOREIGN\s+TABLE|[A-Z]+)\s+"
    rf"(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?:(?P<schema>{_NAME})\s*\.\s*)?(?P<name>{_NAME})\s+"
    rf"(?:RENAME\s+(?P<what>COLUMN\s+|CONSTRAINT\s+|ATTRIBUTE\s+|VALUE\s+)?"
    rf"(?:(?!TO\s)(?P<old>{_NAME})\s+)?TO\s+(?P<new>{_NAME})"
    rf"|SET\s+SCHEMA\s+(?P<moved>{_NAME}))",
    re.IGNORECASE,
)
# MySQL and MariaDB: https://mariadb.com/kb/en/rename-table/
_RENAME_TABLE = re.compile(
    rf"\s*RENAME\s+TABLE\s+(?:(?P<schema>{_NAME})\s*\.\s*)?(?P<old>{_NAME})\s+TO\s+"
    rf"(?:{_NAME}\s*\.\s*)?(?P<new>{_NAME})",
    re.IGNORECASE,
)


def renamings_in(statement: str) -> Iterator[Renaming]:
    """What one statement renames: https://www.postgresql.org/docs/current/sql-altertable.html and
    https://www.sqlite.org/lang_altertable.html."""
    if found := _RENAME_TABLE.match(statement):
        yield Renaming("table", _bare(found["schema"]), None, _plain(found["old"]),
                       _plain(found["new"]))  # fmt: skip
        return
    found = _ALTER.match(statement)
    if found is None:
        return
    kind = " ".join(found["kind"].lower().split()).replace("foreign table", "table")
    schema_name, name = _bare(found["schema"]), _plain(found["name"])
    if found["moved"]:
        yield Renaming(kind, schema_name, None, name, name, _plain(found["moved"]))
    elif found["old"] is None:
        yield Renaming(kind, schema_name, None, name, _plain(found["new"]))
    elif kind in {"table", "view", "materialized view"}:
        what = (found["what"] or "column").strip().lower()
        yield Renaming(what, schema_name, name, _plain(found["old"]), _plain(found["new"]))


def _bare(name: str | None) -> str | None:
    return None if name is None else _plain(name)


def _plain(name: str) -> str:
    """A name as a catalog has it. One without quotes is folded by PostgreSQL, and kept by SQLite:
    it is left as it is written, and compared without case."""
    if name[:1] in '"`[':
        return name[1:-1].replace('""', '"')
    return name
