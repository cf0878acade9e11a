"""What a copy of a PostgreSQL database will take."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.engine import URL

from schema import folders
from schema.database import show_url
from schema.errors import ScratchError
from schema.scratch.choice import Choice
from schema.scratch.clients import find_clients
from schema.scratch.estimate import Estimate, check_room, free_bytes, share_of
from schema.scratch.server import same_server
from schema.scratch.source import Source

__all__ = ["estimated"]

_EMPTY = 8_000_000  # bytes of a database without tables
#: Bytes of a database a second, measured on a machine of two cores: by template, through pg_dump.
_BY_TEMPLATE = 500_000_000
_THROUGH_DUMP = 60_000_000


def estimated(
    source: URL, facts: Source, choice: Choice, server: URL, problem: str | None = None
) -> Estimate:
    """What a copy onto ``server`` will take; ``problem`` is what is known against it already."""
    here = same_server(server, source)
    by_template = here and choice.rows == "all" and facts.may_be_template and not facts.others
    share = share_of(choice, facts.rows)
    data = max(facts.bytes - _EMPTY, 0)
    # The rows that foreign keys lead to come on top of a choice.
    needed = _EMPTY + int(data * (share if choice.rows == "all" else min(1.0, 2 * share)))
    if by_template:
        seconds = 0.3 + facts.bytes / _BY_TEMPLATE
    else:
        seconds = 1 + needed / _THROUGH_DUMP + (data / _BY_TEMPLATE if 0 < share < 1 else 0)
    found = Estimate(
        way=_way(facts, choice, here=here, by_template=by_template),
        where=show_url(server.set(database=None)),
        bytes=needed,
        free=free_bytes(_folder(facts, server, here=here)),
        tables=facts.tables,
        seconds=None if choice.masks or choice.rows == "synthetic" else seconds,
        problem=problem,
        choice=choice,
    )
    return replace(found, problem=problem or _problem(found, facts, by_template=by_template))


def _way(facts: Source, choice: Choice, *, here: bool, by_template: bool) -> str:
    if by_template:
        return "CREATE DATABASE … TEMPLATE on the same server"
    where = "on the same server" if here else "on another server"
    if choice.rows != "all":
        return f"definitions through pg_dump and pg_restore, rows by COPY, {where}"
    reason = ""
    if here and facts.others:
        reason = ", as others are connected to it"
    elif here and not facts.may_be_template:
        reason = ", as the role does not own it"
    return f"pg_dump | pg_restore, {where}{reason}"


def _folder(facts: Source, server: URL, *, here: bool) -> str | None:
    """Where the server keeps its databases, if that is on this machine and may be known."""
    host = server.query.get("host") or server.host or ""
    if str(host) == str(folders.embedded_folder()):
        return str(host)
    is_local = not host or str(host).startswith("/") or host in {"localhost", "127.0.0.1", "::1"}
    return facts.folder if here and is_local else None


def _problem(found: Estimate, facts: Source, *, by_template: bool) -> str | None:
    try:
        check_room(found.bytes, found.free, found.where)
        if not by_template:
            find_clients(facts.version)
    except ScratchError as error:
        return str(error)
    if facts.unreadable and not by_template:
        more = f" and {len(facts.unreadable) - 1} more" if len(facts.unreadable) > 1 else ""
        return f"The role may not read {facts.unreadable[0]}{more}."
    return None
