"""What an application that runs Alembic by itself hands to env.py: a URL, a connection, models.

Such an env.py finds them in the ``Config`` that the application makes
(https://alembic.sqlalchemy.org/en/latest/cookbook.html#connection-sharing). The workbench hands
over a URL that says no more than the kind of database, and connections to scratch databases only.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import TYPE_CHECKING, Any, List

from .failure import Failure, from_exception

if TYPE_CHECKING:
    from .environment import Environment

#: What ``alembic init`` writes for the URL, for somebody to replace.
_TEMPLATE = "driver://user:pass@"
#: The database that a URL of our own names. Nothing ever connects to it.
_NOWHERE = "schema-workbench-hands-over-a-connection"
#: Drivers for an env.py that makes its engine by SQLAlchemy's asyncio extension.
_ASYNCHRONOUS = {
    "postgresql": ("asyncpg", "psycopg"), "sqlite": ("aiosqlite",),
    "mysql": ("asyncmy", "aiomysql"), "mariadb": ("asyncmy", "aiomysql"),
}  # fmt: skip


def give_url(config: Any, environment: Environment) -> None:
    """Set ``sqlalchemy.url`` where the config has none, and the kind of database is known."""
    if environment.dialect is None:
        return
    try:
        there = config.get_main_option("sqlalchemy.url")
    except Exception:
        return  # it is to be put together by env.py
    if not there or there.startswith(_TEMPLATE):
        config.set_main_option("sqlalchemy.url", made_up_url(environment))


def made_up_url(environment: Environment) -> str:
    """A URL for this kind of database that leads nowhere, with a driver that is installed."""
    from sqlalchemy.engine.url import make_url

    from .drivers import with_driver

    dialect = environment.dialect or "sqlite"
    name = str(with_driver(make_url(dialect + "://"), None)[0].drivername)
    text = environment.env_text
    if b"create_async_engine" in text or b"async_engine_from_config" in text:
        found = [each for each in _ASYNCHRONOUS.get(dialect, ()) if importlib.util.find_spec(each)]
        name = "{}+{}".format(dialect, found[0]) if found else name
    slashes = ":///" if dialect == "sqlite" else "://localhost/"
    return name + slashes + _NOWHERE


def is_made_up(url: Any) -> bool:
    """Whether a URL is one that we handed over."""
    return _NOWHERE in str(url)


def asks_for_attributes(environment: Environment) -> bool:
    """Whether env.py looks into ``config.attributes``, which an application fills."""
    return b"attributes" in environment.env_text


def makes_engine(environment: Environment) -> bool:
    """Whether env.py may have its connection from an engine, and not from an application alone."""
    text = environment.env_text
    names = (b"create_engine", b"engine_from_config", b"create_async_engine")
    return b"attributes" not in text or any(name in text for name in names)


def missing(error: KeyError, environment: Environment) -> str:
    """What to do about something that env.py looks for in vain, as a sentence; or nothing."""
    if error.args == ("url",) and environment.dialect is None:
        return "No sqlalchemy.url is set, as an application may do that: name the database, --url."
    if asks_for_attributes(environment) and error.args != ("connection",):
        return (
            "It asks config.attributes, which an application fills; the workbench hands over a "
            "'connection' there, and --metadata MODULE:ATTRIBUTE as 'target_metadata'."
        )
    return ""


def named_metadata(name: str) -> List[Any]:
    """The models that ``module:attribute`` names: a MetaData, several, or a declarative base."""
    module, _, path = name.partition(":")
    root = os.getcwd()
    try:
        found: Any = importlib.import_module(module)
    except Failure:
        raise
    except BaseException as error:
        doing = "--metadata {}: its module cannot be imported".format(name)
        raise from_exception(error, root, doing) from None
    for part in path.split("."):
        if not hasattr(found, part):
            text = "--metadata {}: there is no {!r} in {}."
            raise Failure("config", text.format(name, part, getattr(found, "__name__", module)))
        found = getattr(found, part)
    several = list(found) if isinstance(found, (list, tuple)) else [found]
    several = [getattr(each, "metadata", each) for each in several]
    if not several or not all(hasattr(each, "sorted_tables") for each in several):
        text = "--metadata {}: that is no MetaData, nor a declarative base, but {!r}."
        raise Failure("config", text.format(name, type(found).__name__))
    return several
