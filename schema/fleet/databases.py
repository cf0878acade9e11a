"""The databases of a fleet: from a file, from globs, from a server, from a query on one."""

from __future__ import annotations

import csv
import glob
import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema.database import (
    Limits,
    dialect_of,
    open_read_only,
    parse_url,
    show_url,
    sqlite_path,
    translated,
)
from schema.errors import ConfigError, DatabaseError, UrlError

__all__ = [
    "Database",
    "as_database",
    "databases_in",
    "databases_on",
    "files_like",
    "of_query",
    "read_list",
    "schemas_in",
    "told_apart",
]

#: A whole line, or what follows a space: "#" may stand in a URL.
_COMMENT = re.compile(r"(^|\s)#.*")

#: A key and its value, as in libpq's own form of a DSN: one of them may be a password.
_PAIR = re.compile(r"\w\s*=\s*\S")
#: A line that begins with one; "acme= acme.db" is a name before a path.
_PAIRS = re.compile(r"\w+(=\S|\s+=)")


@dataclass(frozen=True)
class Database:
    """One database of a fleet. ``schema_name`` is a tenant's schema in it; None means all of it.

    ``url`` is None where what was given is no URL; ``problem`` says why.
    """

    name: str
    url: URL | None = field(repr=False)
    schema_name: str | None = None
    problem: str | None = None

    @property
    def shown(self) -> str:
        """The URL without its password, and the schema; ``""`` where there is no URL."""
        if self.url is None:
            return ""
        said = show_url(self.url)
        return f"{said} schema {self.schema_name}" if self.schema_name else said

    @property
    def kind(self) -> str | None:
        """``"sqlite"``, ``"postgresql"`` or ``"mariadb"``."""
        return None if self.url is None else dialect_of(self.url)

    @property
    def server(self) -> tuple[object, ...]:
        """What is asked when this database is: databases of one server share its limit."""
        if self.url is None or self.kind == "sqlite":
            return ("files",)
        socket = self.url.query.get("unix_socket") or self.url.query.get("host")
        return (self.kind, self.url.host, self.url.port, socket)


def as_database(text: str | Path | URL, name: str | None = None) -> Database:
    """A database from its URL, or from the path of a SQLite file. What is neither keeps its place
    in the fleet, with a ``problem``."""
    try:
        url = _url(text)
    except UrlError as error:
        return Database(name or _masked(str(text)), None, problem=str(error))
    return Database(name or _name(url), url)


def _url(text: str | Path | URL) -> URL:
    if isinstance(text, URL):
        return parse_url(text)
    said = str(text)
    if isinstance(text, Path) or "://" not in said:
        if not os.path.exists(said) and ("@" in said or _PAIR.search(said)):  # noqa: PTH110 -- any text
            raise UrlError(
                "It is no database URL, such as postgresql://me@host/name, and no file that is "
                "there. It is not repeated here, as it may hold a password."
            )
        if said and (Path(said).suffix or "/" in said or Path(said).exists()):
            path = Path(said).expanduser().absolute()
            return parse_url(URL.create("sqlite", database=str(path)))
        raise UrlError(f"There is no file {said!r}, and it is no database URL.")
    return parse_url(said)


def _name(url: URL) -> str:
    return sqlite_path(url).name if dialect_of(url) == "sqlite" else (url.database or "?")


def _masked(text: str) -> str:
    if _PAIR.search(text.partition("://")[0]):
        return "no URL"
    return f"***{text[text.rfind('@') :]}" if "@" in text else text


# -- lists ----------------------------------------------------------------------------------------


def read_list(path: Path) -> list[Database]:
    """The databases that a file lists; see ``databases_in``. Raises ConfigError."""
    try:
        return databases_in(path.read_text(encoding="utf-8-sig"), str(path))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not in UTF-8: {error}") from error


def databases_in(text: str, where: str = "the list") -> list[Database]:
    """The databases that a text lists: one URL, or path of a SQLite file, on a line.

    A name may stand before it. ``#`` begins a comment, at a line's start or after a space. A line
    may be a JSON object with ``url`` and optionally ``name`` and ``schema``. A text that begins
    with ``[`` is a JSON list of URLs and such objects; one whose first line has a column ``url``
    is CSV. Raises ConfigError where it is none of these.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith("["):
        return told_apart([_from_json(each, where) for each in _json(text, where)])
    if (rows := _csv_rows(text)) is not None:
        return told_apart([_from_fields(row, where) for row in rows])
    lines = (_COMMENT.sub("", line).strip() for line in text.splitlines())
    return told_apart([_from_line(line, where) for line in lines if line])


def _from_line(line: str, where: str) -> Database:
    if line.startswith("{"):
        return _from_json(_json(line, where), where)
    name, _, rest = line.partition(" ")
    if _PAIRS.match(line) and "://" not in line:
        return as_database(line)
    if rest.strip() and "://" not in name and not Path(line).exists():
        return as_database(rest.strip(), name.rstrip(":=,") or None)
    return as_database(line)


def _json(text: str, where: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where} holds what looks like JSON, and is none: {error}") from None


def _from_json(told: object, where: str) -> Database:
    if isinstance(told, str):
        return as_database(told)
    if isinstance(told, Mapping):
        return _from_fields({str(key).lower(): value for key, value in told.items()}, where)
    raise ConfigError(
        f"{where}: a database is a URL, or an object with url and name; not "
        f"a JSON {type(told).__name__}."
    )


def _csv_rows(text: str) -> list[dict[str, str]] | None:
    first = next((line for line in text.splitlines() if line.strip()), "")
    heads = [name.strip().lower() for name in first.split(",")]
    if "url" not in heads or "://" in first:
        return None
    found = csv.DictReader(io.StringIO(text.strip()), fieldnames=heads)
    return [row for row in list(found)[1:] if any(row.values())]


def _from_fields(told: Mapping[str, Any], where: str) -> Database:
    url = told.get("url")
    if not isinstance(url, str) or not url.strip():
        raise ConfigError(f"{where}: an entry has no url: {dict(told).keys()}.")
    found = as_database(url.strip(), str(told.get("name") or "").strip() or None)
    schema_name = str(told.get("schema") or "").strip() or None
    return replace(found, schema_name=schema_name)


def files_like(patterns: Iterable[str]) -> list[Database]:
    """The SQLite files that globs (``**`` too) name. Raises ConfigError for one without any."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        paths = sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True))  # noqa: PTH207
        files = [Path(each).absolute() for each in paths if Path(each).is_file()]
        if not files:
            raise ConfigError(f"No file is called {pattern!r}.")
        found.update(dict.fromkeys(files))
    # Beside a database stand its log and its journal.
    endings = ("-wal", "-shm", "-journal")
    kept = [path for path in found if not path.name.endswith(endings)]
    return told_apart([as_database(path) for path in kept])


