"""Copying a PostgreSQL database through pg_dump and pg_restore, without a file in between."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL

from schema.database import LOCK_TIMEOUT, show_url
from schema.errors import ScratchError
from schema.scratch import embedded
from schema.scratch.model import Cancelled, Progress
from schema.scratch.watch import stopping

__all__ = ["Clients", "find_clients", "transfer"]

_CHUNK = 1 << 18  # bytes moved at a time
_DATA_SHARE = 0.9  # of the progress: indexes and constraints come after all data
_INTERVAL = 0.1  # seconds between two reports of progress
_SECRET = {"password", "sslpassword", "passfile"}


@dataclass(frozen=True)
class Clients:
    """The programs of one PostgreSQL installation, and its major version."""

    dump: Path
    restore: Path
    version: int


def find_clients(version: int) -> Clients:
    """The oldest pg_dump and pg_restore that can read and write servers up to major ``version``.

    pg_dump refuses servers newer than itself, and a newer pg_restore may set what an older server
    does not know (``transaction_timeout``, from 17 on). The embedded server's own are looked at
    before those on PATH. Raises ScratchError when there are none.
    """
    found = [clients for folder in _folders() if (clients := _clients(folder)) is not None]
    usable = [clients for clients in found if clients.version >= version]
    if not usable:
        known = ", ".join(str(clients.version) for clients in found) or "none"
        raise ScratchError(
            f"Copying this database needs pg_dump {version} or newer; found: {known}. "
            "Install PostgreSQL's client programs of that version."
        )
    return min(usable, key=lambda clients: clients.version)


def _folders() -> list[Path]:
    on_path = shutil.which("pg_dump")
    return embedded.client_folders() + ([Path(on_path).parent] if on_path else [])


def _clients(folder: Path) -> Clients | None:
    dump, restore = folder / "pg_dump", folder / "pg_restore"
    if not (dump.exists() and restore.exists()):
        return None
    said = subprocess.run([dump, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)[.\w]*", said)
    return Clients(dump, restore, int(match[1])) if match else None


def transfer(
    source: URL,
    target: URL,
    clients: Clients,
    *,
    keep_owners: bool,
    expected: int,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> None:
    """Fill the empty database ``target`` with what ``source`` holds, as of one moment.

    ``expected`` is about how many bytes will flow. ``keep_owners`` also keeps privileges; both need
    the roles to exist on the target's server. The source is read in one read-only transaction.
    Raises ScratchError.
    """
    with tempfile.TemporaryFile() as dump_log, tempfile.TemporaryFile() as restore_log:
        dump = _start_dump(source, clients, dump_log)
        restore = _start_restore(target, clients, keep_owners, restore_log)

        def stop() -> None:
            for process in (dump, restore):
                with suppress(ProcessLookupError):
                    process.terminate()

        try:
            with stopping(cancelled, stop) as stopped:
                _pump(dump, restore, expected, progress)
                dump.wait()
                restore.wait()
        finally:
            _end(dump, restore)
        if stopped.is_set():
            raise ScratchError("The copy was stopped; nothing of it is left.")
        _check(dump, dump_log, "read", source)
        _check(restore, restore_log, "filled", target)


def _start_dump(source: URL, clients: Clients, log: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [
        str(clients.dump),
        "--format=custom",
        "--compress=0",
        "--no-password",
        f"--lock-wait-timeout={LOCK_TIMEOUT}",
        f"--dbname={_conninfo(source)}",
    ]
    environment = _environment(source) | {"PGOPTIONS": "-c default_transaction_read_only=on"}
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
    )


def _start_restore(
    target: URL, clients: Clients, keep_owners: bool, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    command = [str(clients.restore), "--exit-on-error", "--no-password"]
    if not keep_owners:
        command += ["--no-owner", "--no-acl"]
    return subprocess.Popen(
        [*command, f"--dbname={_conninfo(target)}"],
        env=_environment(target),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log,
    )


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
    if progress is not None:
        progress(_DATA_SHARE, "building indexes and constraints")


def _end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def _check(process: subprocess.Popen[bytes], log: IO[bytes], done: str, url: URL) -> None:
    if process.returncode == 0:
        return
    log.seek(0)
    lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
    errors = [line.partition("error: ")[2] for line in lines if "error: " in line]
    # The first one names the cause. pg_dump has none when its reader died: it ends by a signal.
    if process.returncode < 0 and not errors:
        return
    text = " ".join((errors or lines or ["no reason given"])[0].split())
    if "statement timeout" in text:  # which is what --lock-wait-timeout sets
        text = f"a table stayed locked by others for {LOCK_TIMEOUT / 1000:g} seconds; try again"
    if url.password:
        text = text.replace(str(url.password), "***")
    raise ScratchError(
        f"{show_url(url)} could not be {done}: {text}.", details={"log": "\n".join(lines)}
    )


def _conninfo(url: URL) -> str:
    """The URL as libpq writes it, without what is secret: everybody can read a command line."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(
        **{key: value for key, value in _parameters(url).items() if key not in _SECRET}
    )


def _environment(url: URL) -> dict[str, str]:
    """The variables of one child: source https://www.postgresql.org/docs/18/libpq-envars.html"""
    secrets = {"PGPASSWORD": "password", "PGPASSFILE": "passfile"}
    given = _parameters(url)
    return dict(os.environ) | {
        variable: given[key] for variable, key in secrets.items() if key in given
    }


def _parameters(url: URL) -> dict[str, str]:
    """What libpq is told; the driver's own arguments in the URL's query are not for it."""
    from psycopg.pq import Conninfo

    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    _, parameters = url.get_dialect()().create_connect_args(url)
    return {key: str(value) for key, value in parameters.items() if key in known}
