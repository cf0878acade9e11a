"""What the project's code looked at in this process: so that the kernel can tell when it is stale.

Python tells of each file that is opened and each folder that is listed by audit events
(https://docs.python.org/3/library/audit_events.html); modules are in ``sys.modules``. An answer
that rests on more than files (a command that was run, a network connection) is not steady.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from importlib.util import source_from_cache
from typing import Any, Dict, List, Set

from . import guard
from .failure import is_project_file

#: Events that bring in what no file shows.
_UNSTEADY = {
    "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn",
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostname",
    "sqlite3.connect", "subprocess.Popen", "urllib.Request",
}  # fmt: skip

#: Where no file lies: the system makes up what is read there, another at each time.
_MADE_UP = ("/dev/", "/proc/", "/sys/")


class Reading:
    """Everything that was read since the process started."""

    def __init__(self) -> None:
        self._opened: Set[str] = set()
        self._listed: Set[str] = set()
        self._unsteady: Set[str] = set()
        self._told: Set[str] = set()
        self._started = time.time_ns()
        sys.addaudithook(self._note)

    def new_files(self) -> List[str]:
        """Files of the project that were read since this was last asked."""
        new = self._files() - self._told
        self._told |= new
        return sorted(path for path in new if is_project_file(path))

    def everything(self) -> Dict[str, Any]:
        """``files`` of the project, ``modules`` of libraries, ``folders`` listed or imported from.

        ``unsteady`` names what happened that brings in more than files hold; ``started`` is the
        time at which the process began, in nanoseconds.
        """
        files = self._files()
        mine = {path for path in files if is_project_file(path)}
        modules = {path for path in self._modules() if path not in mine and os.path.isfile(path)}
        folders = {os.path.abspath(path) for path in self._listed | set(sys.path) if path}
        return {
            "files": sorted(mine),
            "modules": sorted(modules),
            "folders": sorted(
                path for path in folders if os.path.isdir(path) and not path.startswith(_MADE_UP)
            ),
            "unsteady": sorted(self._unsteady),
            "started": self._started,
        }

    def _files(self) -> Set[str]:
        opened = {os.path.abspath(_source(path)) for path in self._opened}
        return {path for path in opened if not path.startswith(_MADE_UP)} | self._modules()

    def _modules(self) -> Set[str]:
        paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        return {os.path.abspath(path) for path in paths if path}

    def _note(self, event: str, arguments: Any) -> None:
        if event == "open":
            # Modules, also a ``.env`` or a ``.sql``; what is only written says nothing.
            if arguments[1] in ("r", "rb", "rt") and isinstance(arguments[0], str):
                self._opened.add(arguments[0])
        elif event in ("os.listdir", "os.scandir"):
            path = arguments[0]
            self._listed.add(path if isinstance(path, str) else os.curdir)
        elif event in _UNSTEADY and not guard.is_permitted():
            self._unsteady.add(event)


def _source(path: str) -> str:
    """The file that counts: of one in ``__pycache__``, which comes and goes, its source."""
    if path.endswith(".pyc"):
        with contextlib.suppress(ValueError):  # one without a source
            return source_from_cache(path)
    return path
