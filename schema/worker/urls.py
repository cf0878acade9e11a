"""URLs in parts, as every SQLAlchemy from 1.3 on takes and gives them.

As text they would not survive: SQLAlchemy 2.1 writes and reads the name of a database with percent
signs for what is unusual in it, older ones take each character as it stands; so a path with a blank
in it would be another path on the other side.
"""

from __future__ import annotations

from typing import Any, Dict

#: What a URL consists of.
PARTS = ("drivername", "username", "password", "host", "port", "database", "query")


def parts_of(url: Any) -> Dict[str, Any]:
    """The parts of a URL as JSON values, the password among them."""
    found = {name: getattr(url, name) for name in PARTS}
    password = found["password"]
    found["password"] = None if password is None else str(password)
    query = {k: v if isinstance(v, str) else list(v) for k, v in dict(url.query or {}).items()}
    return {**found, "query": query}


def url_of(parts: Dict[str, Any]) -> Any:
    """The URL of these parts, all of them."""
    from sqlalchemy.engine.url import URL

    query = {k: v if isinstance(v, str) else tuple(v) for k, v in parts["query"].items()}
    make: Any = getattr(URL, "create", URL)  # before 1.4 it was a class like others
    return make(**{**parts, "query": query})


def changed(url: Any, **parts: Any) -> Any:
    """The URL with some of its parts replaced."""
    return url_of({**parts_of(url), **parts})
