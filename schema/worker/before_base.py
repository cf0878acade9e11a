"""What the project makes before its first revision: tables of a MetaData, or by a function.

Such a project runs ``create_all`` of a schema that it once had, and then its revisions; so these do
nothing good on an empty database.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import sys
from typing import Any, Callable, Dict, Union

from .connections import ScratchConnections
from .creation import create, recorded
from .drivers import dialect_of
from .environment import Environment
from .failure import Failure, from_exception
from .guard import redirected

#: A MetaData, or a function that is called with a connection.
Made = Union[Any, Callable[[Any], Any]]


def make(environment: Environment, told: Dict[str, str], what: str) -> Dict[str, Any]:
    """Make it on an empty scratch database."""
    found = _found(environment, what)
    connections = ScratchConnections(told, environment.url())
    try:
        connection = connections.connect()
        with redirected(connections.connect):
            if _is_metadata(found):
                create(connection, [found])
            else:
                with connection.begin():
                    found(connection)
        connection.close()
    except Failure:
        raise
    except BaseException as error:
        doing = "What is there before the first revision, {}, cannot be made".format(what)
        raise from_exception(error, environment.root, doing) from None
    finally:
        connections.dispose()
    return {}


def ddl(environment: Environment, dialect: str, what: str) -> Dict[str, Any]:
    """The ``digest`` of the DDL of it; None where only a database can tell what it is."""
    found = _found(environment, what)
    statements = None
    if _is_metadata(found):
        statements = recorded(dialect_of(dialect, environment.url()), [found])
    if statements is None:
        return {"digest": None}
    return {"digest": hashlib.sha256(json.dumps(sorted(statements)).encode()).hexdigest()}


def _found(environment: Environment, what: str) -> Made:
    """The object of ``module:attribute`` or ``file.py:attribute``; a declarative base has one."""
    name, colon, attribute = what.rpartition(":")
    if not colon or not name or not attribute:
        raise Failure("config", "{!r} is not of the form module:attribute.".format(what))
    # Alembic puts the config's prepend_sys_path into the search path with this.
    environment.script  # noqa: B018
    os.chdir(environment.root)
    try:
        found: Any = _module(name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Failure:
        raise
    except BaseException as error:
        raise from_exception(
            error, environment.root, "{} cannot be imported".format(what)
        ) from None
    found = getattr(found, "metadata", found)
    if not _is_metadata(found) and not callable(found):
        text = "{} is no MetaData, has none as .metadata, and is no function.".format(what)
        raise Failure("config", text)
    return found


def _module(name: str) -> Any:
    if not name.endswith(".py"):
        here = os.getcwd()
        if here not in sys.path:
            sys.path.append(here)
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location("_schema_before_base", name)
    if spec is None or spec.loader is None or not os.path.isfile(name):
        raise Failure("config", "There is no Python file {}.".format(name))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _is_metadata(found: Any) -> bool:
    from sqlalchemy import MetaData

    return isinstance(found, MetaData)
