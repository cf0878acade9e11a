"""What a draft compares with: a scratch database at the heads, and the catalogs on both sides.

It is made by replay once for a draft; each trial of the new revision runs on a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.engine import URL

from schema import before_base, scratch, stopping
from schema.catalog import Catalog, read_catalog
from schema.compare import Differences, compare
from schema.database import dialect_of
from schema.errors import DatabaseError, WorkbenchError
from schema.history import History
from schema.project import Project
from schema.replay import materialised, server_facts
from schema.scope import Scope
from schema.scratch import ScratchDatabase

__all__ = ["Ground", "Progress", "Tried", "kind_of"]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Tried:
    """A revision tried on an empty database at the heads.

    ``up`` is the catalog after it, ``down`` after its way back, None where that was not reached.
    ``statements`` are what it sent upwards. ``error`` is why it failed, ``down_error`` why its way
    back did, ``again_error`` why it could not be applied a second time.
    """

    up: Catalog | None = None
    down: Catalog | None = None
    statements: tuple[str, ...] = ()
    error: str | None = None
    down_error: str | None = None
    again_error: str | None = None


def kind_of(project: Project) -> tuple[str, URL | None]:
    """The kind of database that a draft works with, and the server for it.

    That of the live database; where none is named, of what env.py connects to; else SQLite. The
    server is None where it cannot be reached: then it is the embedded one.
    """
    try:
        url = project.database_url()
    except WorkbenchError:
        return project.settings(with_url=False).dialect or "sqlite", None
    if dialect_of(url) == "sqlite":
        return "sqlite", None
    try:
        server_facts(url)
    except DatabaseError:
        return dialect_of(url), None
    return dialect_of(url), url


class Ground:
    """The database at the heads of a draft, and what its models make."""

    def __init__(self, original: Project, copy: Project, dialect: str, server: URL | None) -> None:
        self.dialect, self.server = dialect, server
        self._original, self._copy = original, copy
        self._database: ScratchDatabase | None = None
        self._heads: tuple[str, ...] = ()
        self._head: Catalog | None = None

    def close(self) -> None:
        """Drop the database."""
        if self._database is not None:
            self._database.drop()
            self._database = None

    # -- the catalogs --------------------------------------------------------------------------

    @property
    def head(self) -> Catalog:
        """What the migrations make, without the new one."""
        if self._head is None:
            raise WorkbenchError("There is no database at the heads yet.")
        return self._head

    @property
    def at_heads(self) -> ScratchDatabase:
        """The database at the heads, as ``database`` made it."""
        if self._database is None:
            raise WorkbenchError("There is no database at the heads yet.")
        return self._database

    def models(self) -> Catalog:
        """What the models of the draft make. Raises ProjectCodeError."""
        return self._of_models(self._copy)

    def models_before(self) -> Catalog | None:
        """What the original's make; None where they cannot be created."""
        try:
            return self._of_models(self._original)
        except WorkbenchError:
            return None

    def _of_models(self, project: Project) -> Catalog:
        return Scope(project).of(materialised(project, self.dialect, server=self.server))

    def read(self, database: ScratchDatabase) -> Catalog:
        """A database's catalog, without the version table and what env.py leaves out."""
        settings = self._copy.settings(with_url=False)
        found = read_catalog(database.url)
        found = found.without_table(settings.version_table, settings.version_table_schema)
        return Scope(self._copy).of(found)

    # -- the database at the heads ---------------------------------------------------------------

    def database(self, history: History, on_progress: Progress) -> ScratchDatabase:
        """A scratch database at all heads of the draft's history; made when first asked for.

        Raises ProjectCodeError where a revision fails.
        """
        heads = tuple(history.heads)
        if self._database is not None and self._heads == heads:
            return self._database
        self.close()
        made = scratch.create(self.dialect, server=self.server, label="draft")
        try:
            self._replay(made, history, heads, on_progress)
            self._head = self.read(made)
        except BaseException:
            made.drop()
            raise
        self._database, self._heads = made, heads
        return made

    def _replay(
        self,
        database: ScratchDatabase,
        history: History,
        heads: tuple[str, ...],
        on_progress: Progress,
    ) -> None:
        before_base.prepare(self._copy, database)
        path = history.way_to(heads)
        for number, revision in enumerate(path):
            stopping.check()
            on_progress(number, len(path), f"replaying {revision.id} {revision.message}")
            self._copy.worker.step(database, "up", revision.id)

    # -- trials ----------------------------------------------------------------------------------

    def try_out(self, revision: str, on_progress: Progress) -> Tried:
        """Run the draft's revision up, down and up on a copy of the database at the heads."""
        copy = scratch.checkpoint(self.at_heads)
        try:
            on_progress(0, 3, "trying the new revision up")
            try:
                told = self._copy.worker.step(copy, "up", revision)
            except WorkbenchError as error:
                return Tried(error=str(error))
            tried = Tried(self.read(copy), None, tuple(s["sql"] for s in told["statements"]))
            return self._back(tried, copy, revision, on_progress)
        finally:
            copy.drop()

    def _back(
        self, tried: Tried, copy: ScratchDatabase, revision: str, on_progress: Progress
    ) -> Tried:
        worker = self._copy.worker
        on_progress(1, 3, "trying its way back")
        try:
            worker.step(copy, "down", revision)
        except WorkbenchError as error:
            return replace(tried, down_error=str(error))
        tried = replace(tried, down=self.read(copy))
        on_progress(2, 3, "trying it up again")
        try:
            worker.step(copy, "up", revision)
        except WorkbenchError as error:
            return replace(tried, again_error=str(error))
        again = compare(tried.up, self.read(copy)) if tried.up else Differences()
        said = "; ".join(item.describe() for item in again[:3])
        return replace(tried, again_error=f"a second upgrade differs: {said}") if again else tried
