"""Copying a PostgreSQL database through pg_dump and pg_restore.

Rows are streamed from one to the other, without a file in between. What follows them, indexes and
constraints, are definitions only: they go through a small file, so that pg_restore can build
several at once, which takes half the time. Both are of one snapshot.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL

from schema.errors import ScratchError
from schema.scratch.clients import Clients, check_ended, start_dump, start_restore
from schema.scratch.model import Cancelled, Progress
from schema.scratch.snapshot import exported_snapshot
from schema.scratch.watch import STOPPED, stopping
from schema.unfinished import working_folder

__all__ = ["Route", "transfer"]

_CHUNK = 1 << 18  # bytes moved at a time
_DATA_SHARE = 0.7  # of the progress: indexes and constraints come after all data
_INTERVAL = 0.1  # seconds between two reports of progress


@dataclass(frozen=True)
class Route:
    """From where to where, and by which programs.

    ``keep_owners`` also keeps privileges; both need the roles to exist on the target's server.
    """

    source: URL
    target: URL
    clients: Clients
    keep_owners: bool
    cancelled: Cancelled | None = None

    def stream(
        self,
        sections: tuple[str, ...],
        snapshot: str | None,
        *,
        expected: int = 0,
        progress: Progress | None = None,
    ) -> None:
        """Restore these sections while they are dumped; ``expected`` is about how many bytes."""
        options = [f"--section={section}" for section in sections]
        options += [f"--snapshot={snapshot}"] if snapshot else []
        with tempfile.TemporaryFile() as dump_log, tempfile.TemporaryFile() as restore_log:
            dump = start_dump(self.source, self.clients, options, dump_log)
            with self._watched(dump) as running:
                restore = self._restore([], restore_log, stdin=subprocess.PIPE)
                running.append(restore)
                _pump(dump, restore, expected, progress)
            check_ended(dump, dump_log, "read", self.source)
            check_ended(restore, restore_log, "filled", self.target)

    @contextmanager
    def dumping_rest(self, snapshot: str | None, file: Path) -> Iterator[None]:
        """Write the definitions of what follows the rows: indexes, constraints, triggers.

        It goes on while the block runs, which is to copy the rows: both lock the tables against
        changes at once, at the beginning.
        """
        options = ["--section=post-data", f"--file={file}"]
        options += [f"--snapshot={snapshot}"] if snapshot else []
        with tempfile.TemporaryFile() as log:
            dump = start_dump(self.source, self.clients, options, log)
            with self._watched(dump):
                yield
            check_ended(dump, log, "read", self.source)

    def restore_rest(self, file: Path, progress: Progress | None = None) -> None:
        """Build what ``dumping_rest`` wrote.

        One after another: in a file without the tables, pg_restore does not know which foreign keys
        would wait for each other, and several at once could deadlock.
        """
        total = self._count(file)
        options = ["--verbose", str(file)]
        with tempfile.NamedTemporaryFile() as log:
            restore = self._restore(options, log, stdin=subprocess.DEVNULL)
            with self._watched(restore):
                while True:
                    _tell_built(Path(log.name), total, progress)
                    with suppress(subprocess.TimeoutExpired):
                        restore.wait(_INTERVAL)
                        break
            check_ended(restore, log, "filled", self.target)

    def _count(self, file: Path) -> int:
        command = [str(self.clients.restore), "--list", str(file)]
        listed = subprocess.run(command, capture_output=True, check=False).stdout.splitlines()
        return sum(not line.startswith(b";") for line in listed)

    def _restore(
        self, options: list[str], log: IO[bytes], *, stdin: int
    ) -> subprocess.Popen[bytes]:
        owners = [] if self.keep_owners else ["--no-owner", "--no-acl"]
        return start_restore(self.target, self.clients, owners + options, log, stdin=stdin)

    @contextmanager
    def _watched(self, process: subprocess.Popen[bytes]) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Wait for the processes in the end; end them when that is asked for, or on an error."""
        running = [process]

        def stop() -> None:
            for each in running:
                with suppress(ProcessLookupError):
                    each.terminate()

        try:
            with stopping(self.cancelled, stop) as stopped:
                yield running
                for each in running:
                    each.wait()
        finally:
            _end(*running)
        if stopped.is_set():
            raise ScratchError(STOPPED)


def transfer(route: Route, *, expected: int, progress: Progress | None = None) -> None:
    """Fill the empty database of the route's target with what its source holds, as of one moment.

    ``expected`` is about how many bytes will flow. The source is only read. Raises ScratchError.
    """
    with working_folder("dump") as folder:
        rest = Path(folder, "rest.dump")
        with exported_snapshot(route.source) as (_, snapshot):
            if snapshot is None:
                route.stream((), None, expected=expected, progress=progress)
                return
            with route.dumping_rest(snapshot, rest):
                route.stream(("pre-data", "data"), snapshot, expected=expected, progress=progress)
        route.restore_rest(rest, progress)


def _pump(
    dump: subprocess.Popen[bytes],
    restore: subprocess.Popen[bytes],
    expected: int,
    progress: Progress | None,
) -> None:
    """Move bytes from one to the other. One that died ends it; its log says why."""
    assert dump.stdout is not None  # noqa: S101 -- both are pipes
    assert restore.stdin is not None  # noqa: S101
    moved, told = 0, 0.0
    with suppress(BrokenPipeError):
        while chunk := os.read(dump.stdout.fileno(), _CHUNK):
            restore.stdin.write(chunk)
            moved += len(chunk)
            if progress is not None and time.monotonic() - told > _INTERVAL:
                told = time.monotonic()
                share = min(moved / max(expected, 1), 1.0) * _DATA_SHARE
                progress(share, f"{moved / 1e6:,.0f} of about {expected / 1e6:,.0f} MB copied")
    dump.stdout.close()  # a pg_dump that nobody reads ends by itself
    with suppress(BrokenPipeError):
        restore.stdin.close()


def _tell_built(log: Path, total: int, progress: Progress | None) -> None:
    """How many of the definitions are built: pg_restore's log names each that is finished."""
    if progress is None:
        return
    done = log.read_bytes().count(b"finished item")
    share = _DATA_SHARE + (1 - _DATA_SHARE) * min(done / max(total, 1), 1.0)
    progress(share, f"{done} of {total} indexes and constraints built")


def _end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
