"""One worker process, seen from the kernel: its channels, its output, its end, its age."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schema import stopping
from schema.errors import (
    ConfigError,
    DatabaseError,
    NotScratchError,
    ProjectCodeError,
    RevisionError,
    UrlError,
    WorkbenchError,
    WorkerError,
)
from schema.interpreter import what_is_wrong
from schema.worker.failure import redact
from schema.worker.printed import END_OF_OUTPUT, Printed, Unread, whole_lines

__all__ = ["Event", "Launch", "Process", "ignore"]

Event = dict[str, Any]

#: Credentials that libpq would take by itself: they are handed over, to be used for scratch only.
CREDENTIALS = ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "MYSQL_PWD")

#: Seconds that output may come after its reply, and between two looks whether a process is there.
_GRACE, _LOOK = 2.0, 0.5
#: What each message of the worker's holds one of.
_MESSAGES = ("event", "result", "error")
_ERRORS: dict[str, type[WorkbenchError]] = {
    "project": ProjectCodeError,
    "config": ConfigError,
    "revision": RevisionError,
    "database": DatabaseError,
    "driver": UrlError,
    "not-scratch": NotScratchError,
    "worker": WorkerError,
    "stopped": WorkerError,
}


@dataclass(frozen=True)
class Launch:
    """How to start a worker, and whose changes make it stale.

    ``watched`` gives the files that it loads besides those that it reports itself; it is called
    before each request, as there may be new ones. ``extra`` is a revision file that lies outside of
    the project and counts as one of its own. ``options`` replace the config's own; ``section``
    and ``x_arguments`` are Alembic's ``-n`` and ``-x``. ``paths`` are searched for modules first,
    after what the project itself puts there. ``ahead`` is how many seconds the clock that its code
    reads is put forward. ``python_from`` says in words why it is this interpreter. ``engine``,
    ``metadata`` and ``dialect`` are as ``Environment`` has them.
    """

    python: Path
    root: Path
    ini: Path | None
    toml: Path | None
    watched: Callable[[], Iterable[Path]] = field(repr=False, default=lambda: ())
    extra: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    section: str = "alembic"
    x_arguments: Sequence[str] = field(repr=False, default=())
    paths: Sequence[Path] = ()
    ahead: float = 0.0
    python_from: str = ""
    engine: str | None = None
    metadata: str | None = None
    dialect: str | None = None


class Process:
    """One process from its start to its end."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._messages: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._unread = Unread()
        self._printed = Printed()
        self._is_mute = False
        self._number = 0
        self._writing = threading.Lock()
        self._environment = dict(os.environ)
        self._started = time.time_ns()
        self._seen: dict[Path, tuple[int, int] | None] = {}
        self.loaded: set[Path] = set()
        #: Whether the last request failed as env.py could not be run once more in this process.
        self.is_worn = False
        self._popen = self._start()
        self.pid = self._popen.pid
        self._listen("reply", self._popen.stdout)
        self._listen("printed", self._popen.stderr)

    @property
    def is_alive(self) -> bool:
        """Whether it runs. Where it has ended, what it started and left behind is ended too."""
        if self._popen.returncode is None and _has_ended(self.pid):
            self._kill_group()  # while its number is still its own
        return self._popen.poll() is None

    @property
    def is_used(self) -> bool:
        """Whether it was asked for more than to open the project."""
        return self._number > 1

    def output(self) -> str:
        return str(self._printed)

    def open(self) -> None:
        """The first request: which project this is. Raises when its Python lacks alembic."""
        launch = self._launch
        held = {name: os.environ[name] for name in CREDENTIALS if name in os.environ}
        held.setdefault("PGPASSFILE", str(Path.home() / ".pgpass"))
        told = {
            "call": "open",
            "root": str(launch.root),
            "ini": str(launch.ini) if launch.ini else None,
            "toml": str(launch.toml) if launch.toml else None,
            "extra": str(launch.extra) if launch.extra else None,
            "options": dict(launch.options),
            "section": launch.section,
            "x_arguments": list(launch.x_arguments),
            "credentials": held,
            "ahead": launch.ahead,
            "engine": launch.engine,
            "metadata": launch.metadata,
            "dialect": launch.dialect,
        }
        self._remember(launch.watched())
        versions = self.request(told, ignore, 120)
        if launch.toml and launch.ini is None and _version(versions["alembic"]) < (1, 16):
            raise ConfigError(
                f"Alembic {versions['alembic']} in {launch.python} cannot read its config from "
                "pyproject.toml; that needs 1.16. Upgrade it, or add an alembic.ini."
            )

    def request(
        self,
        values: dict[str, Any],
        on_event: Callable[[Event], None],
        timeout: float | None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Any:
        """Send one request, and follow it to its result.

        ``cancelled`` is asked once, when the request is out: ``cancel`` may have come before it.
        """
        self._number += 1
        self._printed = Printed()
        self._write({**values, "id": self._number})
        if cancelled():
            self.cancel()
        reply = self._follow(on_event, timeout)
        self.loaded |= {Path(name) for name in reply.get("files", ())}
        self._remember(self.loaded)
        if "error" in reply:
            self.is_worn = bool(reply["error"].get("is_worn"))
            raise self._error(reply["error"])
        return reply["result"]

    def cancel(self) -> None:
        """Ask the process to end the request that was sent last; thread-safe."""
        self._write({"call": "cancel", "id": self._number})

    def is_stale(self) -> bool:
        """Whether a loaded file, the list of revision files, or the environment has changed."""
        if self._environment != dict(os.environ):
            return True
        known = set(self._seen)
        if set(self._launch.watched()) - known:
            return True
        return any(_state(path) != state for path, state in self._seen.items())

    def kill(self) -> None:
        """Kill the process group, wait for its end, close the channels. Repeatable."""
        if self.is_alive:
            self._kill_group()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=10)
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self._popen.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("__main__.py")
        environment = {k: v for k, v in os.environ.items() if k not in CREDENTIALS}
        # An empty name would mean the default, ~/.pgpass.
        environment.update(PYTHONDONTWRITEBYTECODE="1", PGPASSFILE=os.devnull)
        if self._launch.paths:
            others = environment.get("PYTHONPATH")
            paths = [*map(str, self._launch.paths), *([others] if others else [])]
            environment["PYTHONPATH"] = os.pathsep.join(paths)
        try:
            return subprocess.Popen(
                [str(self._launch.python), str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._launch.root,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerError(
                f"The worker could not be started with {self._launch.python}: {error.strerror}."
            ) from error

    def _listen(self, kind: str, stream: Any) -> None:
        """Read a stream in a thread of its own, so that a full pipe never stops the worker."""

        def read() -> None:
            with stream:
                for lines in whole_lines(stream):
                    if self._unread.add(lines):
                        self._messages.put((kind, b""))
            self._messages.put((kind, None))

        def read_whole_lines() -> None:
            # Replies may be long; only what a project prints is cut.
            with stream:
                for line in stream:
                    self._messages.put((kind, line))
            self._messages.put((kind, None))

        target = read if kind == "printed" else read_whole_lines
        threading.Thread(target=target, name=f"worker-{kind}", daemon=True).start()

    def _write(self, message: dict[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        stream = self._popen.stdin
        if stream is None:
            return
        # A dead process is noticed when its streams end.
        with self._writing, contextlib.suppress(OSError, ValueError):
            stream.write(line)
            stream.flush()

    def _follow(self, on_event: Callable[[Event], None], timeout: float | None) -> dict[str, Any]:
        """Read until the reply is here, and everything that was printed before it."""
        deadline = None if timeout is None else time.monotonic() + timeout
        reply: dict[str, Any] | None = None
        printed_all = self._is_mute
        while reply is None or not printed_all:
            kind, line = self._next(deadline, timeout, has_reply=reply is not None)
            if kind == "printed":
                printed_all = self._take_prints(line, on_event) or printed_all
            elif line is None:
                if reply is None:
                    raise self._death(on_event)
                break
            else:
                reply = self._take_reply(self._understood(line), on_event) or reply
        return reply

    def _next(
        self, deadline: float | None, timeout: float | None, *, has_reply: bool
    ) -> tuple[str, Any]:
        """The next message; that of the channel's end, also where others hold the channel open.

        With ``has_reply`` only output is missing, which somebody may have closed: it is not waited
        for long. Raises WorkerError after the deadline, Stopped when a person asked for that.
        """
        patience = time.monotonic() + _GRACE
        while True:
            stopping.check()
            now = time.monotonic()
            if has_reply and now >= patience:
                return "reply", None
            if deadline is not None and now >= deadline and not has_reply:
                break
            wait = stopping.PAUSE if stopping.is_stoppable() else _LOOK
            if deadline is not None and not has_reply:
                wait = min(wait, deadline - now)
            try:
                return self._messages.get(timeout=wait)
            except queue.Empty:
                if not self.is_alive and self._messages.empty():
                    return "reply", None
        raise WorkerError(
            f"The project's code did not answer within {timeout:g} s, and was stopped."
        )

    def _take_prints(self, line: bytes | None, on_event: Callable[[Event], None]) -> bool:
        """Keep and pass on what was printed; true at the end of this request's output."""
        self._is_mute = self._is_mute or line is None
        ends = [self._take_print(each, on_event) for each in self._unread.take()]
        return any(ends) or line is None

    def _take_print(self, line: bytes, on_event: Callable[[Event], None]) -> bool:
        text, mark, number = line.decode(errors="replace").partition(END_OF_OUTPUT)
        told = self._printed.add(text) if text else None
        if told is not None:
            on_event({"event": "log", "text": told})
        return bool(mark) and number.strip() == str(self._number)

    def _understood(self, line: bytes) -> dict[str, Any]:
        """A message of the worker's. Raises WorkerError for what something else wrote there."""
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if isinstance(message, dict) and not message.keys().isdisjoint(_MESSAGES):
            return message
        wrong = what_is_wrong(self._launch.python) if self._number == 1 else None
        said = redact(line[:200].decode(errors="replace")).strip()
        told = f"Something else than the worker wrote into its channel: {said!r}. It was stopped."
        raise WorkerError(wrong or told)

    def _take_reply(
        self, message: dict[str, Any], on_event: Callable[[Event], None]
    ) -> dict[str, Any] | None:
        if message.get("event") == "statements":
            for item in message["items"]:
                on_event({"event": "statement", **item})
            return None
        if "event" in message:
            on_event(message)
            return None
        return message if message.get("id") == self._number else None

    def _death(self, on_event: Callable[[Event], None]) -> WorkerError:
        """The process has gone without a reply: how, and with which last words."""
        deadline = time.monotonic() + 5
        while self.is_alive and time.monotonic() < deadline:
            time.sleep(0.01)
        code = self._popen.returncode
        if code is None:
            return WorkerError(
                f"The project's code closed the channel of the worker ({self._launch.python}), "
                "which is one of the files that it found open. It was stopped."
            )
        while True:
            try:
                kind, line = self._messages.get(timeout=1)
            except queue.Empty:
                break
            if kind == "printed" and self._take_prints(line, on_event):
                break
        wrong = what_is_wrong(self._launch.python) if self._number == 1 else None
        if wrong is not None:
            return WorkerError(wrong)
        how = f"was killed by {_signal(-code)}" if code < 0 else f"ended with code {code}"
        said = self.output().strip()
        return WorkerError(
            f"The worker ({self._launch.python}) {how} before it answered.",
            details={"output": said} if said else None,
        )

    def _error(self, told: dict[str, Any]) -> WorkbenchError:
        if told["kind"] == "missing":
            found = self._launch.python_from
            about = f"Python {told['details']['python']}{', ' if found else ''}{found}"
            return WorkerError(
                f"{told['message']!r} is not installed for {self._launch.python} ({about}). "
                "Install it there, or name the project's own interpreter: --python, or "
                "Project.open(python=…)."
            )
        details = dict(told["details"])
        if self.output().strip():
            details["output"] = self.output().strip()
        return _ERRORS[told["kind"]](told["message"], details=details)

    def _remember(self, paths: Iterable[Path]) -> None:
        """Note the state of files. One that changed since the start was perhaps read before."""
        for path in paths:
            if path not in self._seen:
                state = _state(path)
                late = state is not None and state[0] > self._started
                self._seen[path] = (-1, -1) if late else state


def ignore(event: Event) -> None:
    """Take the events of a request that nobody follows."""


def _has_ended(pid: int) -> bool:
    """Whether a child has ended, without taking note of it: its number is not given out again."""
    if not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False


def _signal(number: int) -> str:
    """Its number, and what it means where that is known."""
    told = {"SIGSEGV": "a crash in compiled code", "SIGABRT": "a crash in compiled code",
            "SIGBUS": "a crash in compiled code", "SIGFPE": "a crash in compiled code",
            "SIGKILL": "perhaps for want of memory"}  # fmt: skip
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    about = f", {told[name]}" if name in told else ""
    return f"signal {number} ({name}{about})"


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
