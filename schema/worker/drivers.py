"""Which driver of the project's interpreter a connection to a scratch database goes by.

The project's own, where that can be: what it makes of a statement is then what it will make of it
in production. Each gets what it understands of a URL, in its own spelling.
"""

from __future__ import annotations

import importlib.util
import re
from typing import Any, Dict, Optional, Sequence, Tuple

from . import blocking
from .failure import Failure
from .urls import changed

#: The best known first: those that run synchronously, then the one that is made to.
POSTGRESQL_DRIVERS = ("psycopg", "psycopg2", "pg8000", "asyncpg")
#: By the modules that they are in.
MARIADB_DRIVERS = {"pymysql": "pymysql", "mysqldb": "MySQLdb"}

#: Drivers that are another one in other clothes, by the name that SQLAlchemy has for them.
_SAME = {"psycopg_async": "psycopg", "psycopg2cffi": "psycopg2", "aiomysql": "pymysql",
         "asyncmy": "pymysql", blocking.DRIVER: "asyncpg"}  # fmt: skip

#: What libpq takes in a URL and asyncpg takes by the same name.
_ASYNCPG = {"host", "passfile", "service", "target_session_attrs", "krbsrvname"}
_SETTING = re.compile(r"-c\s*([\w.]+)\s*=\s*((?:\\.|\S)*)|--([\w.-]+)=((?:\\.|\S)*)")


def dialect_of(name: str, wish: Optional[str]) -> Any:
    """The SQLAlchemy dialect that connections to a database of this kind would have here."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine.url import make_url

    url, _ = with_driver(make_url(name + "://"), wish)
    return create_engine(url).dialect


def with_driver(url: Any, wish: Optional[str], *others: str) -> Tuple[Any, Dict[str, Any]]:
    """The URL with a driver that this interpreter has, and arguments for that driver.

    ``wish`` is a URL of the project's own, whose driver is taken if it can be; ``others`` are URLs
    that are as good where it cannot.
    """
    wishes = [wish, *others]
    backend = url.get_backend_name()
    if backend == "sqlite":
        return changed(url, drivername="sqlite"), {}
    if backend in ("mariadb", "mysql"):
        return _with_mariadb_driver(url, wishes), {}
    if backend != "postgresql":
        return url, {}
    named = [_driver(each, backend) for each in [*wishes, str(url)]]
    wanted = [*named, *POSTGRESQL_DRIVERS]
    for name in wanted:
        if name in POSTGRESQL_DRIVERS and _is_usable(name):
            name_of_dialect = blocking.DRIVER if name == "asyncpg" else name
            return _for_driver(changed(url, drivername="postgresql+" + name_of_dialect), name)
    raise Failure(
        "driver",
        "The project's interpreter has no driver for PostgreSQL that can be used here "
        "(looked for {}). Install one there, for example psycopg.".format(
            ", ".join(POSTGRESQL_DRIVERS)
        ),
    )


def _with_mariadb_driver(url: Any, wishes: Sequence[Optional[str]]) -> Any:
    """MariaDB goes by two names in SQLAlchemy; the project's own is what its revisions ask for."""
    kinds = ("mariadb", "mysql")
    wished = [kind for each in wishes for kind in kinds if _driver(each, kind)]
    kind = wished[0] if wished else url.get_backend_name()
    named = [_driver(each, kind) for each in [*wishes, str(url)] for kind in kinds]
    for name in [*named, *MARIADB_DRIVERS]:
        if name in MARIADB_DRIVERS and importlib.util.find_spec(MARIADB_DRIVERS[name]):
            kind = kind if _is_known("{}.{}".format(kind, name)) else "mysql"
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
        name = str(parsed.get_driver_name())
        return _SAME.get(name, name)
    except Exception:
        return ""


def _is_usable(driver: str) -> bool:
    if importlib.util.find_spec(driver) is None or not _is_known("postgresql." + driver):
        return False
    if driver == "asyncpg":
        blocking.register()
    return True


def _is_known(dialect: str) -> bool:
    """Whether this SQLAlchemy has the dialect: 1.3 has none of MariaDB's name, nor for psycopg."""
    from sqlalchemy.dialects import registry

    try:
        registry.load(dialect)
    except Exception:
        return False
    return True


def _for_driver(url: Any, driver: str) -> Tuple[Any, Dict[str, Any]]:
    """What libpq takes in a URL, in the words of a driver that is made without it."""
    if driver == "asyncpg":
        return for_asyncpg(url)
    if driver == "pg8000":
        return for_pg8000(url)
    return url, {}


def for_asyncpg(url: Any) -> Tuple[Any, Dict[str, Any]]:
    """https://magicstack.github.io/asyncpg/current/api/index.html#connection"""
    query = dict(url.query)
    arguments: Dict[str, Any] = {}
    settings = _settings(query)
    if settings:
        arguments["server_settings"] = settings
    if query.get("connect_timeout"):
        arguments["timeout"] = float(query["connect_timeout"])
    if "sslrootcert" in query or "sslcert" in query:
        arguments["ssl"] = _tls(query)
    elif "sslmode" in query:
        arguments["ssl"] = query["sslmode"]
    kept = {name: value for name, value in query.items() if name in _ASYNCPG}
    return changed(url, query=kept), arguments


def for_pg8000(url: Any) -> Tuple[Any, Dict[str, Any]]:
    """https://github.com/tlocke/pg8000#pg8000dbapiconnect: of several hosts, the first."""
    query = dict(url.query)
    arguments: Dict[str, Any] = {}
    hosts = query.get("host", ())
    host = hosts if isinstance(hosts, str) else next(iter(hosts), "")
    if host.startswith("/"):
        arguments["unix_sock"] = "{}/.s.PGSQL.{}".format(host, url.port or 5432)
    elif host:
        name, _, port = host.partition(":") if host.count(":") == 1 else (host, "", "")
        url = changed(url, host=name, port=int(port) if port else url.port)
    if query.get("sslmode", "prefer") not in ("allow", "disable", "prefer"):
        arguments["ssl_context"] = _tls(query)
    if query.get("connect_timeout"):
        arguments["timeout"] = float(query["connect_timeout"])
    settings = _settings(query)
    if settings.get("application_name"):
        arguments["application_name"] = settings["application_name"]
    return changed(url, query={}), arguments


def _settings(query: Dict[str, Any]) -> Dict[str, str]:
    """The settings of a session that a URL names: ``options=-csearch_path=a``, and the like."""
    options = query.get("options", "")
    text = options if isinstance(options, str) else " ".join(options)
    found = {}
    for one in _SETTING.finditer(text):
        name, value = one.group(1) or one.group(3), one.group(2) or one.group(4) or ""
        found[name.replace("-", "_")] = re.sub(r"\\(.)", r"\1", value)
    if query.get("application_name"):
        found["application_name"] = str(query["application_name"])
    return found


def _tls(query: Dict[str, Any]) -> Any:
    """What ``sslmode``, ``sslrootcert``, ``sslcert`` and ``sslkey`` ask for."""
    import ssl

    context = ssl.create_default_context(cafile=query.get("sslrootcert"))
    mode = query.get("sslmode", "prefer")
    context.check_hostname = mode == "verify-full"
    if mode not in ("verify-ca", "verify-full"):
        context.verify_mode = ssl.CERT_NONE
    if query.get("sslcert"):
        context.load_cert_chain(query["sslcert"], query.get("sslkey"), query.get("sslpassword"))
    return context
