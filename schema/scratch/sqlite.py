"""Scratch databases that are SQLite files in the scratch folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

from schema import folders
from schema.database import sqlite_path
from schema.errors import DatabaseError, NotScratchError, ScratchError
from schema.scratch.backup import copy_file
from schema.scratch.choice import WHOLE, Choice
from schema.scratch.estimate import check_room
from schema.scratch.made_up import made_up
from schema.scratch.model import (
    Cancelled,
    Mark,
    Progress,
    ScratchDatabase,
    base_name,
    check_name,
    new_mark,
    new_name,
    portion,
    time_in_name,
)
from schema.scratch.sqlite_estimate import estimate
from schema.scratch.sqlite_rows import thin
from schema.sqlite_files import companions, sqlite_read_only
from schema.unfinished import ENDING, finished_name, is_abandoned, unfinished

__all__ = [
    "GUARD_QUERY",
    "checkpoint",
    "copy",
    "create",
    "drop",
    "estimate",
    "find",
    "is_shared",
    "open_marked",
    "publish",
    "refill",
    "restore",
    "revive",
    "serialized",
]

#: The mark names its own file: a file that was copied or moved elsewhere is no scratch database.
GUARD_QUERY = (
    "SELECT token FROM _schema_scratch WHERE path = "
    "(SELECT file FROM pragma_database_list WHERE name = 'main')"
)
_ENDING = ".sqlite"


def create(label: str, _server: URL | None = None) -> ScratchDatabase:
    """An empty, marked file; SQLite has no server."""
    mark = new_mark(None)
    return _make(new_name(None, mark, label=label), mark, _Contents())


def serialized(scratch: ScratchDatabase) -> bytes:
    """All that it holds, its WAL included, as the bytes of a file."""
    with closing(sqlite_read_only(sqlite_path(scratch.url))) as connection:
        return connection.serialize()


def revive(data: bytes, label: str) -> ScratchDatabase:
    """A new file with the contents that ``serialized`` gave."""
    mark = new_mark(None)
    return _make(new_name(None, mark, label=label), mark, _Contents(data=data))


def copy(
    source: URL,
    name: str | None,
    choice: Choice,
    _server: URL | None,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A marked copy of the file behind ``source``, as it was at one moment."""
    mark = new_mark(source)
    if name is not None and _file(check_name(name)).exists():
        raise _exists(name)
    contents = _Contents(source, choice, progress, cancelled)
    return _make(name or new_name(source, mark), mark, contents)


