"""Scratch databases: made empty or as a copy, marked, found again, and dropped.

Nothing but a database that bears the workbench's mark is ever migrated. Originals are only read.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from schema.database import dialect_of, parse_url, sqlite_path
from schema.errors import NotScratchError, ScratchError
from schema.scratch.choice import WHOLE, Choice
from schema.scratch.estimate import Estimate, free_bytes
from schema.scratch.kept import Kept, all_kept
from schema.scratch.model import Cancelled, Progress, ScratchDatabase, check_name, module_of

__all__ = [
    "WHOLE",
    "Choice",
    "Estimate",
    "Kept",
    "ScratchDatabase",
    "all_kept",
    "checkpoint",
    "copy",
    "create",
    "estimate",
    "find",
    "is_scratch",
    "open",
    "pristine",
    "publish",
    "refill",
    "restore",
]

#: Bytes of a whole copy up to which its pristine state is kept: a second or two.
_PRISTINE_BYTES = 2_000_000_000


def create(dialect: str, *, server: URL | None = None, label: str = "empty") -> ScratchDatabase:
    """A new, empty database; ``label`` becomes part of its name.

    PostgreSQL: on ``server`` when that is given and its role may make databases, else on the
    embedded server. MariaDB: on ``server``, with the character set of its URL's database. SQLite: a
    file in the scratch folder. Raises ScratchError, or DatabaseError when the server cannot be
    reached.
    """
    url = parse_url(server) if server is not None and dialect != "sqlite" else None
    made: ScratchDatabase = module_of(dialect).create(label, url)
    return made


def copy(
    source: URL | str,
    *,
    name: str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    choice: Choice = WHOLE,
    server: URL | str | None = None,
) -> ScratchDatabase:
    """A copy of ``source`` as it was at one moment, while others may go on writing to it.

    ``choice`` says what of it is copied. SQLite: byte by byte, by a reflink where the file system
    can; see schema.scratch.backup. PostgreSQL: on ``server``; when that is None, on the source's
    own when its role may make databases there, else on the embedded one; see
    schema.scratch.postgresql for the ways. MariaDB: streamed, onto ``server`` or the source's own.
    ``name`` is made up when it is None. Nothing is left behind by a copy that fails or is stopped.
    Raises ScratchError (also when ``cancelled`` said so, and before anything is done where it would
    not fit), or DatabaseError when the source cannot be read.
    """
    url = parse_url(source)
    if name is not None:
        check_name(name)
    where = None if server is None else parse_url(server)
    module = module_of(dialect_of(url))
    copied: ScratchDatabase = module.copy(url, name, choice, where, progress, cancelled)
    return copied


def estimate(
    source: URL | str, choice: Choice = WHOLE, server: URL | str | None = None
) -> Estimate:
    """What ``copy`` would do and take, without doing it; nothing is written anywhere.

    What speaks against it is in the estimate's ``problem``. Raises DatabaseError when the source
    cannot be read.
    """
    url = parse_url(source)
    where = None if server is None else parse_url(server)
    found: Estimate = module_of(dialect_of(url)).estimate(url, choice, where)
    return found


def refill(
    scratch: ScratchDatabase,
    source: URL | str,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    choice: Choice = WHOLE,
) -> ScratchDatabase:
    """The scratch database with the source's contents again, under the same name.

    It has a new token; the value that was given is of no more use. Until the new contents are
    complete, the old ones stay; MariaDB renames no database, so that there they go first.
    """
    url = parse_url(source)
    if dialect_of(url) != scratch.kind:
        raise ScratchError(f"{scratch.name} is no {dialect_of(url)} database.")
    module = module_of(scratch.kind)
    module.open_marked(scratch.url)
    filled: ScratchDatabase = module.refill(scratch, url, choice, progress, cancelled)
    return filled


def checkpoint(
    db: ScratchDatabase, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> ScratchDatabase:
    """A copy of a scratch database as it is now, to return to with ``restore``.

    It is a scratch database too, on the same server or in the same folder, and it is dropped
    together with ``db``. Nobody else may be connected to ``db`` on PostgreSQL, where it is made by
    ``CREATE DATABASE … TEMPLATE``. SQLite: by a reflink where the file system can. Raises
    ScratchError, also when ``cancelled`` said so; then nothing of it is left.
    """
    module = module_of(db.kind)
    module.open_marked(db.url)
    made: ScratchDatabase = module.checkpoint(db, progress, cancelled)
    return made


def pristine(
    db: ScratchDatabase,
    *,
    choice: Choice = WHOLE,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ScratchDatabase | None:
    """A checkpoint of a copy just made, to go back to without its source, where that is cheap.

    ``choice`` is what was copied: rows that were chosen, made up or masked take longer to come by,
    so that more is kept of them. None where it would take too long or too much of the disk; then
    ``refill`` is the way back. Raises ScratchError when ``cancelled`` said so.
    """
    size = db.size()
    place = sqlite_path(db.url) if db.kind == "sqlite" else Path(str(db.url.query.get("host", "")))
    free = free_bytes(place) if place.is_absolute() else None
    most = _PRISTINE_BYTES * (1 if choice.is_whole else 10)
    if size > most or (free is not None and size * 3 > free):
        return None
    try:
        return checkpoint(db, progress=progress, cancelled=cancelled)
    except ScratchError:
        if cancelled is not None and cancelled():
            raise
        return None


def restore(
    db: ScratchDatabase,
    checkpoint: ScratchDatabase,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ScratchDatabase:
    """The scratch database with a checkpoint's contents, under its own name.

    It has a new token; the value that was given is of no more use. The checkpoint stays as it is,
    to be restored again. Sessions on ``db`` are ended. Until the contents are complete, the old
    ones stay; on MariaDB they go first. Raises ScratchError.
    """
    if db.kind != checkpoint.kind or db.name == checkpoint.name:
        raise ScratchError(f"{db.name} cannot be restored from {checkpoint.name}.")
    module = module_of(db.kind)
    kept = module.open_marked(checkpoint.url)
    restored: ScratchDatabase = module.restore(db, kept, progress, cancelled)
    return restored


def find(*, server: URL | str | None = None, kept: bool = True) -> list[ScratchDatabase]:
    """All scratch databases: files, those on the embedded server, and those on ``server``.

    What killed processes left half-made is among them, with ``complete`` False; what a living
    process is making right now is not. Without ``kept``, states of replays are left out, which are
    kept to start later ones from.
    """
    from schema.scratch import embedded

    found: list[ScratchDatabase] = module_of("sqlite").find()
    servers = [embedded.server_url()] if embedded.was_started() else []
    if server is not None and dialect_of(parse_url(server)) != "sqlite":
        servers.append(parse_url(server))
    for url in servers:
        there: list[ScratchDatabase] = module_of(dialect_of(url)).find(url)
        found += [each for each in there if each not in found]
    return found if kept else [each for each in found if not each.keeps]


def open(url: URL | str) -> ScratchDatabase:
    """The scratch database behind ``url``. Raises NotScratchError when it bears no mark."""
    parsed = parse_url(url)
    opened: ScratchDatabase = module_of(dialect_of(parsed)).open_marked(parsed)
    return opened


def is_scratch(url: URL | str) -> bool:
    """Whether the database behind ``url`` bears the mark. Raises DatabaseError if unreadable."""
    try:
        open(url)
    except NotScratchError:
        return False
    return True


def publish(scratch: ScratchDatabase, target: URL | str) -> None:
    """Take the mark away and give the database its final name; for sample databases only.

    Raises ScratchError, and changes nothing, when ``target`` exists or lies on another server.
    """
    module_of(scratch.kind).publish(scratch, parse_url(target))
