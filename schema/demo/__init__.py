"""Sample databases: a "production" of the bundled project with data, and drift to be found.

The database is made as a scratch database, migrated by the same worker as a rehearsal, filled,
changed by hand, and only when all of that is done given its final name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema import scratch
from schema.catalog.mariadb_errors import error_words
from schema.database import dialect_of, parse_url, show_url, sqlite_path
from schema.demo.by_hand import CHANGES, leave_rows, make_changes
from schema.demo.filling import fill
from schema.errors import ConfigError, ScratchError, WorkbenchError
from schema.history import read_history
from schema.project import Project

__all__ = ["REVISION", "Demo", "bundled_config", "make_demo", "migrate"]

#: Where the sample databases stand: nine of fourteen revisions applied, five pending.
REVISION = "e454a81bd5a2"

#: Told the part done (0.0 to 1.0) and what is being done, in words.
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Demo:
    """A sample database: where it is, its stamp, and what was changed by hand, in words."""

    url: URL
    revision: str
    drift: tuple[str, ...]


def make_demo(
    target: str | Path | URL,
    *,
    requests: int = 20_000,
    events: int = 300_000,
    seed: int = 0,
    replace: bool = False,
    progress: Progress | None = None,
) -> Demo:
    """Make a sample database: a SQLite file by path or URL, or a server's database by URL.

    The same sizes and seed give the same rows on every day. The database stands at REVISION, with
    ``requests`` guest requests, ``events`` guest events, and eight kinds of drift. A role on
    PostgreSQL, or an account on MariaDB, must be allowed to make databases. ``replace`` allows an
    existing database to be replaced, once the new one is complete. Nothing half-made is left
    behind. Raises ScratchError when the target exists, or cannot be made.
    """
    if requests < 1 or events < 0:
        raise WorkbenchError(
            f"A sample database needs at least one request and no negative number of events; "
            f"{requests} and {events} were asked for."
        )
    url = _target(target)
    _check_target(url, replace=replace)
    tell = progress or _silent
    with _scratch_for(url) as made:
        _migrate(made, tell)
        with _connection(made.url) as connection:
            fill(
                connection, requests, events, seed, lambda part, text: tell(0.1 + 0.7 * part, text)
            )
            tell(0.8, "changing the schema by hand")
            make_changes(connection)
            leave_rows(connection, seed)
        tell(0.9, f"giving it its name: {show_url(url)}")
        _publish(made, url)
    tell(1.0, "done")
    return Demo(url, REVISION, tuple(change.description for change in CHANGES))


def _silent(_part: float, _text: str) -> None:
    """Progress that nobody wants to see."""


def _target(target: str | Path | URL) -> URL:
    if isinstance(target, Path) or (isinstance(target, str) and "://" not in target):
        return URL.create("sqlite", database=str(Path(target).expanduser().absolute()))
    return parse_url(target)


def _check_target(url: URL, *, replace: bool) -> None:
    """Refuse, before any work is done, a target that cannot or must not be written."""
    if not url.database:
        raise ScratchError(
            f"A sample database cannot be made at {show_url(url)}: give a SQLite file, or the URL "
            "of a PostgreSQL or MariaDB database that is yet to be made."
        )
    if dialect_of(url) == "sqlite":
        _check_folder(sqlite_path(url).parent)
    if not _exists(url):
        return
    if not replace:
        raise ScratchError(
            f"{show_url(url)} exists. Choose another name, or have it replaced (--replace)."
        )
    if dialect_of(url) == "sqlite" and not _is_sqlite(sqlite_path(url)):
        raise ScratchError(f"{sqlite_path(url)} is no SQLite database; it was not replaced.")


def _check_folder(folder: Path) -> None:
    """A folder that is missing will be made, so it is the nearest existing one that counts."""
    nearest = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not nearest.is_dir():
        raise ScratchError(f"{nearest} is no folder. Choose another place for the sample database.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ScratchError(f"{nearest} cannot be written to. Choose another folder.")


_KNOWN = {
    "postgresql": "SELECT 1 FROM pg_database WHERE datname = :name",
    "mariadb": "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = :name",
}


def _exists(url: URL) -> bool:
    if dialect_of(url) == "sqlite":
        return os.path.lexists(sqlite_path(url))
    with _maintenance(url) as connection:
        query = sa.text(_KNOWN[dialect_of(url)])
        return connection.scalar(query, {"name": url.database}) is not None


def _is_sqlite(path: Path) -> bool:
    """Whether the file is empty or begins as https://sqlite.org/fileformat.html says."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) in {b"", b"SQLite format 3\0"}


