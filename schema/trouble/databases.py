"""A database that cannot be opened or read: what the message means, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL

from schema.database import dialect_of, open_read_only, show_url, sqlite_path
from schema.errors import WorkbenchError
from schema.project import Project, alembic_command
from schema.trouble.values import Advice, Trouble, command, to_type

__all__ = ["database_trouble"]

#: What a message means, by words that stand in it, as SQLite, PostgreSQL and MariaDB have them.
_MEANINGS = (
    ("no-database-file", r"There is no SQLite file|file is not a database|unable to open database"),
    ("locked", r"database is locked|lock timeout|Lock wait timeout"),
    ("no-such-database", r"database \"[^\"]*\" does not exist|Unknown database"),
    ("no-rights", r"permission denied for|command denied|insufficient privilege"),
    ("refused", r"password authentication failed|no password supplied|Access denied|"
                r"role \"[^\"]*\" does not exist|no pg_hba\.conf entry|authentication failed"),
    ("unreachable", r"Connection refused|No such file or directory|resolve host|timed? ?out|"
                    r"Can't connect|could not connect|Network is unreachable|Name or service|"
                    r"connection failed|server closed the connection"),
)  # fmt: skip

_TABLE = re.compile(r"permission denied for (table|relation|schema|view) (\S+?)[.\s]?$|"
                    r"denied for (table|relation|schema|view) ([\w\".]+)")  # fmt: skip


def database_trouble(
    error: WorkbenchError, url: URL | None, project: Project | None = None
) -> Trouble:
    """The trouble that an error of a database tells of. No password is in it.

    ``project`` is the one whose database it is, where that is known.
    """
    message = " ".join(str(error).split())
    kind = next((kind for kind, words in _MEANINGS if re.search(words, message)), "database")
    advice, facts = _ADVISERS[kind](message, url) if url is not None else ([], [])
    if url is not None and project is not None:
        advice += _making(kind, url, project)
    return Trouble(kind, message, tuple(facts), tuple(advice))


def _making(kind: str, url: URL, project: Project) -> Iterator[Advice]:
    """How the migrations make a database that is not there."""
    if kind == "no-database-file" and not sqlite_path(url).exists():
        said = "If it is to be made from the migrations, this does it."
    elif kind == "no-such-database":
        said = "If it is to be made: whoever may runs CREATE DATABASE, and this does the rest."
    else:
        return
    yield to_type(said, alembic_command(project, "upgrade", "head", url=url))


_Told = tuple[list[Advice], list[str]]


def _no_file(_message: str, url: URL) -> _Told:
    path = sqlite_path(url)
    if path.is_dir():
        return [], [f"{path} is a folder."]
    if path.is_file():
        return _no_sqlite(path)
    facts = []
    folder = next((up for up in path.parents if up.is_dir()), None)
    if folder is not None and folder != path.parent:
        facts.append(
            f"Of its path, {folder} is there, and no {path.parent.relative_to(folder)} in it."
        )
    near = _near(path.name, [each.name for each in _databases_in(path.parent)])
    if near:
        facts.append(f"In the same folder there is {' and '.join(near)}.")
    return [
        Advice("Check the path. A relative one in env.py counts from the project's folder.")
    ], facts


def _no_sqlite(path: Path) -> _Told:
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        return [Advice("Let it be read.", command("chmod", "u+r", path))], [
            f"It cannot be read: {error.strerror}."
        ]  # fmt: skip
    if start == b"SQLite format 3\x00":
        fact = "It begins as a SQLite file does, so that it is damaged, or encrypted further on."
        return [Advice("Bring it back from a backup, or see what SQLite itself says:",
                       f"sqlite3 {command(path)} 'PRAGMA integrity_check'")], [fact]  # fmt: skip
    fact = f"Its first bytes are {start!r}; a SQLite file begins with b'SQLite format 3'."
    return [Advice("Check the path. If it was encrypted (SQLCipher) or is a dump in SQL, it has to "
                   "be made a plain SQLite file first.")], [fact]  # fmt: skip


def _databases_in(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for path in sorted(folder.iterdir())[:1000]:
            if path.suffix in {".sqlite", ".sqlite3", ".db", ".db3"} and path.is_file():
                yield path


def _locked(_message: str, url: URL) -> _Told:
    if dialect_of(url) != "sqlite":
        return [Advice("Try again when the other session has ended.")], []
    path = sqlite_path(url)
    beside = [name for name in (f"{path.name}-journal", f"{path.name}-wal")
              if path.with_name(name).exists()]  # fmt: skip
    facts = []
    if beside:
        lies = " and ".join(beside)
        facts.append(
            f"Beside it lies {lies}: a program is writing, or one was killed while it did."
        )
    return [
        Advice("Try again when that program is done; which ones have it open:",
               command("fuser", "-v", path)),
        Advice("Do not delete a journal beside it: without that, half a transaction stays."),
    ], facts  # fmt: skip


def _no_database(_message: str, url: URL) -> _Told:
    names = _databases_on(url)
    facts = []
    if names:
        near = _near(url.database or "", names)
        listed = near or names[:8]
        more = f" and {len(names) - len(listed)} more" if len(names) > len(listed) else ""
        facts.append(f"The server has {', '.join(listed)}{more}.")
    return [Advice("Check the database's name in the URL.")], facts


def _databases_on(url: URL) -> list[str]:
    """The databases that the server tells of; none where it tells nothing."""
    try:
        if dialect_of(url) == "postgresql":
            query = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY datname"
            with open_read_only(url.set(database="postgres")) as connection:
                return [str(name) for name in connection.scalars(sa.text(query))]
        with open_read_only(url.set(database="information_schema")) as connection:
            query = "SELECT schema_name FROM schemata ORDER BY schema_name"
            found = [str(name) for name in connection.scalars(sa.text(query))]
    except WorkbenchError:
        return []
    ours = {"information_schema", "mysql", "performance_schema", "sys"}
    return [name for name in found if name not in ours]


def _refused(message: str, url: URL) -> _Told:
    role = url.username or "(none named)"
    facts = [f"The role is {role}; {'a' if url.password else 'no'} password is in the URL."]
    written = "In a URL, %40 stands for @, %2F for / and %25 for %."
    advice = [Advice(f"Check the role and its password. {written}")]
    if "pg_hba" in message:
        advice.append(Advice("From which addresses it lets a role in is set in its pg_hba.conf."))
    return advice, facts


def _no_rights(message: str, url: URL) -> _Told:
    role = url.username or "the role"
    found = _TABLE.search(message)
    what = next((part for part in (found[2], found[4]) if part), "") if found else ""
    facts = [f"The role is {role}."]
    if dialect_of(url) == "postgresql" and what:
        is_schema = bool(found) and "schema" in message.partition("denied for")[2][:8]
        right = "USAGE ON SCHEMA" if is_schema else "SELECT ON"
        sql = f"GRANT {right} {_quoted(what)} TO {_quoted(role)};"
        return [
            Advice("Have its owner let the role read it; no right to write is needed.", None, sql)
        ], facts
    return [Advice("Have its owner let the role read it; no right to write is needed.")], facts


def _quoted(name: str) -> str:
    """A name as PostgreSQL wants it, by its own rules; a dotted one part by part."""
    quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
    return ".".join(quote(part.strip('"')) for part in name.split("."))


def _unreachable(_message: str, url: URL) -> _Told:
    host = url.query.get("host") or url.host or "the default socket"
    port = f", port {url.port}" if url.port else ""
    facts = [f"The URL leads to {host}{port}."]
    between = "a tunnel, a container's own network, a firewall"
    advice = [Advice(f"See whether the server runs, and is reached from here ({between}).")]
    if str(host) in {"db", "postgres", "mysql", "mariadb", "database"}:
        facts.append("Such a host is a container's name: it is known within its network only.")
        advice.append(
            Advice("From outside of it, use the published port: --url …@localhost:PORT/…")
        )
    return advice, facts


def _other(_message: str, url: URL) -> _Told:
    return [], [f"The URL is {show_url(url)}."]


_ADVISERS = {
    "no-database-file": _no_file,
    "locked": _locked,
    "no-such-database": _no_database,
    "no-rights": _no_rights,
    "refused": _refused,
    "unreachable": _unreachable,
    "database": _other,
}


def _near(name: str, others: list[str]) -> list[str]:
    return difflib.get_close_matches(name, others, n=3, cutoff=0.5)
