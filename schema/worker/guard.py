"""Refuses every database connection but those that this worker makes itself.

Three nets, installed before any project code is loaded, so that nothing is pooled behind them:

1. ``Engine.connect`` of any engine of the project leads to the connection that we chose.
2. SQLAlchemy's ``do_connect`` event stops an engine that gets around 1 (``engine.pool.connect()``).
3. An audit hook stops ``sqlite3.connect``; the connect functions of other drivers are wrapped when
   the driver is first imported.

This protects from accident: an ``env.py`` with an engine of its own, a data migration that opens a
connection by itself. It is no prison: project code runs with its user's rights, as it does under
``alembic upgrade``. Another program that it starts is out of reach: it is noted, so that a person
is told.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import sys
import threading
from contextlib import contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, List, Optional

from .failure import remember_secret

_local = threading.local()
_environment = threading.Lock()
_inside = 0

#: Credentials that the environment held (``PGPASSWORD`` …); back in it only while we connect.
CREDENTIALS: Dict[str, str] = {}
_outer: Dict[str, Optional[str]] = {}

#: Other programs that the project's code started, by their names; a few of them.
PROGRAMS: List[str] = []
_MOST_PROGRAMS = 5
#: Python's audit events of starting one, and which of their arguments is the program.
_STARTS = {
    "subprocess.Popen": 0, "os.system": 0, "os.exec": 0, "os.posix_spawn": 0, "os.spawn": 1,
}  # fmt: skip

#: What an engine's ``connect`` gives: ``(engine, keywords) -> connection``. None: it is refused.
_redirect: Optional[Callable[[Any, Dict[str, Any]], Any]] = None

#: What an engine of the project that was let through gets from its driver, in place of what it
#: asked for: ``(dialect, record, arguments, keywords) -> DBAPI connection``.
_substitute: Optional[Callable[[Any, Any, Any, Any], Any]] = None

#: Where drivers connect, by module: functions, and methods of classes.
DRIVERS = {
    "psycopg": ("connect", "Connection.connect", "AsyncConnection.connect"),
    "psycopg2": ("connect", "_connect"),
    "asyncpg": ("connect", "connection.connect"),
    "pg8000": ("connect", "dbapi.connect", "core.CoreConnection.__init__"),
    "pymysql": ("connect", "connections.Connection.connect"),
    "MySQLdb": ("connect", "Connect", "Connection", "connections.Connection.__init__"),
    "mariadb": ("connect",),
    "mysql.connector": ("connect",),
    "asyncmy": ("connect",),
    "aiomysql": ("connect",),
    "pyodbc": ("connect",),
    "pymssql": ("connect",),
    "oracledb": ("connect", "connect_async"),
    "cx_Oracle": ("connect",),
}


class ForeignConnectionError(Exception):
    """The project tried to open a database connection of its own."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "{} was refused: project code may only use the connection that the workbench "
            "gives it, which is context.configure()'s or op.get_bind().".format(what)
        )


@contextmanager
def permitted() -> Iterator[None]:
    """Within this block, this thread may open connections: ours."""
    depth = getattr(_local, "depth", 0)
    _local.depth = depth + 1
    _show_credentials()
    try:
        yield
    finally:
        _local.depth = depth
        _hide_credentials()


def _show_credentials() -> None:
    """Put them into the environment, unless another thread has."""
    global _inside
    with _environment:
        if not _inside:
            _outer.update({name: os.environ.get(name) for name in CREDENTIALS})
            os.environ.update(CREDENTIALS)
        _inside += 1


def _hide_credentials() -> None:
    """Take them out again, unless another thread is still connecting."""
    global _inside
    with _environment:
        _inside -= 1
        if _inside:
            return
        for name, value in _outer.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        _outer.clear()


@contextmanager
def redirected(
    connect: Callable[[Any, Dict[str, Any]], Any],
    substitute: Optional[Callable[[Any, Any, Any, Any], Any]] = None,
) -> Iterator[None]:
    """Within this block, the project's engines give what ``connect`` returns.

    An engine that ``connect`` lets through, by ``let_through``, gets its DBAPI connections from
    ``substitute``.
    """
    global _redirect, _substitute
    before = _redirect, _substitute
    _redirect, _substitute = connect, substitute
    try:
        yield
    finally:
        _redirect, _substitute = before


@contextmanager
def let_through() -> Iterator[None]:
    """Within this block, an engine of the project connects by itself, to what is substituted."""
    before = getattr(_local, "leading", False)
    _local.leading = True
    try:
        yield
    finally:
        _local.leading = before


