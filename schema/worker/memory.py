"""The kernel's side: what a project told, kept while nothing that it rests on has changed.

To start a worker and load env.py and the models takes a second or more, mostly to hear what was
heard before. The answer is believed again when all of this is as it was: the content of each file
of the project's that was read; date and size of each library module; the names in each folder that
was listed or imported from; the interpreter, the environment's variables, this day's date, and the
worker's own source. An answer for which code did more than read files (it ran a command, or opened
a connection) is never kept. What it printed, and a password, is kept in this process alone.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from schema import cache

__all__ = ["Answer", "Memory"]

#: Variables that differ from one process to the next, and say nothing to a project.
_FLEETING = {"_", "COLUMNS", "JPY_PARENT_PID", "JPY_SESSION_NAME", "LINES", "OLDPWD", "PWD",
             "PYTEST_CURRENT_TEST", "SHLVL"}  # fmt: skip

#: Names that come and go in a folder while nothing is changed: a database at work, an editor.
_PASSING = ("-journal", "-shm", "-wal", ".pyc", ".swp", "~")


@dataclass(frozen=True)
class Answer:
    """What a project told, and ``digest`` of all that the answer rests on; "" when it is not kept.

    Two answers with one digest are the same: what follows from one may be kept under its digest.
    """

    told: Mapping[str, Any]
    digest: str = ""


class Memory:
    """The last answer of one project and interpreter, in the cache and in this process.

    ``question`` tells apart what different requests were answered with.
    """

    def __init__(
        self,
        config: Path,
        root: Path,
        script_location: Path,
        python: Path,
        arguments: Sequence[str] = (),
        question: str = "env",
    ) -> None:
        self._question = question
        self._about = (str(config), str(python), _state(python), tuple(arguments))
        self._always = [str(root), str(script_location)]
        self._held: tuple[Answer, Mapping[str, Any], str] | None = None

    def recall(self) -> Answer | None:
        """What was told when all was as it is now; None when nothing was."""
        key = self._key()
        try:
            record = _record(cache.read(key) or "")
            reading = record["reading"]
            if self._digest(reading) == record["digest"]:
                return Answer(record["told"], record["digest"])
        except (KeyError, TypeError, ValueError, OSError):
            pass
        return None

    def keep(self, told: Mapping[str, Any], reading: Mapping[str, Any]) -> Answer:
        """Keep an answer, if it may be kept, with what the process read before it gave it.

        A file that was changed since the process started may have been read before or after.
        """
        try:
            if reading["unsteady"] or _latest(reading["files"]) >= reading["started"]:
                return Answer(told)
            digest = self._digest(reading)
        except OSError:
            return Answer(told)
        record = {"told": dict(told), "reading": dict(reading), "digest": digest}
        cache.write({self._key(): json.dumps(record)})
        return Answer(told, digest)

    def hold(self, answer: Answer, reading: Mapping[str, Any]) -> Answer:
        """The same for an answer that no file may hold: it is kept as long as this object is."""
        self._held = None
        if not reading["unsteady"]:
            with suppress(OSError):
                if _latest(reading["files"]) < reading["started"]:
                    self._held = answer, reading, self._digest(reading)
        return answer

    def held(self) -> Answer | None:
        """What ``hold`` was given, when all was as it is now."""
        if self._held is None:
            return None
        answer, reading, digest = self._held
        with suppress(OSError):
            if self._digest(reading) == digest:
                return answer
        return None

    def _key(self) -> str:
        today = datetime.date.today().isoformat()
        variables = sorted((k, v) for k, v in os.environ.items() if k not in _FLEETING)
        source = cache.source_of(Path(__file__).parent)
        return cache.key_of(self._question, *map(str, self._about), today, source, repr(variables))

    def _digest(self, reading: Mapping[str, Sequence[str]]) -> str:
        digest = hashlib.sha256(self._key().encode())
        for path in reading["files"]:
            digest.update(f"{path}\0{_content(path, _state(path))}\0".encode())
        for path in reading["modules"]:
            digest.update(f"{path}\0{_state(path)[:2]}\0".encode())
        for path in sorted({*reading["folders"], *self._always}):
            digest.update(f"{path}\0{_names(path)}\0".encode())
        return digest.hexdigest()


def _state(path: str | Path) -> tuple[int, ...]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size, status.st_ctime_ns, status.st_ino


@lru_cache(maxsize=10_000)
def _content(path: str, _state: tuple[int, ...]) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _names(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if _matters(name))


def _matters(name: str) -> bool:
    return name != "__pycache__" and not name.endswith(_PASSING)


def _latest(paths: Iterable[str]) -> int:
    return max((max(_state(path)[0], _state(path)[2]) for path in paths), default=0)


@lru_cache(maxsize=8)
def _record(text: str) -> Any:
    return json.loads(text)
