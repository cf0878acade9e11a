"""The bytes of a file, copied by a child process; see schema.scratch.bytes_child for the reason."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from schema.errors import ScratchError
from schema.scratch.model import Cancelled
from schema.scratch.watch import STOPPED, stopping

__all__ = ["NoChildError", "copy_bytes"]

_CHILD = Path(__file__).with_name("bytes_child.py")


class NoChildError(Exception):
    """The child process could not be started."""


def copy_bytes(
    source: Path,
    target: Path,
    *,
    told: Callable[[int], None] | None = None,
    cancelled: Cancelled | None = None,
) -> None:
    """Make ``target`` hold the bytes of ``source``, by a reflink where the file system can.

    ``told`` is called with the number of bytes copied so far. Raises OSError, NoChildError, and
    ScratchError when it was stopped.
    """
    # -I and -S: nothing of the user's own is imported, and the child starts in 10 milliseconds.
    command = [sys.executable, "-I", "-S", str(_CHILD), str(source), str(target)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise NoChildError(str(error)) from error
    with process as child:
        assert child.stdout is not None  # noqa: S101 -- both are pipes
        assert child.stderr is not None  # noqa: S101
        try:
            with stopping(cancelled, child.kill) as stopped:
                for line in child.stdout:
                    if cancelled is not None and cancelled():
                        raise ScratchError(STOPPED)
                    if told is not None:
                        told(int(line))
                problem = child.stderr.read()
                child.wait()
        except BaseException:
            child.kill()
            raise
    if stopped.is_set():
        raise ScratchError(STOPPED)
    if child.returncode:
        number, _, text = problem.strip().partition(" ")
        if number.isdigit():
            raise OSError(int(number), text)
        raise ScratchError(f"{source} could not be copied: {problem.strip() or 'no reason given'}")