def refill(
    scratch: ScratchDatabase,
    source: URL,
    choice: Choice,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """The same file with the source's contents again; it stays as it is if that fails."""
    contents = _Contents(source, choice, progress, cancelled)
    return _replace(sqlite_path(scratch.url), new_mark(source), contents)


def checkpoint(
    scratch: ScratchDatabase, progress: Progress | None, cancelled: Cancelled | None
) -> ScratchDatabase:
    """A file that keeps what the scratch database holds now."""
    mark = new_mark(scratch.source, checkpoint_of=scratch.name)
    contents = _Contents(scratch.url, WHOLE, progress, cancelled)
    return _make(new_name(scratch.url, mark), mark, contents)


def restore(
    scratch: ScratchDatabase,
    kept: ScratchDatabase,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """The same file with the checkpoint's contents; it stays as it is if that fails."""
    path = sqlite_path(scratch.url)
    if path.exists() and not _is_ours(path, scratch):
        raise NotScratchError(f"{path} is not the database that was marked; it was not touched.")
    contents = _Contents(kept.url, WHOLE, progress, cancelled)
    return _replace(path, new_mark(scratch.source), contents)


@dataclass(frozen=True)
class _Contents:
    """What a file is filled with: nothing, bytes, or a choice of what a source holds."""

    source: URL | None = None
    choice: Choice = WHOLE
    progress: Progress | None = None
    cancelled: Cancelled | None = None
    data: bytes | None = None

    def fill(self, part: Path, mark: Mark) -> None:
        """Make the new file ``part`` hold it."""
        if self.data is not None:
            part.write_bytes(self.data)
        if self.source is None:
            return
        choice = self.choice
        expected = estimate(self.source, choice, None)
        check_room(expected.bytes, expected.free, expected.where)
        copied = 1.0 if choice.is_whole else 0.3
        copy_file(sqlite_path(self.source), part, portion(self.progress, 0, copied), self.cancelled)
        if choice.is_whole:
            return
        _forget_wal(part)
        if choice.rows != "all":
            thin(part, choice, portion(self.progress, copied, 0.7), self.cancelled)
        if choice.masks or choice.rows == "synthetic":
            _write_mark(part, part, mark)
            made_up(_value(part, mark), choice, portion(self.progress, 0.7, 0.99), self.cancelled)
        if self.progress is not None:
            self.progress(1.0, "copied")


def _replace(path: Path, mark: Mark, contents: _Contents) -> ScratchDatabase:
    with _making(path) as part:
        contents.fill(part, mark)
        _write_mark(part, path, mark)
        for leftover in (*companions(path), path):
            leftover.unlink(missing_ok=True)
        part.replace(path)  # over no other file, for the reason below
    return _value(path, mark)


def _make(name: str, mark: Mark, contents: _Contents) -> ScratchDatabase:
    path = _file(name)
    with _making(path) as part:
        contents.fill(part, mark)
        _write_mark(part, path, mark)
        _move_to_new(part, path)
    return _value(path, mark)


def _write_mark(file: Path, path: Path, mark: Mark) -> None:
    """Mark a file as what is, or will be, called ``path``; its WAL is gone afterwards."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        # It need not outlive a power cut, and waiting for the disk takes longer than copying.
        connection.execute("PRAGMA synchronous = OFF")
        # The source may be scratch itself.
        connection.execute("DROP TABLE IF EXISTS _schema_scratch")
        connection.execute(
            "CREATE TABLE _schema_scratch (token, source, created, path, checkpoint_of)"
        )
        connection.execute(
            "INSERT INTO _schema_scratch VALUES (?, ?, ?, ?, ?)",
            (
                mark.token,
                mark.source,
                mark.created.isoformat(),
                os.path.realpath(path),
                mark.checkpoint_of,
            ),
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _making(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to work in, whose name says who is working; gone afterwards."""
    part = unfinished(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            part.unlink()
        yield part
    except (sqlite3.Error, OSError) as error:
        raise ScratchError(
            f"The scratch database {path} could not be made: {error}. {_advice(path)}"
        ) from error
    finally:
        with suppress(OSError):
            _remove(part)


def _advice(path: Path) -> str:
    """What to do when a file cannot be made: almost always it is the folder."""
    if path.parent.exists() and not path.parent.is_dir():
        return f"{path.parent} is no folder; SCHEMA_SCRATCH_DIR names another."
    with suppress(OSError):
        free = shutil.disk_usage(path.parent).free
        if os.access(path.parent, os.W_OK):
            return f"{path.parent} has {free / 1e6:,.0f} MB free; SCHEMA_SCRATCH_DIR names another."
    return f"{path.parent} cannot be written to; SCHEMA_SCRATCH_DIR names another folder."


def _move_to_new(part: Path, path: Path) -> None:
    """Give a finished file its name, unless another has it.

    By a link: ext4 writes a file to the disk at once when it is renamed over another, which takes
    as long as copying it. Source: auto_da_alloc in https://docs.kernel.org/admin-guide/ext4.html
    """
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise _exists(path.name) from None
    except OSError:  # the file system has no links
        _rename_to_new(part, path)
    else:
        part.unlink()


def _rename_to_new(part: Path, path: Path) -> None:
    try:
        path.open("xb").close()
    except FileExistsError:
        raise _exists(path.name) from None
    part.replace(path)


def _exists(name: str) -> ScratchError:
    return ScratchError(
        f"A database {name.removesuffix(_ENDING)!r} exists. Choose another name, or drop it."
    )


def open_marked(url: URL) -> ScratchDatabase:
    """The marked database behind ``url``. Raises NotScratchError or DatabaseError."""
    path = sqlite_path(url)
    mark = _read_mark(path)
    if mark is None:
        raise NotScratchError(f"{path} is no scratch database; it was not touched.")
    return _value(path, mark)


def _read_mark(path: Path) -> Mark | None:
    try:
        with closing(sqlite_read_only(path)) as connection:
            if not connection.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_schema_scratch'"
            ).fetchone():
                return None
            cursor = connection.execute(
                "SELECT * FROM _schema_scratch WHERE path = ?", (os.path.realpath(path),)
            )
            row = cursor.fetchone()
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: {error}") from error
    if row is None:
        return None
    # By name: a file that an older version of the workbench marked has no checkpoint_of.
    told = dict(zip((column[0] for column in cursor.description), row, strict=True))
    try:
        created = datetime.fromisoformat(told["created"])
        return Mark(told["token"], told["source"], created, told.get("checkpoint_of", ""))
    except (KeyError, TypeError, ValueError):
        return None  # a migration has written to it


def find() -> list[ScratchDatabase]:
    """All marked files in the scratch folder, and what killed processes left behind.

    That is what was half-made, and files with a name of ours that bear no mark any more.
    """
    folder = folders.scratch_folder()
    files = sorted(folder.glob(f"*{_ENDING}"))
    marked = _marked(files)
    known = {each.name for each in marked}
    names = ((file, file.name.removesuffix(_ENDING)) for file in files)
    left = [(file, name) for file, name in names if name not in known and time_in_name(name)]
    for part in sorted(folder.glob(f"*{ENDING}")):
        if is_abandoned(part):
            left.append((part, finished_name(part).removesuffix(_ENDING)))
    return marked + [each for each in (_left(*pair) for pair in left) if each is not None]


def _marked(paths: Iterable[Path]) -> list[ScratchDatabase]:
    found = []
    for path in sorted(paths):
        with suppress(DatabaseError):
            mark = _read_mark(path)
            if mark is not None:
                found.append(_value(path, mark))
    return found


def _left(path: Path, name: str) -> ScratchDatabase | None:
    """What a killed process left; None when it has gone meanwhile."""
    with suppress(FileNotFoundError):
        created = time_in_name(name) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return ScratchDatabase(_url(path), name, "", created, "", complete=False)
    return None


def is_shared(_url: URL) -> bool:
    """A file shares nothing with another."""
    return False


def size(scratch: ScratchDatabase) -> int:
    path = sqlite_path(scratch.url)
    files = path.rglob("*") if path.is_dir() else (path, *companions(path))
    return sum(file.stat().st_size for file in files if file.exists())


def drop(scratch: ScratchDatabase) -> None:
    """Remove the file, what stands beside it and its checkpoints, if it is what was marked."""
    path = sqlite_path(scratch.url)
    if path.exists() and not _is_ours(path, scratch):
        raise NotScratchError(f"{path} is not the database that was marked; it was not dropped.")
    try:
        _remove(path)
    except OSError as error:
        raise ScratchError(f"{path} could not be dropped: {error.strerror}.") from error
    for each in _checkpoints(scratch):
        drop(each)


def _remove(path: Path) -> None:
    """Remove a file and what stands beside it: itself last, as the others are found by it."""
    if path.is_dir():
        shutil.rmtree(path)
        return
    for file in (*companions(path), path):
        file.unlink(missing_ok=True)


def _checkpoints(scratch: ScratchDatabase) -> list[ScratchDatabase]:
    """Those that it has now; they are called after what it is called after."""
    alike = f"scratch_{base_name(scratch.url.database)}_*{_ENDING}"
    marked = _marked(folders.scratch_folder().glob(alike))
    return [each for each in marked if each.checkpoint_of == scratch.name]


def publish(scratch: ScratchDatabase, target: URL) -> None:
    """Take the mark away and move the file to ``target``, which must not exist."""
    path, goal = sqlite_path(scratch.url), sqlite_path(target)
    if goal.exists():
        raise ScratchError(f"{goal} exists. Choose another file, or remove it first.")
    try:
        with _making(goal) as part:
            _forget_wal(path)
            shutil.copy2(path, part)
            with closing(sqlite3.connect(part, isolation_level=None)) as connection:
                connection.execute("DROP TABLE _schema_scratch")
            _move_to_new(part, goal)
    except ScratchError as error:
        raise ScratchError(f"{goal} could not be made from {scratch.name}: {error}") from error
    drop(scratch)


def _forget_wal(path: Path) -> None:
    """Move what a WAL holds into the file itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_ours(path: Path, scratch: ScratchDatabase) -> bool:
    """Whether the file bears this mark; or none any more, and lies in the scratch folder."""
    try:
        mark = _read_mark(path) if scratch.complete else None
    except DatabaseError:
        mark = None  # a migration may have left anything behind
    if mark is not None:
        return mark.token == scratch.token
    return path.parent == folders.scratch_folder()


def _file(name: str) -> Path:
    return folders.scratch_folder() / (name + _ENDING)


def _url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def _value(path: Path, mark: Mark) -> ScratchDatabase:
    return ScratchDatabase.bearing(mark, _url(path), path.name.removesuffix(_ENDING))
