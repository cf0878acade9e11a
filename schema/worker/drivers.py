"""Which driver of the project's interpreter a connection to a scratch database goes by.

The project's own, where that can be: what it makes of a statement is then what it will make of it
in production. Each gets what it understands of a URL, in its own spelling.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Dict, Optional, Tuple

from .failure import Failure
from .urls import changed

#: The best known first: those that run synchronously, then the one that is made to.
POSTGRESQL_DRIVERS = ("psycopg", "psycopg2", "pg8000", "asyncpg")
#: By the modules that they are in.
MARIADB_DRIVERS = {"pymysql": "pymysql", "mysqldb": "MySQLdb"}

#: Drivers that are another one in other clothes.
_SAME = {"psycopg_async": "psycopg", "psycopg2cffi": "psycopg2", "aiomysql": "pymysql",
         "aiosqlite": "pysqlite"}  # fmt: skip


def dialect_of(name: str, wish: Optional[str]) -> Any:
    """The SQLAlchemy dialect that connections to a database of this kind would have here."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine.url import make_url

    url, _ = with_driver(make_url(name + "://"), wish)
    return create_engine(url).dialect


def with_driver(url: Any, wish: Optional[str]) -> Tuple[Any, Dict[str, Any]]:
    """The URL with a driver that this interpreter has, and arguments for that driver.

    ``wish`` is a URL of the project's own, whose driver is taken if it can be.
    """
    backend = url.get_backend_name()
    if backend == "sqlite":
        return changed(url, drivername="sqlite"), {}
    if backend in ("mariadb", "mysql"):
        return _with_mariadb_driver(url, wish), {}
    if backend != "postgresql":
        return url, {}
    wanted = [_driver(wish, backend), _driver(str(url), backend), *POSTGRESQL_DRIVERS]
    for name in wanted:
        if name in POSTGRESQL_DRIVERS and _is_usable(name):
            return _for_driver(changed(url, drivername="postgresql+" + name), name)
    raise Failure(
        "driver",
        "The project's interpreter has no driver for PostgreSQL that can be used here "
        "(looked for {}). Install one there, for example psycopg.".format(
            ", ".join(POSTGRESQL_DRIVERS)
        ),
    )


def _with_mariadb_driver(url: Any, wish: Optional[str]) -> Any:
    """MariaDB goes by two names in SQLAlchemy; the project's own is what its revisions ask for."""
    kinds = ("mariadb", "mysql")
    wished = [kind for kind in kinds if _driver(wish, kind)]
    kind = wished[0] if wished else url.get_backend_name()
    named = [_driver(wish, each) for each in kinds] + [_driver(str(url), each) for each in kinds]
    for name in [*named, *MARIADB_DRIVERS]:
        if name in MARIADB_DRIVERS and importlib.util.find_spec(MARIADB_DRIVERS[name]):
            return changed(url, drivername="{}+{}".format(kind, name))
    raise Failure(
        "driver",
        "The project's interpreter has no driver for MariaDB that can be used here "
        "(looked for {}). Install one there, for example pymysql.".format(
            ", ".join(MARIADB_DRIVERS.values())
        ),
    )


def _driver(url: Optional[str], backend: str) -> str:
    """The driver that a URL means, also by its backend's default; "" when that is not known."""
    from sqlalchemy.engine.url import make_url

    try:
        parsed = make_url(url) if url else None
        if parsed is None or parsed.get_backend_name() != backend:
            return ""
        return str(parsed.get_driver_name())
    except Exception:
        return ""


def _is_usable(driver: str) -> bool:
    from sqlalchemy.dialects import registry

    if importlib.util.find_spec(driver) is None:
        return False
    try:
        registry.load("postgresql." + driver)
    except Exception:
        return False
    return True


def _for_driver(url: Any, driver: str) -> Tuple[Any, Dict[str, Any]]:
    host = url.query.get("host", "")
    if driver == "pg8000" and isinstance(host, str) and host.startswith("/"):
        socket = "{}/.s.PGSQL.{}".format(host, url.port or 5432)
        return changed(url, query={}), {"unix_sock": socket}
    return url, {}
