"""What env.py tells about its project without any database: settings, models, filters.

Its engines give stand-ins for connections, and its call of ``context.configure`` ends the run. The
recipe is that of Alembic's cookbook turned round: there a caller hands a connection to env.py, here
env.py hands over everything else.
"""

from __future__ import annotations

import contextlib
import os
import platform
from typing import Any, Dict, List, Optional, Tuple

from .environment import Environment
from .failure import Failure, from_exception, remember_secret
from .guard import arguments_of, redirected
from .namespaces import Namespaces, path_of_arguments, path_of_statements
from .programmatic import asks_for_attributes, is_made_up, made_up_url, missing
from .several import chosen, name_of, pass_over
from .statements import driver_connection
from .urls import changed, parts_of


class _Enough(BaseException):
    """Ends env.py once it has called ``configure``; no ``except Exception`` stops it."""


#: The session's search path, where it is another one than it began with.
_SEARCH_PATH = """
SELECT setting FROM pg_catalog.pg_settings
WHERE name = 'search_path' AND setting IS DISTINCT FROM reset_val
"""


class Captured:
    """The options of ``context.configure``, and the URL that env.py would have connected to."""

    def __init__(self) -> None:
        self.options: Optional[Dict[str, Any]] = None
        self.engine: Any = None
        self.name = ""
        self.is_known = True
        self.queries: List[str] = []
        self.folder: Optional[str] = None
        self._path: Optional[str] = None

    def note_path(self, engine: Any) -> None:
        """Learn the search path that the connections of a project's engine have."""
        if engine.dialect.name == "postgresql":
            self._path = _path_at_connect(engine)

    def note_session(self, connection: Any) -> None:
        """Learn the search path that env.py gave a session of the empty database."""
        if connection.dialect.name != "postgresql":
            return
        with contextlib.suppress(Exception):  # one in a transaction that failed
            cursor = driver_connection(connection.connection).cursor()
            cursor.execute(_SEARCH_PATH)
            row = cursor.fetchone()
            cursor.close()
            self._path = row[0] if row else self._path

    def namespaces(self) -> Namespaces:
        """The schemas that env.py means."""
        connection: Any = (self.options or {}).get("connection")
        told = getattr(connection, "told_options", None)
        if told is None and hasattr(connection, "get_execution_options"):
            told = connection.get_execution_options()
        translation = (told or {}).get("schema_translate_map")
        return Namespaces(path_of_statements(self.queries) or self._path, translation)

    def metadata(self) -> List[Any]:
        """``target_metadata`` as a list: Alembic takes one, several, or none."""
        found = (self.options or {}).get("target_metadata")
        if found is None:
            return []
        return list(found) if isinstance(found, (list, tuple)) else [found]

    def url(self) -> Any:
        from sqlalchemy.engine.url import make_url

        given = (self.options or {}).get("url")
        found = make_url(given) if given and self.engine is None else self._url_of_engine()
        remember_secret(found)
        return found if self.folder is None else _counted_from(self.folder, found)

    def _url_of_engine(self) -> Any:
        return None if self.engine is None else self.engine.url

    def dialect(self) -> Optional[str]:
        """Its kind; None where env.py speaks to none, or to a stand-in for one of any kind."""
        url = self.url()
        if url is not None and is_made_up(url) and not self.is_known:
            return None
        if url is not None:
            return str(url.get_backend_name())
        name = (self.options or {}).get("dialect_name")
        return str(name) if name else None


def capture(environment: Environment) -> Captured:
    """Run env.py as far as its first ``context.configure``.

    No connection is made, unless the request brought an empty scratch database for an env.py that
    cannot do without one.
    """
    found = _Capture(environment)
    try:
        found.run({})
    except Failure:
        # A module that is missing is told, and not got round.
        if isinstance(found.error, (ImportError, SyntaxError, type(None))):
            raise
        if not asks_for_attributes(environment):
            raise
        found = _Capture(environment)
        found.run({"connection": found.handed_over()})
    captured = found.chosen()
    if captured.metadata():
        environment.load_models()
    return captured