def arguments_of(engine: Any) -> Dict[str, Any]:
    """What an engine would give its driver to connect by, by name. It does not connect."""
    global _substitute
    told: Dict[str, Any] = {}

    def learn(dialect: Any, record: Any, arguments: Any, keywords: Any) -> Any:
        told.update(keywords)
        raise ForeignConnectionError("A connection")

    before, _substitute = _substitute, learn
    try:
        with let_through(), suppress(Exception):
            engine.connect()
    finally:
        _substitute = before
    return told


def install() -> None:
    """Put all nets up. The last one imports SQLAlchemy."""
    sys.addaudithook(_refuse_sqlite)
    sys.addaudithook(_note_program)
    sys.meta_path.insert(0, _DriverFinder())
    _guard_engines()


def is_permitted() -> bool:
    """Whether this thread is opening a connection of ours just now."""
    return getattr(_local, "depth", 0) > 0


def _refuse_sqlite(event: str, arguments: Any) -> None:
    # Also one in memory: by ATTACH it leads to any file.
    if event == "sqlite3.connect" and not is_permitted():
        raise ForeignConnectionError("sqlite3.connect({!r})".format(arguments[0]))


def _note_program(event: str, arguments: Any) -> None:
    if event not in _STARTS or is_permitted() or len(PROGRAMS) >= _MOST_PROGRAMS:
        return
    name = "?"
    with suppress(Exception):  # whatever it is called with: to start it is the project's affair
        program = arguments[_STARTS[event]]
        if program is None:  # a Popen without ``executable`` names it in its arguments
            program = arguments[1] if isinstance(arguments[1], (str, bytes)) else arguments[1][0]
        name = os.path.basename(os.fsdecode(program).split()[0])
    if name not in PROGRAMS:
        PROGRAMS.append(name)


def note_of_programs() -> List[str]:
    """A sentence about the programs that were started since it was last asked, if there were any.

    Only their names are told: their arguments may hold a password.
    """
    if not PROGRAMS:
        return []
    names = ", ".join(PROGRAMS)
    del PROGRAMS[:]
    return [
        "The project's code started another program ({}). What that does is not seen here, and "
        "it is not kept from any database.".format(names)
    ]


def _guard_engines() -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "do_connect", _refuse_engine)
    for name in ("connect", "raw_connection"):
        setattr(Engine, name, _led(getattr(Engine, name), raw=name == "raw_connection"))


def _refuse_engine(dialect: Any, record: Any, arguments: Any, keywords: Any) -> Any:
    if _substitute is not None and getattr(_local, "leading", False):
        return _substitute(dialect, record, arguments, keywords)
    if not is_permitted():
        raise ForeignConnectionError(
            "A connection of a SQLAlchemy engine ({})".format(dialect.name)
        )
    return None


def _led(original: Callable[..., Any], raw: bool) -> Callable[..., Any]:
    """``Engine.connect`` or ``Engine.raw_connection`` that gives our connection."""

    @functools.wraps(original)
    def connect(engine: Any, *arguments: Any, **keywords: Any) -> Any:
        if is_permitted() or getattr(_local, "leading", False):
            return original(engine, *arguments, **keywords)
        remember_secret(engine.url)
        if _redirect is None:
            raise ForeignConnectionError("A connection to {!r}".format(engine.url))
        connection = _redirect(engine, keywords)
        return connection.connection if raw else connection

    return connect


class _DriverFinder:
    """Wraps the connect functions of database drivers as they are imported."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in DRIVERS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            original = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                original(module)
                for dotted in DRIVERS[name]:
                    _wrap(module, name, dotted)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _wrap(module: Any, driver: str, dotted: str) -> None:
    owner = module
    *parents, last = dotted.split(".")
    for part in parents:
        owner = getattr(owner, part, None)
    if owner is None or not hasattr(owner, last):
        return
    if isinstance(owner, type):
        plain = owner.__dict__.get(last)
        if isinstance(plain, classmethod):
            setattr(owner, last, classmethod(_checked(plain.__func__, driver, dotted)))
        elif callable(plain):
            setattr(owner, last, _checked(plain, driver, dotted))
    else:
        setattr(owner, last, _checked(getattr(owner, last), driver, dotted))


def _checked(original: Callable[..., Any], driver: str, dotted: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def connect(*arguments: Any, **keywords: Any) -> Any:
        if not is_permitted():
            raise ForeignConnectionError("{}.{}()".format(driver, dotted))
        return original(*arguments, **keywords)

    return connect
