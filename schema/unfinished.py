"""Files and folders that are being worked on: their names say by which process.

So what a killed process left can be told from what a living one is making, and be removed.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from schema import folders

__all__ = ["ENDING", "finished_name", "is_abandoned", "unfinished", "working_folder"]

#: What ends the name of everything that is not finished.
ENDING = ".making"


def unfinished(path: Path) -> Path:
    """Where this process makes what is to be called ``path``: beside it."""
    return path.with_name(f"{path.name}{_signature()}")


def finished_name(path: Path) -> str:
    """What an unfinished file was to be called."""
    return path.name.removesuffix(ENDING).rpartition(".")[0]


def working_folder(label: str) -> tempfile.TemporaryDirectory[str]:
    """A new folder for what is needed for a moment: a context manager that removes it.

    It is made in the scratch folder, where ``schema scratch`` finds what a killed process left; in
    the system's own where that cannot be written to. Raises OSError.
    """
    prefix = f"scratch_{label}_{datetime.now(UTC):%Y%m%dT%H%M%S}_"
    try:
        folder = folders.scratch_folder()
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(_signature(), prefix, folder)
    except OSError:
        return tempfile.TemporaryDirectory(_signature(), prefix)


def is_abandoned(path: Path) -> bool:
    """Whether the process that was making this file or folder is gone."""
    number, _, began = path.name.removesuffix(ENDING).rpartition(".")[2].partition("-")
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return True
    except PermissionError:
        return False
    # A number is given out again: in a container that is started anew, most likely this very one.
    return began != _began(int(number)) and bool(began)


def _signature() -> str:
    return f".{os.getpid()}-{_began(os.getpid())}{ENDING}"


def _began(number: int) -> str:
    """What tells a process from a later one of the same number; "" where that cannot be seen.

    On Linux, the moment of its start: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        # The name, which comes second, may hold blanks and parentheses.
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
