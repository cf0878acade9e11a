"""A database for an env.py that asks one before ``context.configure()``, and needs the answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url

from schema.database import dialect_of, parse_url
from schema.errors import DatabaseError, ProjectCodeError, ScratchError

if TYPE_CHECKING:
    from schema.scratch import ScratchDatabase

__all__ = ["asked_database"]


@contextmanager
def asked_database(error: ProjectCodeError, url: URL | None) -> Iterator[ScratchDatabase]:
    """An empty scratch database of the kind that env.py speaks to; it is dropped afterwards.

    ``error`` is what env.py ended with when it was answered with no rows; it is raised again where
    no such database can be made. ``url`` is the project's database, if one was given: its server
    is the one to ask.
    """
    from schema import scratch

    named = url or os.environ.get("SCHEMA_DATABASE_URL")
    try:
        dialect = dialect_of(parse_url(make_url(f"{error.details['dialect']}://")))
        server = parse_url(named) if named else None
        if server is not None and dialect_of(server) != dialect:
            server = None
        made = scratch.create(dialect, server=server, label="asked")
    except (DatabaseError, ScratchError):
        raise error from None
    with made:
        yield made
