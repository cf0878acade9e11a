"""PostgreSQL's own programs, run so that nobody sees a password, and errors are one line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL

from schema.database import LOCK_TIMEOUT, show_url
from schema.errors import ScratchError
from schema.scratch import embedded

__all__ = ["Clients", "check_ended", "find_clients", "start_dump", "start_restore"]

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


def start_dump(
    source: URL, clients: Clients, options: list[str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """pg_dump in its custom format, uncompressed, to a pipe; in a read-only session."""
    command = [
        str(clients.dump),
        "--format=custom",
        "--compress=0",
        "--no-password",
        f"--lock-wait-timeout={LOCK_TIMEOUT}",
        f"--dbname={_conninfo(source)}",
        *options,
    ]
    environment = _environment(source) | {"PGOPTIONS": "-c default_transaction_read_only=on"}
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
    )


def start_restore(
    target: URL, clients: Clients, options: list[str], log: IO[bytes], *, stdin: int
) -> subprocess.Popen[bytes]:
    """pg_restore, which ends at the first error."""
    command = [str(clients.restore), "--exit-on-error", "--no-password", *options]
    return subprocess.Popen(
        [*command, f"--dbname={_conninfo(target)}"],
        env=_environment(target),
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=log,
    )


def check_ended(process: subprocess.Popen[bytes], log: IO[bytes], done: str, url: URL) -> None:
    """Raise ScratchError, in one line, for a program that failed; ``done`` is what it should do."""
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
    return (
        dict(os.environ)
        | {"LC_ALL": "C"}  # what they say is read
        | {variable: given[key] for variable, key in secrets.items() if key in given}
    )


def _parameters(url: URL) -> dict[str, str]:
    """What libpq is told; the driver's own arguments in the URL's query are not for it."""
    from psycopg.pq import Conninfo

    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    _, parameters = url.get_dialect()().create_connect_args(url)
    return {key: str(value) for key, value in parameters.items() if key in known}