class _Capture:
    """One run of env.py, and what it passes in each of its calls of ``context.configure``.

    It is run to its end only where it may go through several databases.
    """

    def __init__(self, environment: Environment) -> None:
        #: What env.py raised before it called ``configure``, if anything.
        self.error: Optional[BaseException] = None
        self._environment = environment
        self._calls: List[Captured] = []
        self._names: List[Dict[str, Any]] = []
        self._engine: Any = None
        self._engines: List[Tuple[Any, Any]] = []
        self._queries: List[str] = []
        self._made: Any = None

    def run(self, attributes: Dict[str, Any]) -> None:
        """Raises Failure when env.py ends without having called ``configure``."""
        every = self._environment.may_be_several
        self._made = self._environment.stand_in()
        try:
            with redirected(self._connect):
                self._environment.run(
                    self._configure, lambda heads, context: [], attributes=attributes, every=every
                )
        except _Enough:
            pass
        except Failure:
            raise
        except BaseException as error:
            # One that swallowed our end, and stumbled later, has told what we asked for.
            if not self._calls:
                self.error = error
                raise _blamed(error, self._environment, self._captured({})) from None
        finally:
            if self._made is not None:
                self._made.dispose()
        if not self._calls:
            raise Failure("project", "env.py never called context.configure().")

    def chosen(self) -> Captured:
        """What was passed for the database that is to be followed. Raises Failure."""
        if not self._environment.may_be_several:
            return self._calls[0]
        names = [
            name_of(each.options or {}, self._names[number], number)
            for number, each in enumerate(self._calls)
        ]
        place = chosen(names, self._environment.engine)
        self._environment.place = place if len(names) > 1 else None
        self._calls[place].name = names[place]
        return self._calls[place]

    def handed_over(self) -> Any:
        """A stand-in for the connection of an application that runs Alembic by itself."""
        from sqlalchemy import create_engine

        self._engine = create_engine(made_up_url(self._environment))
        return _Connection(self._engine, self._queries)

    def _connect(self, engine: Any, keywords: Dict[str, Any]) -> Any:
        self._engine = engine
        if self._made is None:
            return _Connection(engine, self._queries)
        connection = self._made.connect(engine, keywords)
        self._engines.append((connection, engine))
        return connection

    def _configure(self, context: Any, options: Dict[str, Any]) -> None:
        self._calls.append(self._captured(options))
        self._names.append({})
        if not self._environment.may_be_several:
            raise _Enough
        pass_over(context, lambda **keywords: self._names[-1].update(keywords))

    def _captured(self, options: Dict[str, Any]) -> Captured:
        """What is known now. A connection to the scratch database counts as its engine's own."""
        found = Captured()
        found.is_known = self._environment.dialect is not None
        found.options = options or None
        connection = options.get("connection")
        known = [engine for made, engine in self._engines if made is connection]
        is_ours = self._made is not None
        found.engine = known[0] if known else self._engine
        if not is_ours and connection is not None:
            found.engine = getattr(connection, "engine", None) or found.engine
        found.queries = self._queries
        if found.engine is not None:
            found.note_path(found.engine)
        if known:
            found.note_session(connection)
        if os.getcwd() != self._environment.root:
            found.folder = os.getcwd()
        return found


def _blamed(error: BaseException, environment: Environment, captured: Captured) -> Failure:
    failure = from_exception(error, environment.root, "env.py failed")
    if captured.engine is not None:  # what it had from a stand-in, a real database may give
        failure.details["dialect"] = captured.dialect() or ""
    said = []
    if captured.queries:
        failure.details["queries"] = "\n".join(captured.queries)
        said.append(
            "It had asked the database before context.configure(); to learn the project's settings "
            "no database is opened, and such a query gives no rows."
        )
    if isinstance(error, (ImportError, SyntaxError)):
        pass  # no argument helps
    elif b"get_x_argument" in environment.env_text and not environment.has_x_arguments:
        said.append("It asks for arguments as of alembic -x, and there were none: -x NAME=VALUE")
    elif isinstance(error, KeyError):
        said.append(missing(error, environment))
    if any(said):
        failure.args = (" ".join([str(failure).rstrip(".") + ".", *filter(None, said)]),)
    return failure


def settings(environment: Environment) -> Dict[str, Any]:
    """The options that matter to the workbench, as JSON values. The URL has its password."""
    captured = capture(environment)
    options = captured.options or {}
    url = captured.url()
    namespaces = captured.namespaces()
    return {
        "dialect": captured.dialect(),
        "url": None if url is None or is_made_up(url) else parts_of(url),
        "version_table": options.get("version_table") or "alembic_version",
        "version_table_schema": namespaces.real(options.get("version_table_schema")),
        "default_schema": namespaces.default,
        "include_schemas": bool(options.get("include_schemas", False)),
        "has_include_object": options.get("include_object") is not None,
        "has_include_name": options.get("include_name") is not None,
        "render_as_batch": bool(options.get("render_as_batch", False)),
        "transaction_per_migration": bool(options.get("transaction_per_migration", False)),
        "compare_type": bool(options.get("compare_type", True)),
        "compare_server_default": bool(options.get("compare_server_default", False)),
        "has_metadata": bool(captured.metadata()),
        "tables": [key for metadata in captured.metadata() for key in metadata.tables],
        "schemas": _schemas(captured),
        "queries": captured.queries,
        "versions": _versions(),
    }


