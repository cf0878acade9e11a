"""What is known at once of an error, wherever it was met: for a command line, a cell, a widget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

from sqlalchemy.engine import URL

from schema.display import Displayed
from schema.errors import (
    ConfigError,
    DatabaseError,
    ProjectCodeError,
    WorkbenchError,
    WorkerError,
)
from schema.project import Project
from schema.trouble.databases import database_trouble
from schema.trouble.diagnosing import diagnose_project
from schema.trouble.packages import import_trouble
from schema.trouble.settings import config_trouble, interpolation_trouble
from schema.trouble.values import Trouble

__all__ = ["Help", "help_for"]

T = TypeVar("T")

#: Words of errors behind which there is a trouble of files, graph, stamp or heads.
_OF_REVISIONS = re.compile(
    "no revision file bears|broken history|No way leads|ambiguous: the heads|overlaps with|"
    "includes others|bears no stamp|holds no tables|row without an id"
)


#: Kinds whose sentence says what the error's message does.
_SAID_ALREADY = {
    "config", "database", "empty-database", "locked", "missing-revision", "no-database-file",
    "no-rights", "no-such-database", "not-stamped", "refused", "stamps-overlap", "two-heads",
    "unreachable",
}  # fmt: skip


@dataclass(frozen=True)
class Help(Displayed):
    """An error, with the troubles that are known to be behind it."""

    error: WorkbenchError
    troubles: tuple[Trouble, ...]

    def __repr__(self) -> str:
        return "\n".join([str(self.error), *self.lines()])

    def lines(self) -> Iterator[str]:
        """All but the error's own message, as lines of text."""
        for trouble in self.troubles:
            if self.says_more(trouble):
                yield f"  {trouble.said}"
            yield from trouble.lines()

    def says_more(self, trouble: Trouble) -> bool:
        """Whether what a trouble says is not what the error itself says already."""
        return len(self.troubles) > 1 or trouble.kind not in _SAID_ALREADY


def help_for(error: WorkbenchError) -> Help:
    """What is known at once of an error: without troubles where nothing is.

    Nothing is replayed, and no database is opened that could not be opened a moment ago. Help that
    fails is no help; it never raises.
    """
    try:
        found = tuple(item for item in _troubles(error) if item.known or item.advice)
    except Exception:  # whatever it is, it must not hide the error that it was to explain
        found = ()
    return Help(error, found)


def _troubles(error: WorkbenchError) -> tuple[Trouble, ...]:
    if isinstance(error, ConfigError):
        opening = next((f for f in _frames(error) if f.f_code.co_qualname == "Project.open"), None)
        return () if opening is None else (config_trouble(error, opening.f_locals["config"]),)
    project = _local(error, Project)
    if project is None:
        url = _local(error, URL) if isinstance(error, DatabaseError) else None
        return () if url is None else (database_trouble(error, url),)
    is_running = project.worker.pid is not None
    try:
        return _of_project(error, project)
    finally:
        if not is_running:
            project.close()


def _of_project(error: WorkbenchError, project: Project) -> tuple[Trouble, ...]:
    if isinstance(error, (ProjectCodeError, WorkerError)):
        found = import_trouble(project, error) or interpolation_trouble(error)
        return () if found is None else (found,)
    if _OF_REVISIONS.search(str(error)):
        return tuple(item for item in diagnose_project(project, is_quick=True) if item.blocks)
    if isinstance(error, DatabaseError):
        url = _local(error, URL) or project.database_url()
        return (database_trouble(error, url, project),)
    return ()


def _frames(error: BaseException) -> Iterator[FrameType]:
    """The frames that the error went through, the innermost first."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append(trace.tb_frame)
        trace = trace.tb_next
    yield from reversed(found)


def _local(error: BaseException, kind: type[T]) -> T | None:
    """The project, or the URL, that an error is about: of the innermost frame that has one.

    A person's own cell may hold several; then nothing tells which one it is. One that was opened
    twice, as by a cell that was run again, is one.
    """
    for frame in _frames(error):
        found: dict[object, T] = {}
        for value in frame.f_locals.values():
            about = vars(value) if hasattr(value, "__dict__") else {}
            held = (value, about.get("project"), about.get("_project"))
            for each in held:
                if isinstance(each, kind):
                    found[repr(each), getattr(each, "chosen_url", None)] = each
        if found:
            return found.popitem()[1] if len(found) == 1 else None
    return None