# -- asked of a server ----------------------------------------------------------------------------


def of_query(url: URL | str, query: str, *, limits: Limits | None = None) -> list[Database]:
    """The databases that a query on another one names. The session is read-only.

    The query's column ``url`` (or ``dsn``, or its only one) holds URLs; ``name`` and ``schema``
    count where they are there. Raises DatabaseError.
    """
    on = parse_url(url)
    with open_read_only(on, limits=limits or Limits()) as connection, translated(on):
        result = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        if not result.returns_rows:
            raise DatabaseError("The query returns no rows: it must SELECT the URLs of databases.")
        names = [str(name).lower() for name in result.keys()]  # noqa: SIM118 -- a result's own
        rows = [dict(zip(names, row, strict=True)) for row in result]
    column = next((name for name in ["url", "dsn"] if name in names), names[0])
    if column not in {"url", "dsn"} and len(names) > 1:
        raise DatabaseError(f"The query must have a column url or dsn; it has {', '.join(names)}.")
    told = ({**row, "url": row[column]} for row in rows if row[column] is not None)
    return told_apart([_from_fields(row, "the query's result") for row in told])


_DATABASES = {
    "postgresql": "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate "
    "AND datname LIKE :pattern ORDER BY 1",
    "mariadb": "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE "
    ":pattern AND schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') "
    "ORDER BY 1",
}
_SCHEMAS = (
    "SELECT nspname FROM pg_namespace WHERE nspname LIKE :pattern AND nspname !~ '^pg_' "
    "AND nspname <> 'information_schema' ORDER BY 1"
)


def databases_on(
    url: URL | str, pattern: str = "%", *, limits: Limits | None = None
) -> list[Database]:
    """The databases of a server whose names are LIKE a pattern. Raises DatabaseError, UrlError."""
    on = parse_url(url)
    query = _DATABASES.get(dialect_of(on))
    if query is None:
        raise UrlError("A SQLite file is no server. Name the files by a glob, such as data/*.db.")
    with open_read_only(_maintenance(on), limits=limits or Limits()) as connection:
        names = _column(connection, on, query, pattern)
    if not names:
        raise DatabaseError(f"{show_url(on)}: no database is called like {pattern!r}.")
    return [Database(name, on.set(database=name)) for name in names]


def schemas_in(
    url: URL | str, pattern: str = "%", *, limits: Limits | None = None
) -> list[Database]:
    """The schemas of a PostgreSQL database whose names are LIKE a pattern, each as one of a fleet.

    Raises DatabaseError, UrlError.
    """
    on = parse_url(url)
    if dialect_of(on) != "postgresql":
        raise UrlError(
            "Only a PostgreSQL database holds schemas. On MariaDB a schema is a database: "
            "ask for databases by a pattern instead."
        )
    with open_read_only(on, limits=limits or Limits()) as connection:
        names = _column(connection, on, _SCHEMAS, pattern)
    if not names:
        raise DatabaseError(f"{show_url(on)}: no schema is called like {pattern!r}.")
    return [Database(name, on, schema_name=name) for name in names]


def _maintenance(url: URL) -> URL:
    """Where a server can be asked: the database that is named, else one that is always there."""
    return url if url.database or dialect_of(url) == "mariadb" else url.set(database="postgres")


def _column(connection: Connection, url: URL, query: str, pattern: str) -> list[str]:
    with translated(url):
        found: Sequence[Any] = connection.scalars(sa.text(query), {"pattern": pattern}).all()
    return [each.decode() if isinstance(each, bytes) else str(each) for each in found]


# -- as a whole -----------------------------------------------------------------------------------


def told_apart(databases: Iterable[Database]) -> list[Database]:
    """Each database once, and each under a name of its own."""
    once = list(
        {
            (place if each.url is None else each.shown): each
            for place, each in enumerate(databases)
        }.values()
    )
    for name in (_by_place, _by_url):
        counts = Counter(each.name for each in once)
        clash = [counts[each.name] > 1 for each in once]
        once = [
            replace(each, name=name(each)) if doubled else each
            for each, doubled in zip(once, clash, strict=True)
        ]
    return list(_numbered(once))


def _by_place(item: Database) -> str:
    if item.url is None:
        return item.name
    if item.kind == "sqlite":
        return "/".join(sqlite_path(item.url).parts[-2:])
    return f"{item.name}@{item.url.host or 'localhost'}"


def _by_url(item: Database) -> str:
    return item.shown or item.name


def _numbered(databases: Iterable[Database]) -> Iterator[Database]:
    seen: Counter[str] = Counter()
    for item in databases:
        seen[item.name] += 1
        again = seen[item.name]
        yield item if again == 1 else replace(item, name=f"{item.name} ({again})")
