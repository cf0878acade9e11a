"""Virtual environments of real projects: made once, kept in the user's cache by their pins."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from schema import Project, find_drift
from schema.drift import Drift
from schema.rehearsal import Options, Rehearsal
from schema.timeline import Timeline, read_timeline

HERE = Path(__file__).parent


class NotInstalledError(Exception):
    """The packages could not be installed."""


@dataclass(frozen=True)
class Installed:
    """A project's virtual environment. Nothing of the workbench is in it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        return next((self.folder / "lib").glob("python*/site-packages"))

    def run(self, code: str) -> None:
        """Run some Python there, as the project's own users would."""
        environment = {
            **os.environ,
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
            environment.pop(name, None)
        command = [str(self.python), "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]


def install(name: str) -> Installed:
    """The environment of ``tests/real/<name>.txt``; made if it is not there yet."""
    pins = HERE / f"{name}.txt"
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "schema-workbench-tests" / f"{name}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").is_file():
            _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            # Workers write no bytecode: without it, each would compile the project once more.
            options = ["--quiet", "--compile-bytecode", "--no-deps", "-r", str(pins)]
            _uv("pip", "install", "--python", str(folder), *options)
            (folder / "complete").touch()
    return Installed(folder)


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotInstalledError(f"{' '.join(arguments[:2])}: {done.stderr.strip()[-500:]}")


@dataclass(frozen=True)
class Site:
    """One project on one kind of database, opened as a stranger would; ``live`` is its own work."""

    project: Project
    dialect: str
    live: str
    start: str
    server: str | None

    def timeline(self) -> Timeline:
        return read_timeline(self.project, dialect=self.dialect, server=self.server)

    def drift(self) -> Drift:
        return find_drift(self.project, self.live)

    def rehearsed(self) -> tuple[list[str], tuple[str, str] | None]:
        """Up from ``start`` to head and down as far as it goes.

        The steps that were done, as ``+`` or ``-`` and the revision; and which failed, and why.
        """
        options = Options(ledger="off")
        with Rehearsal.start(self.project, self.start, options=options) as rehearsal:
            rehearsal.run_to("heads")
            if not rehearsal.has_failed:
                rehearsal.run_to("base")
            steps = list(rehearsal.steps)
            rehearsal.close(drop=True)
        named = [f"{'+' if step.direction == 'up' else '-'}{step.revision}" for step in steps]
        if steps[-1].error is None:
            return named, None
        return named[:-1], (named[-1], str(steps[-1].error))


def failures(timeline: Timeline) -> dict[str, str]:
    """Why revisions could not be run, by their ids."""
    return {
        step.revision.id: str(step.failure) for step in timeline.steps if step.failure is not None
    }


def told(drift: Drift) -> set[tuple[str, str, str, str | None]]:
    """What differs between live, migrations and models: change, kind, name and cause."""
    return {
        (item.change, item.kind, item.label.removeprefix("public."), item.cause)
        for item in [*drift.differences, *drift.models]
    }