@contextmanager
def _scratch_for(url: URL) -> Iterator[scratch.ScratchDatabase]:
    """An empty scratch database where the target will be; dropped if it does not become that."""
    dialect = dialect_of(url)
    server = url if dialect != "sqlite" else None
    with scratch.create(dialect, server=server, label="demo") as made:
        if server is not None and made.url.set(database="") != server.set(database=""):
            raise ScratchError(
                f"The role of {show_url(url)} may not make databases there. "
                "Have somebody grant it CREATEDB, or use another role."
            )
        if dialect == "mariadb":  # whose own default may be Latin-1
            with _connection(made.url) as connection:
                connection.exec_driver_sql("ALTER DATABASE CHARACTER SET utf8mb4")
        yield made


def _migrate(made: scratch.ScratchDatabase, tell: Progress) -> None:
    """Bring the empty database to REVISION."""
    with Project.open(bundled_config(), section="alembic", x=()) as project:
        migrate(project, made, REVISION, lambda part, text: tell(0.1 * part, text))


def migrate(
    project: Project,
    made: scratch.ScratchDatabase,
    revision: str,
    tell: Progress = _silent,
) -> None:
    """Bring an empty scratch database to a revision, one step at a time, as a rehearsal does."""
    path = read_history(project).upgrade_path((), revision)
    with closing(project.start_worker()) as worker:
        for number, step in enumerate(path):
            tell(number / len(path), f"upgrading: {step.message}")
            worker.step(made, "up", step.id)


def bundled_config() -> Path:
    """The bundled project's config. Raises ConfigError where this is no checkout."""
    config = Path(__file__).resolve().parents[2] / "alembic.ini"
    if not config.is_file():
        raise ConfigError(
            f"{config} is missing: sample databases are made in a checkout of the schema "
            "workbench, as the bundled Alembic project is no part of the installed package."
        )
    return config


@contextmanager
def _connection(url: URL) -> Iterator[Connection]:
    """One transaction on a scratch database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _maintenance(url: URL) -> Iterator[Connection]:
    """A session outside any transaction on the server of a database."""
    place = "postgres" if dialect_of(url) == "postgresql" else ""
    engine = sa.create_engine(
        url.set(database=place), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT"
    )
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        raise ScratchError(f"{show_url(url)}: {error_words(error)}") from error
    finally:
        engine.dispose()


def _publish(made: scratch.ScratchDatabase, url: URL) -> None:
    """Give it its final name, taking the place of what may be replaced."""
    if not _exists(url):
        scratch.publish(made, url)
    elif dialect_of(url) == "sqlite":
        _publish_file(made, sqlite_path(url))
    elif dialect_of(url) == "mariadb":  # which renames no database: the new one is complete
        with _maintenance(url) as connection:
            name = connection.dialect.identifier_preparer.quote_identifier(url.database or "")
            connection.exec_driver_sql(f"DROP DATABASE {name}")
        scratch.publish(made, url)
    else:
        _publish_database(made, url)


def _publish_file(made: scratch.ScratchDatabase, path: Path) -> None:
    new = path.with_name(f"{path.name}.{made.token[:6]}.new")
    try:
        scratch.publish(made, URL.create("sqlite", database=str(new)))
        # What the old file's WAL holds must not be taken for the new one's.
        for end in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        new.replace(path)
    except OSError as error:
        raise ScratchError(f"{path} could not be replaced: {error.strerror}.") from error
    finally:
        new.unlink(missing_ok=True)


def _publish_database(made: scratch.ScratchDatabase, url: URL) -> None:
    """Rename the old database away, and drop it only when the new one bears its name."""
    with _maintenance(url) as connection:
        quote = connection.dialect.identifier_preparer.quote_identifier
        name, old = quote(url.database or ""), quote(f"replaced_{made.token[:12]}")
        connection.exec_driver_sql(f"ALTER DATABASE {name} RENAME TO {old}")
        try:
            scratch.publish(made, url)
        except BaseException:
            connection.exec_driver_sql(f"ALTER DATABASE {old} RENAME TO {name}")
            raise
        connection.exec_driver_sql(f"DROP DATABASE {old}")