def _counted_from(folder: str, url: Any) -> Any:
    """The URL of a SQLite file by a path from the root, where env.py went to another folder."""
    name = getattr(url, "database", None)
    if url is None or url.get_backend_name() != "sqlite" or not name:
        return url
    if name.startswith((":", "file:")):
        return url
    return changed(url, database=os.path.join(folder, name))


def _path_at_connect(engine: Any) -> Optional[str]:
    """The search path that an engine's connections have from the start, if it sets one."""
    queries: List[str] = []
    for listener in list(engine.pool.dispatch.connect):
        if not str(getattr(listener, "__module__", "") or "").startswith("sqlalchemy."):
            with contextlib.suppress(Exception):  # it may want more than a stand-in
                listener(_Connection(engine, queries), None)
    return path_of_statements(queries) or path_of_arguments(arguments_of(engine))


def _schemas(captured: Captured) -> List[str]:
    """The schemas that models name, sorted; the default one has no name."""
    namespaces = captured.namespaces()
    found = {table.schema for each in captured.metadata() for table in each.tables.values()}
    real = {namespaces.real(name) for name in found}
    return sorted(str(name) for name in real - {None, namespaces.default})


def _versions() -> Dict[str, str]:
    """Of what decides how migrations and models come out as SQL, and what SQLite makes of it."""
    import sqlite3

    import alembic
    import sqlalchemy

    return {
        "python": platform.python_version(),
        "alembic": alembic.__version__,
        "sqlalchemy": sqlalchemy.__version__,
        "sqlite": sqlite3.sqlite_version,
    }


class _Connection:
    """Stands in for a connection. It answers every query with no rows, and notes the query."""

    def __init__(self, engine: Any, queries: List[str]) -> None:
        self.engine = engine
        self.dialect = engine.dialect
        self.info: Dict[str, Any] = {}
        self.closed = False
        self.invalidated = False
        self.told_options: Dict[str, Any] = dict(engine.get_execution_options())
        self._queries = queries

    def _answer(self, statement: Any = "", *arguments: Any, **keywords: Any) -> Any:
        self._queries.append(" ".join(str(statement).split())[:500])
        return _NoRows()

    execute = exec_driver_sql = scalars = _answer

    def scalar(self, *arguments: Any, **keywords: Any) -> None:
        self._answer(*arguments)

    def begin(self, *arguments: Any, **keywords: Any) -> Any:
        return _Transaction()

    begin_nested = begin_twophase = begin

    def execution_options(self, **options: Any) -> Any:
        self.told_options.update(options)
        return self

    def in_transaction(self) -> bool:
        return False

    def _nothing(self, *arguments: Any, **keywords: Any) -> None:
        """Commit, rollback, close, detach: there is nothing to do it to."""

    commit = rollback = close = detach = invalidate = _nothing

    def connect(self, **keywords: Any) -> Any:
        return self

    @property
    def connection(self) -> Any:
        return self

    def cursor(self, *arguments: Any, **keywords: Any) -> Any:
        return _NoRows(self._queries)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


class _Transaction:
    is_active = True

    def _nothing(self, *arguments: Any) -> None:
        """There is nothing to commit or roll back."""

    commit = rollback = close = prepare = _nothing

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


class _NoRows:
    """A result, or a cursor, without rows."""

    rowcount = 0

    def __init__(self, queries: Optional[List[str]] = None) -> None:
        self._queries = queries

    def execute(self, statement: Any, *arguments: Any) -> Any:
        if self._queries is not None:
            self._queries.append(" ".join(str(statement).split())[:500])
        return self

    def _none(self, *arguments: Any) -> None:
        return None

    first = scalar = one_or_none = scalar_one_or_none = fetchone = close = _none

    def _empty(self, *arguments: Any) -> List[Any]:
        return []

    all = fetchall = fetchmany = _empty

    def _itself(self, *arguments: Any) -> Any:
        return self

    scalars = mappings = unique = _itself

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None
