"""What a copy of a SQLite file will take."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy.engine import URL

from schema import folders
from schema.catalog.sqlite_text import quote
from schema.database import sqlite_path, translated
from schema.errors import ScratchError
from schema.scratch.choice import Choice
from schema.scratch.estimate import Estimate, check_room, free_bytes, share_of
from schema.sqlite_files import companions, sqlite_read_only

__all__ = ["estimate"]

_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table'
AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_schema_scratch'
"""
#: Measured with files in the system's cache, on a machine of two cores.
_BYTES_A_SECOND = 1_000_000_000
_THINNED_A_SECOND = 300_000_000


def estimate(source: URL, choice: Choice, _server: URL | None) -> Estimate:
    """What a copy will take. Raises DatabaseError when the source cannot be read."""
    path = sqlite_path(source)
    folder = folders.scratch_folder()
    with translated(source), closing(sqlite_read_only(path)) as reader:
        names = [name for (name,) in reader.execute(_TABLES)]
        rows = [] if choice.number is None else [_most_rows(reader, name) for name in names]
    size = sum(file.stat().st_size for file in (path, companions(path)[0]) if file.exists())
    share = share_of(choice, rows)
    # Rows that stay are put aside once, and VACUUM writes them once more.
    needed = int(size * (1.0 if choice.is_whole else 1 + 2 * share))
    seconds = size / _BYTES_A_SECOND + (0 if choice.rows == "all" else size / _THINNED_A_SECOND)
    found = Estimate(
        way="the file's bytes, shared where the file system can"
        + ("" if choice.is_whole else ", then all but the chosen rows are left out"),
        where=str(folder),
        bytes=needed,
        free=free_bytes(folder),
        tables=len(names),
        seconds=None if choice.masks or choice.rows == "synthetic" else seconds,
        problem=None,
        choice=choice,
    )
    return replace(found, problem=_problem(found, folder))


def _problem(found: Estimate, folder: Path) -> str | None:
    try:
        check_room(found.bytes, found.free, found.where)
    except ScratchError as error:
        return str(error)
    while not folder.exists():
        folder = folder.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return f"{found.where} cannot be written to; SCHEMA_SCRATCH_DIR names another folder."
    return None


def _most_rows(reader: sqlite3.Connection, table: str) -> int:
    """The most that the table can hold: its highest rowid. Nobody waits for a count."""
    with suppress(sqlite3.Error):  # it has no rowid
        query = f"SELECT max(rowid) FROM {quote(table)}"  # noqa: S608 -- a quoted name
        (highest,) = reader.execute(query).fetchone()
        return int(highest or 0) if isinstance(highest, int) else 0
    return 0
