"""Everything that the workbench raises on purpose, as one small tree.

WorkbenchError            anything below; its text says what happened and what to do next
├── ConfigError           the project could not be opened: no config, or nothing usable in it
├── RevisionError         a revision is unknown, ambiguous, or the graph itself is broken
├── ProjectCodeError      code of the project (env.py, models, a revision) raised
├── WorkerError           the worker process could not be started, died, or was stopped
├── DatabaseError         a database could not be opened or read
│   └── UrlError          a database URL could not be understood, or its driver is missing
└── ScratchError          a scratch database could not be made, copied, found or dropped
    └── NotScratchError   something that is no scratch database was offered for migration
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

__all__ = [
    "ConfigError",
    "DatabaseError",
    "NotScratchError",
    "ProjectCodeError",
    "RevisionError",
    "ScratchError",
    "UrlError",
    "WorkbenchError",
    "WorkerError",
]


class WorkbenchError(Exception):
    """Base of all errors of the workbench.

    ``str(error)`` is one message for a person: what happened, with the value, and what to do.
    ``details`` holds further facts by title (a traceback, a path); it is empty when there are none.
    """

    def __init__(self, message: str, *, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.details: Mapping[str, str] = MappingProxyType(dict(details or {}))

    _is_shown = False

    def _render_traceback_(self) -> list[str]:
        """What a notebook's cell shows: a panel with what is known, and one line for the error.

        A traceback through our own code says nothing to a person who looks for what is wrong with
        theirs; ``%debug`` still leads there. IPython asks for it by this name:
        https://ipython.readthedocs.io/en/stable/config/integrating.html#custom-traceback-rendering
        """
        if self._is_shown:  # IPython asks once for the page, and once for the reply
            return [f"{type(self).__name__}: see above."]
        try:
            display = import_module("IPython.display").display
            display(import_module("schema.trouble").help_for(self))
        except Exception:
            return [f"{type(self).__name__}: {self}"]
        self._is_shown = True
        return [f"{type(self).__name__}: see above."]


class ConfigError(WorkbenchError):
    """The Alembic project could not be opened from its config."""


class RevisionError(WorkbenchError):
    """A revision is unknown or ambiguous, or the revision graph is broken."""


class ProjectCodeError(WorkbenchError):
    """Code of the project raised; ``details["traceback"]`` holds where, without passwords."""


class WorkerError(WorkbenchError):
    """The worker process could not be started, died, timed out, or was stopped."""


class DatabaseError(WorkbenchError):
    """A database could not be opened or read."""


class UrlError(DatabaseError):
    """A database URL could not be understood, or the driver that it needs is not installed."""


class ScratchError(WorkbenchError):
    """A scratch database could not be made, copied, found or dropped."""


class NotScratchError(ScratchError):
    """A database that bears no scratch mark was offered for migration; it was not touched."""
