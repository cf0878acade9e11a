"""Connections to a scratch database: the only ones that this process makes.

Each new one is asked for the scratch database's token before anything else runs on it.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .beyond import guard_connection
from .drivers import with_driver
from .failure import Failure, redact, remember_secret
from .guard import arguments_of, let_through, permitted
from .locks import Session
from .namespaces import path_of_arguments
from .statements import Recorder, driver_connection
from .urls import url_of

_SQLITE_OK, _SQLITE_DENY, _SQLITE_ATTACH = 0, 1, 24

_SIGNAL = """
SELECT pg_catalog.{function}(pid) FROM pg_catalog.pg_stat_activity
WHERE pid = {pid} AND datname = current_database()
"""

#: Without parameters, whose marks differ from driver to driver.
_SET = "SELECT pg_catalog.set_config({}, {}, false)"

#: MariaDB's; only a session of this very database is ended.
_KILL = "KILL {what} {pid}"
#: Names of databases may differ by case alone, which a comparison of texts passes over.
_PROCESS = (
    "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = {pid} AND BINARY DB = DATABASE()"
)

#: What an engine's arguments for MariaDB's drivers tell them of statements, and which flags of the
#: client do: FOUND_ROWS, IGNORE_SPACE, MULTI_STATEMENTS. See
#: https://mariadb.com/kb/en/mysql_real_connect/
_ABOUT_STATEMENTS = ("init_command", "sql_mode", "client_flag")
_FLAGS = 2 | 256 | 65536

#: Seconds that the server gets to end a session.
PATIENCE = 10.0


class ScratchConnections:
    """Makes connections to one scratch database, each proved to lead there.

    ``told`` is the kernel's description: the parts of ``url``, and ``query``, whose single value
    must be ``token``. ``wish`` is the URL that the project names, whose driver is taken if it can.
    ``settings`` are the server's, for each connection: on MariaDB variables that are numbers.
    ``opened`` is called with each DBAPI connection and its server process's id, None on SQLite.
    ``as_project`` leaves transactions on SQLite to the project: its engine makes the connections,
    to the scratch file.
    """

    def __init__(
        self,
        told: Dict[str, Any],
        wish: Optional[str] = None,
        recorder: Optional[Recorder] = None,
        *,
        settings: Optional[Dict[str, str]] = None,
        opened: Optional[Callable[[Any, Optional[int]], None]] = None,
        as_project: bool = False,
    ) -> None:
        self._query, self._token = told["query"], told["token"]
        url = url_of(told["url"])
        remember_secret(url)
        self._plain = url
        self._url, self._arguments = with_driver(url, wish)
        self._recorder = recorder
        self._settings = settings or {}
        self._opened = opened
        self._engines: Dict[Tuple[bool, str, str], Any] = {}
        self._adopted: List[Any] = []
        self._made: List[Any] = []
        self._raw: List[Tuple[Any, Optional[int]]] = []
        self._levels: Dict[int, str] = {}
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.is_mariadb = url.get_backend_name() in ("mariadb", "mysql")
        self.as_project = as_project and self.is_sqlite
        self._refuse_missing_file()

    @property
    def database(self) -> str:
        """The name of the database, or the file's path."""
        return str(self._url.database)

    def connect(self, foreign: Any = None, keywords: Optional[Dict[str, Any]] = None) -> Any:
        """A connection, with the listeners and options of the project's engine ``foreign``."""
        if self.as_project and _is_sqlite_engine(foreign):
            return self._connect_as_project(foreign, keywords or {})
        engine = self._engine(foreign)
        with permitted():
            connection = engine.connect(**(keywords or {}))
        self._made.append(connection)
        connection.info["schema_listeners"] = list(engine.pool.dispatch.connect)
        if not hasattr(connection, "connect"):
            # SQLAlchemy 1.x has it, and an env.py takes what it is given for an engine or for such.
            connection.connect = engine.connect
        if foreign is not None:
            self._apply_path(connection, foreign)
            self._apply_listeners(connection, foreign.pool)
            return self._with_options(connection, foreign)
        return connection

    def owns(self, connection: Any) -> bool:
        """Whether a connection is one of ours."""
        pool = getattr(getattr(connection, "engine", None), "pool", None)
        return any(engine.pool is pool for engine in [*self._engines.values(), *self._adopted])

    def lead_here(self, options: Dict[str, Any], connection: Any = None) -> None:
        """Have ``context.configure`` use one of our connections, whatever env.py told it.

        That is the one that env.py got from its engine, else ``connection``, else a new one.
        """
        for name in ("url", "dialect_name", "as_sql", "output_buffer", "starting_rev", "fn"):
            options.pop(name, None)
        if not self.owns(options.get("connection")):
            options["connection"] = self.connect() if connection is None else connection
        self.catch_up(options["connection"])

    def catch_up(self, connection: Any) -> None:
        """Apply ``connect`` listeners for all engines that the project added after we connected."""
        if "schema_listeners" in connection.info:
            self._apply_listeners(connection, connection.engine.pool)

    def dispose(self) -> None:
        """Close every connection made, also those that project code left open in a transaction."""
        for connection in self._made:
            with contextlib.suppress(Exception):  # a lost one cannot be closed well
                connection.close()
        for engine in [*self._engines.values(), *self._adopted]:
            engine.dispose()

    def interrupt(self) -> None:
        """End the statements that run now, in any thread."""
        if self.is_sqlite:
            for connection, _ in list(self._raw):
                with contextlib.suppress(Exception):  # one that is closed
                    connection.interrupt()
            return
        for pid in self._pids():
            self._signal("QUERY" if self.is_mariadb else "pg_cancel_backend", pid)

    def terminate(self, connection: Any) -> None:
        """End a connection's session in the server, and wait for its end."""
        session = connection.info.get("schema_session")
        deadline = time.monotonic() + PATIENCE
        end = "CONNECTION" if self.is_mariadb else "pg_terminate_backend"
        while session is not None and self._signal(end, session.pid):
            if time.monotonic() > deadline:
                raise Failure("database", "The server did not end the session.")
            time.sleep(0.01)

    @contextlib.contextmanager
    def outside(self) -> Iterator[Any]:
        """A DBAPI connection of our own in autocommit mode, that no project code sees."""
        connection = self.open_outside()
        try:
            yield connection
        finally:
            connection.close()

    def open_outside(self) -> Any:
        """The same, for who closes it. It waits for no lock longer than a moment."""
        from sqlalchemy import create_engine

        dialect = create_engine(self._url, connect_args=self._arguments).dialect
        arguments, keywords = dialect.create_connect_args(self._url)
        keywords.update(self._arguments)
        if self.is_sqlite:
            keywords["timeout"] = 0
        connection = self._open_proved(dialect, arguments, keywords)
        if self.is_sqlite:
            connection.isolation_level = None
            return connection
        if self.is_mariadb:
            connection.autocommit(True)
            cursor = connection.cursor()
            cursor.execute("SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1")
            cursor.close()
            return connection
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SET application_name = 'schema workbench: watches a rehearsal'")
        cursor.execute("SET lock_timeout = '300ms'")
        cursor.close()
        return connection

    def _pids(self) -> List[int]:
        return [pid for _, pid in list(self._raw) if pid is not None]

    def _signal(self, function: str, pid: int) -> bool:
        """Call it for a server process of this database; whether there is such a one."""
        with self.outside() as connection:
            cursor = connection.cursor()
            if self.is_mariadb:
                cursor.execute(_PROCESS.format(pid=int(pid)))
            else:
                cursor.execute(_SIGNAL.format(function=function, pid=int(pid)))
            found = cursor.fetchone() is not None
            if self.is_mariadb and found:
                with contextlib.suppress(Exception):  # it has ended meanwhile
                    cursor.execute(_KILL.format(what=function, pid=int(pid)))
            cursor.close()
        return found

    def _refuse_missing_file(self) -> None:
        # sqlite3 would make an empty file.
        if self.is_sqlite and not os.path.isfile(self._url.database or ""):
            raise Failure("not-scratch", "There is no scratch file {}.".format(self._url.database))

    def _engine(self, foreign: Any) -> Any:
        """An engine of the kind and, where that can be, the driver that the project's own has.

        SQLAlchemy 1.4 has two kinds.
        """
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import NullPool

        future = bool(getattr(foreign, "_is_future", False))
        url, arguments = self._led_by(foreign)
        about = repr([arguments.get(name) for name in _ABOUT_STATEMENTS])
        key = future, str(url.drivername), about
        if key not in self._engines:
            kind: Dict[str, Any] = {"future": True} if future else {}
            kind["hide_parameters"] = self._recorder is not None and self._recorder.hide_parameters
            engine = create_engine(url, poolclass=NullPool, connect_args=arguments, **kind)
            event.listen(engine, "do_connect", self._open)
            if self.is_sqlite and not self.as_project:
                _make_transactional(engine.dialect, self._levels)
            if self._recorder is not None:
                self._recorder.listen(engine)
            self._engines[key] = engine
        return self._engines[key]

    def _led_by(self, foreign: Any) -> Tuple[Any, Dict[str, Any]]:
        """The URL for the driver of an engine of the project's; for ours, where that cannot be."""
        name = str(getattr(getattr(foreign, "url", None), "drivername", ""))
        if not name or self.is_sqlite:
            return self._url, self._arguments
        url, arguments = with_driver(self._plain, name + "://", self._url.drivername + "://")
        if self.is_mariadb:
            arguments = {**arguments, **_about_statements(arguments_of(foreign))}
        return url, arguments

    def _connect_as_project(self, engine: Any, keywords: Dict[str, Any]) -> Any:
        """A connection that the project's own engine makes, by ``substitute``."""
        if engine not in self._adopted:
            self._adopted.append(engine)
            engine.dispose()  # what its pool holds was made before
            if self._recorder is not None:
                engine.hide_parameters = engine.hide_parameters or self._recorder.hide_parameters
                self._recorder.listen(engine)
        with let_through():
            connection = engine.connect(**keywords)
        self._made.append(connection)
        return connection

    def substitute(self, dialect: Any, record: Any, arguments: Any, keywords: Any) -> Any:
        """What an engine of the project gets that was let through: the scratch file, its way."""
        return self._open(dialect, record, [self._url.database], keywords)

    def _open(self, dialect: Any, record: Any, arguments: Any, keywords: Any) -> Any:
        """Open and prove a connection: before any listener of the project sees it."""
        keywords = dict(keywords)
        first = keywords.pop("init_command", None) if self.is_mariadb else None
        connection = self._open_proved(dialect, arguments, keywords)
        self._levels.pop(id(connection), None)  # a closed one had this number
        try:
            pid = None
            if self.is_sqlite:
                _forbid_attach(connection)
                if not self.as_project:
                    connection.isolation_level = None  # no implicit transactions of sqlite3's
            elif self.is_mariadb:
                pid = _connection_id(connection)
                guard_connection(connection, self.database)
                if first:  # what it says is read, as all statements are
                    connection.cursor().execute(first)
                _set_variables(connection, self._settings)
            else:
                pid = self._begin_session(connection)
        except BaseException:
            connection.close()
            raise
        self._raw.append((connection, pid))
        if record is not None and pid is not None:
            record.info["schema_session"] = Session(pid)
        if self._opened is not None:
            self._opened(connection, pid)
        return connection

    def _open_proved(self, dialect: Any, arguments: Any, keywords: Any) -> Any:
        try:
            with permitted():
                connection = dialect.connect(*arguments, **keywords)
        except Exception as error:
            text = "The scratch database cannot be opened: {}".format(" ".join(str(error).split()))
            raise Failure("database", redact(text)) from None
        try:
            self._prove(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin_session(self, connection: Any) -> int:
        """Set what the session is to have, and ask for its server process's id."""
        cursor = connection.cursor()
        try:
            for name, value in self._settings.items():
                cursor.execute(_SET.format(_literal(name), _literal(value)))
            cursor.execute("SELECT pg_catalog.pg_backend_pid()")
            pid = int(cursor.fetchone()[0])
        except Exception as error:
            text = "The session cannot be set up: {}".format(" ".join(str(error).split()))
            raise Failure("database", redact(text)) from None
        cursor.close()
        connection.commit()
        return pid

    def _prove(self, connection: Any) -> None:
        try:
            cursor = connection.cursor()
            cursor.execute(self._query)
            row = cursor.fetchone()
            cursor.close()
            connection.rollback()
        except Exception as error:
            raise Failure("not-scratch", self._no_scratch(str(error))) from None
        if row is None or str(row[0]) != self._token:
            raise Failure("not-scratch", self._no_scratch("its mark is another one"))

    def _no_scratch(self, reason: str) -> str:
        return redact(
            "{!r} is not the scratch database that it should be ({}). It was not touched.".format(
                self._url.database, " ".join(reason.split())
            )
        )

    def _apply_path(self, connection: Any, foreign: Any) -> None:
        """Set the search path that the project's engine gives its driver to connect with."""
        if self.is_sqlite or self.is_mariadb or foreign.dialect.name != "postgresql":
            return
        path = path_of_arguments(arguments_of(foreign))
        if path is not None:
            self.set_path(connection, path)

    def set_path(self, connection: Any, path: str) -> None:
        """Set the search path of a connection's session, before anything runs on it."""
        dbapi = driver_connection(connection.connection)
        cursor = dbapi.cursor()
        cursor.execute("SELECT pg_catalog.set_config('search_path', %s, false)", (path,))
        cursor.close()
        dbapi.commit()

    def _apply_listeners(self, connection: Any, pool: Any) -> None:
        """Run the project's ``connect`` listeners, such as one that sets PRAGMA foreign_keys."""
        seen: List[Any] = connection.info["schema_listeners"]
        fairy = connection.connection
        dbapi = driver_connection(fairy)
        for listener in list(pool.dispatch.connect):
            if listener in seen or _is_sqlalchemys(listener):
                continue
            seen.append(listener)
            listener(dbapi, getattr(fairy, "_connection_record", None))

    def _with_options(self, connection: Any, foreign: Any) -> Any:
        options = dict(foreign.get_execution_options())
        level = getattr(foreign.dialect, "_on_connect_isolation_level", None)
        level = level or getattr(foreign.dialect, "isolation_level", None)
        if level and isinstance(level, str):
            options.setdefault("isolation_level", level)
        if self.is_sqlite and not self.as_project:
            options.pop("isolation_level", None)  # ours are real transactions
        return connection.execution_options(**options) if options else connection


def _literal(text: str) -> str:
    """Text as a literal of SQL, which means the same whatever ``standard_conforming_strings``."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _about_statements(arguments: Dict[str, Any]) -> Dict[str, Any]:
    """Of what a driver of MariaDB's is given to connect by: what statements mean by it."""
    found = {name: arguments[name] for name in _ABOUT_STATEMENTS if arguments.get(name)}
    if "client_flag" in found:
        found["client_flag"] &= _FLAGS
    return found


def _connection_id(connection: Any) -> int:
    cursor = connection.cursor()
    cursor.execute("SELECT CONNECTION_ID()")
    pid = int(cursor.fetchone()[0])
    cursor.close()
    connection.rollback()
    return pid


def _set_variables(connection: Any, settings: Dict[str, str]) -> None:
    """Set MariaDB's variables for the session; their names are our own."""
    cursor = connection.cursor()
    for name, value in settings.items():
        cursor.execute("SET SESSION `{}` = {}".format(name.replace("`", ""), int(value)))
    cursor.close()


def _forbid_attach(connection: Any) -> None:
    """No ATTACH, which leads to another file.

    A file that is no literal, but a parameter or an expression, is told as None: see SQLITE_ATTACH
    in https://www.sqlite.org/c3ref/c_alter_table.html.
    """

    def authorize(action: int, name: Any, *others: Any) -> int:
        # VACUUM attaches a database of its own, whose name is empty.
        attaches = action == _SQLITE_ATTACH and name not in ("", ":memory:")
        return _SQLITE_DENY if attaches else _SQLITE_OK

    connection.set_authorizer(authorize)


def _is_sqlite_engine(engine: Any) -> bool:
    """Whether it is one of sqlite3's, that runs in this thread."""
    dialect = getattr(engine, "dialect", None)
    return getattr(dialect, "name", "") == "sqlite" and getattr(dialect, "driver", "") == "pysqlite"


def _make_transactional(dialect: Any, levels: Dict[int, str]) -> None:
    """Begin each transaction in SQLite: sqlite3 begins none before DDL.

    None in Alembic's ``autocommit_block``: a VACUUM needs that. See "Enabling Non-Legacy SQLite
    Transactional Modes" in SQLAlchemy's documentation; its event would do the same, and make each
    statement slower.
    """
    set_level, begin = dialect.set_isolation_level, dialect.do_begin

    def set_isolation_level(connection: Any, level: str) -> None:
        levels[id(connection)] = level
        set_level(connection, level)

    def do_begin(fairy: Any) -> None:
        begin(fairy)
        connection = driver_connection(fairy)
        if levels.get(id(connection)) != "AUTOCOMMIT" and not connection.in_transaction:
            connection.execute("BEGIN")

    dialect.set_isolation_level = set_isolation_level
    dialect.do_begin = do_begin


def _is_sqlalchemys(listener: Any) -> bool:
    return str(getattr(listener, "__module__", "") or "").startswith("sqlalchemy.")
