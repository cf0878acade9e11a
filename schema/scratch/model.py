"""What a scratch database is: its name, its mark, and what may be done with it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import PurePath
from types import ModuleType, TracebackType

from sqlalchemy.engine import URL

from schema.database import dialect_of, show_url
from schema.errors import NotScratchError, ScratchError

__all__ = [
    "Cancelled",
    "Mark",
    "Progress",
    "ScratchDatabase",
    "base_name",
    "check_name",
    "module_of",
    "new_mark",
    "new_name",
    "portion",
    "time_in_name",
]

#: Told the part done (0.0 to 1.0) and what is being done, in words.
Progress = Callable[[float, str], None]
#: Asked often while a copy runs; True stops it.
Cancelled = Callable[[], bool]

#: What the workbench calls its scratch databases: scratch_<source>_<time>_<id>.
GENERATED = re.compile(r"scratch_(?P<source>.+)_(?P<time>\d{8}T\d{6})_[0-9a-f]{6}")
_ALLOWED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Mark:
    """What is written into a scratch database, so that it alone can be migrated.

    ``source`` is what was copied, without its password; ``""`` when the database was made empty.
    ``token`` is random, so that no other database answers the guard query with it.
    ``checkpoint_of`` is the name of the scratch database that it keeps a state of; ``""`` for all
    others. ``keeps`` is the key of the state of a replay that it keeps, ``""`` for all others.
    """

    token: str
    source: str
    created: datetime
    checkpoint_of: str = ""
    keeps: str = ""


@dataclass(frozen=True)
class ScratchDatabase:
    """A database that the workbench made, marked, and may migrate and drop.

    ``created`` is in UTC. ``complete`` is False for what a killed process left half-made: it can
    only be dropped. ``checkpoint_of`` is the name of the scratch database that this one keeps a
    state of, to return to; it is dropped together with that one. ``""`` for all others. ``keeps``
    is the key of the state of a replay that it keeps, so that the revisions need not be run again;
    only copies of such a one are worked with. As a context manager it is dropped at the end.
    """

    url: URL
    name: str
    source: str
    created: datetime
    token: str
    complete: bool = True
    checkpoint_of: str = ""
    keeps: str = ""

    @classmethod
    def bearing(cls, mark: Mark, url: URL, name: str | None = None) -> ScratchDatabase:
        """The one behind ``url`` that bears this mark; ``name`` None: as the URL names it."""
        return cls(
            url,
            str(url.database) if name is None else name,
            mark.source,
            mark.created,
            mark.token,
            checkpoint_of=mark.checkpoint_of,
            keeps=mark.keeps,
        )

    @property
    def kind(self) -> str:
        """``"sqlite"``, ``"postgresql"`` or ``"mariadb"``."""
        return dialect_of(self.url)

    @property
    def mark(self) -> Mark:
        """What is written into it."""
        return Mark(self.token, self.source, self.created, self.checkpoint_of, self.keeps)

    def guard(self) -> Mapping[str, str]:
        """A query, and the token that it returns on connections to this very database only.

        On any other database the query fails or returns no row. ``shared`` is ``"yes"`` where
        others have databases on its server, else ``""``. Raises NotScratchError for a half-made
        copy.
        """
        if not self.complete:
            raise NotScratchError(f"{self.name} was never completed. Drop it and copy again.")
        module = self._module()
        shared = "yes" if module.is_shared(self.url) else ""
        return {"query": module.GUARD_QUERY, "token": self.token, "shared": shared}

    def size(self) -> int:
        """The bytes that it takes on disk."""
        return int(self._module().size(self))

    def drop(self) -> None:
        """Remove it and its checkpoints; no error when it is gone already. Raises ScratchError."""
        self._module().drop(self)

    def _module(self) -> ModuleType:
        return module_of(self.kind)

    def __enter__(self) -> ScratchDatabase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.drop()

    def __str__(self) -> str:
        return show_url(self.url)


def portion(progress: Progress | None, start: float, end: float) -> Progress | None:
    """What tells ``progress`` of a piece of the work, which takes it from ``start`` to ``end``."""
    if progress is None:
        return None
    return lambda part, doing: progress(start + (end - start) * part, doing)


def module_of(kind: str) -> ModuleType:
    """The module for one kind of database; loaded late, as those modules build on this one."""
    if kind not in {"sqlite", "postgresql", "mariadb"}:
        raise ScratchError(
            f"Scratch databases can be made for sqlite, postgresql and mariadb, not for {kind!r}."
        )
    return import_module(f"schema.scratch.{kind}")


def new_mark(source: URL | str | None, *, checkpoint_of: str = "", keeps: str = "") -> Mark:
    """A mark for a database that is about to be made; a source that is text is taken as it is."""
    shown = show_url(source) if isinstance(source, URL) else source or ""
    now = datetime.now(UTC).replace(microsecond=0)
    return Mark(secrets.token_hex(16), shown, now, checkpoint_of, keeps)


def new_name(source: URL | None, mark: Mark, *, label: str = "empty") -> str:
    """``scratch_<source>_<time>_<id>``, at most 63 bytes: PostgreSQL's limit for a name."""
    base = base_name(source.database, label) if source is not None else _plain(label)
    return f"scratch_{base}_{mark.created:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"


def base_name(database: str | None, label: str = "database") -> str:
    """What copies of a database are called after: its name, or what it is a copy of itself."""
    base = re.split(r"[/\\]", database or label)[-1]
    base = base.removesuffix(PurePath(base).suffix)
    copied = GENERATED.fullmatch(base)
    return _plain(copied["source"] if copied else base)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:30] or "database"


def check_name(name: str) -> str:
    """The name, if a file and a database can both be called so. Raises ScratchError."""
    if not _ALLOWED.fullmatch(name) or len(name) > 63:
        raise ScratchError(
            f"{name!r} cannot be a scratch database's name: "
            "use letters, digits, '_', '-' and '.', at most 63 of them."
        )
    return name


def time_in_name(name: str) -> datetime | None:
    """When a database with a generated name was made; None if the name is not a generated one."""
    match = GENERATED.fullmatch(name)
    return datetime.strptime(match["time"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if match else None
