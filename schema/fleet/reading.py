"""The unit of work: read one database, wherever this runs. What it is given and returns is small,
can be pickled, and shows no password."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import URL, Connection

from schema.catalog import Catalog, Identity, read_catalog
from schema.database import Limits, open_read_only, show_url
from schema.errors import DatabaseError, WorkbenchError
from schema.fleet.fingerprints import fingerprint, to_bytes
from schema.fleet.stamps import Stamp, stamp_of, stamps_of
from schema.fleet.tenants import HOME, by_schema, of_tenant
from schema.history.stamp import stamps_in
from schema.replay import server_facts

__all__ = ["MOST_OBJECTS", "Failure", "Reading", "Task", "limit_memory", "read_databases"]

#: Catalogs of more schema objects are not compared: one would take all of the memory.
MOST_OBJECTS = 1_500_000

#: What a process that reads databases may take, in bytes; that is some 50 times what it needs.
MOST_MEMORY = 4_000_000_000

#: What a version table may be, all of which Alembic reads.
_READABLE = ("table", "view", "materialized view")


@dataclass(frozen=True)
class Task:
    """What is to be read: one database, or ``schemas`` of one. ``known`` are the fingerprints of
    catalogs that need not be sent again."""

    url: URL = field(repr=False)
    schemas: tuple[str, ...]
    version_table: str
    version_table_schema: str | None
    limits: Limits
    known: frozenset[str] = field(default=frozenset(), repr=False)

    def __str__(self) -> str:
        return show_url(self.url)


@dataclass(frozen=True)
class Reading:
    """What was read of one database, or of one schema; ``catalog`` is None where it was known.

    ``seconds`` is what the reading took, shared among the schemas of one database.
    """

    stamp: tuple[str, ...]
    facts: str
    fingerprint: str
    catalog: bytes | None = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Why there is none. ``is_unreachable`` when the database could not even be opened."""

    reason: str
    seconds: float
    is_unreachable: bool = False


def read_databases(task: Task) -> tuple[Reading | Failure, ...] | Failure:
    """Read what a task names, one Reading for each of its schemas, or the Failure of that alone.
    Raises nothing on purpose: an executor that logs what a task raises would log what it was
    given, too."""
    started = time.monotonic()
    opened = False
    try:
        with open_read_only(task.url, limits=task.limits) as connection:
            opened = True
            return _read(task, connection, started)
    except WorkbenchError as error:
        return Failure(_one_line(error, task), time.monotonic() - started, not opened)
    except MemoryError:
        return Failure("reading it takes more memory than there is", time.monotonic() - started)
    except Exception as error:  # a defect of a driver's, or of ours, with one database
        reason = f"{type(error).__name__}: {_one_line(error, task)}"
        return Failure(reason, time.monotonic() - started, not opened)


def _read(task: Task, connection: Connection, started: float) -> tuple[Reading | Failure, ...]:
    facts = server_facts(connection)
    whole = read_catalog(connection)
    if len(whole) > MOST_OBJECTS:
        raise DatabaseError(
            f"it holds {len(whole):,} schema objects; in a fleet, databases of more than "
            f"{MOST_OBJECTS:,} are not compared"
        )
    known = set(task.known)
    found: list[Reading | Failure] = []
    for catalog, stamp in _parts(task, connection, whole):
        if isinstance(stamp, DatabaseError):
            found.append(Failure(_one_line(stamp, task), 0.0))
            continue
        print_ = fingerprint(catalog)
        sent = None if print_ in known else to_bytes(catalog)
        known.add(print_)
        found.append(Reading(stamp, facts, print_, sent, 0.0))
    share = (time.monotonic() - started) / len(found)
    return tuple(replace(each, seconds=share) for each in found)


def _parts(task: Task, connection: Connection, whole: Catalog) -> Iterator[tuple[Catalog, Stamp]]:
    """The catalog of a database, or of each schema, without the version table, and its stamp."""
    table = task.version_table
    if not task.schemas:
        schema_name = task.version_table_schema
        yield whole.without_table(table, schema_name), stamps_in(connection, table, schema_name)
        return
    parts = by_schema(whole, task.schemas)
    stamps = _stamps(task, connection, parts)
    for name in task.schemas:
        yield of_tenant(parts[name].without_table(table, name), name, HOME), stamps[name]


def _stamps(task: Task, connection: Connection, parts: Mapping[str, Catalog]) -> dict[str, Stamp]:
    """A schema may hold a version table of its own; else the database's counts for it."""
    table = task.version_table
    own = [
        name
        for name, part in parts.items()
        if any(Identity(kind, name, None, table) in part for kind in _READABLE)
    ]
    found = stamps_of(connection, task.url, table, own)
    if len(own) < len(parts):
        shared = stamp_of(connection, task.url, table, task.version_table_schema)
        found = dict.fromkeys(parts, shared) | found
    return found


def _one_line(error: BaseException, task: Task) -> str:
    """The message without the database's own name before it, which stands beside it anyway."""
    text = " ".join(str(error).split()).removeprefix(f"{show_url(task.url)}: ")
    password = task.url.password
    return text.replace(password, "***") if password else text


def limit_memory() -> None:
    """Have this process fail rather than take all of the machine's memory."""
    if sys.platform == "linux":
        import resource

        with suppress(ValueError, OSError):  # a lower limit holds already
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
