"""What is observed of a step besides its statements: locks, rewrites, sizes, waits, notices."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Blocked", "Lock", "Notice", "Rewrite", "Size", "Wait"]

#: What a lock keeps others from doing.
Blocked = Literal["reads", "writes", "ddl"]

_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)

#: Which of others' work waits behind a lock of this mode on a table. A read takes ACCESS SHARE, a
#: write ROW EXCLUSIVE, and the mildest DDL (VALIDATE CONSTRAINT, CREATE INDEX CONCURRENTLY) SHARE
#: UPDATE EXCLUSIVE. Source: https://www.postgresql.org/docs/current/explicit-locking.html, the
#: table "Conflicting Lock Modes". SQLite's locks are those of https://www.sqlite.org/lockingv3.html:
#: a RESERVED one keeps other writers away, an EXCLUSIVE one readers too. MariaDB's are metadata
#: locks; any DDL there waits for whoever has used the table in a transaction that is not over.
#: Source: https://mariadb.com/kb/en/information-schema-metadata_lock_info-table/
_BLOCKED: dict[str, tuple[Blocked, ...]] = {
    "AccessShareLock": (),
    "RowShareLock": (),
    "RowExclusiveLock": (),
    "ShareUpdateExclusiveLock": ("ddl",),
    "ShareLock": ("writes", "ddl"),
    "ShareRowExclusiveLock": ("writes", "ddl"),
    "ExclusiveLock": ("writes", "ddl"),
    "AccessExclusiveLock": ("reads", "writes", "ddl"),
    "RESERVED": ("writes", "ddl"),
    "EXCLUSIVE": ("reads", "writes", "ddl"),
    "MDL_SHARED": ("ddl",),
    "MDL_SHARED_HIGH_PRIO": ("ddl",),
    "MDL_SHARED_READ": ("ddl",),
    "MDL_SHARED_WRITE": ("ddl",),
    "MDL_SHARED_WRITE_LOW_PRIO": ("ddl",),
    "MDL_SHARED_UPGRADABLE": ("ddl",),
    "MDL_SHARED_READ_ONLY": ("writes", "ddl"),
    "MDL_SHARED_NO_WRITE": ("writes", "ddl"),
    "MDL_SHARED_NO_READ_WRITE": ("reads", "writes", "ddl"),
    "MDL_EXCLUSIVE": ("reads", "writes", "ddl"),
}


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that the step's transaction held at its end, on a table, an index or the database.

    On MariaDB, where DDL gives its locks up by itself, one that was met while a statement ran.

    ``mode`` is the server's own name for it. ``statement`` is the index, in the step's statements,
    of the one that took it; None when that is not known. ``seconds`` is the time from that
    statement's start to the end of the transaction: as long did others wait at most. ``is_new``
    marks what the step itself had made: nobody else could know of it, and nobody waited.
    """

    relation: str
    kind: str
    mode: str
    statement: int | None
    seconds: float
    is_new: bool = False

    @property
    def blocks(self) -> tuple[Blocked, ...]:
        """Whose work waits behind it: ``"reads"``, ``"writes"``, ``"ddl"``. Empty: nobody's."""
        return () if self.is_new else _BLOCKED.get(self.mode, ())

    @property
    def is_sampled(self) -> bool:
        """Whether it was met by looking now and then, so that others may have been missed."""
        return self.mode.startswith("MDL_")

    @property
    def strength(self) -> int:
        """A number that is the greater, the more a lock conflicts with."""
        return _MODES.index(self.mode) if self.mode in _MODES else len(self.blocks) * 2 + 1

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it, with what it blocks."""
        return {**asdict(self), "seconds": round(self.seconds, 6), "blocks": list(self.blocks)}


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A table or an index whose contents were written anew.

    ``how`` is ``"rewritten"`` (the server gave it new storage under its old identity), ``"batch
    copy"`` (SQLite: the table was filled into a new one that took its place) or ``"built"`` (an
    index made from the rows of a table that was there before). ``statement`` is the index of the
    statement that did it; None when that is not known. Bytes are None where they are not known.
    """

    relation: str
    kind: str
    how: str
    statement: int | None = None
    bytes_before: int | None = None
    bytes_after: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Size:
    """What a table, an index or a whole file takes on disk, in bytes.

    None on the side where it is not there.
    """

    relation: str
    kind: str
    before: int | None
    after: int | None

    @property
    def change(self) -> int:
        """Bytes gained; negative when it shrank."""
        return (self.after or 0) - (self.before or 0)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Wait:
    """A time that the step itself spent waiting for a lock of somebody else's.

    ``holder`` says in words who held it; ``relation`` is None for a lock on no table.
    """

    seconds: float
    mode: str
    relation: str | None
    holder: str

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": round(self.seconds, 6)}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the server or Python said meanwhile: ``severity`` is its own word (``"WARNING"``)."""

    severity: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
