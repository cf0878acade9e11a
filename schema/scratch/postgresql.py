"""Scratch databases on a PostgreSQL server.

A copy is made in the first of these ways that is allowed:

1. ``CREATE DATABASE … TEMPLATE`` on the source's server. The server demands that nobody is
   connected to the source, and who connects meanwhile must wait; so it is done only when nobody
   is, and given up as soon as somebody comes.
2. ``pg_dump | pg_restore`` into a new database on the source's server.
3. The same into the embedded server, when the role may not make databases.

A choice of rows goes through pg_dump and pg_restore too, but for the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from schema.database import open_read_only, show_url
from schema.errors import DatabaseError, NotScratchError, ScratchError
from schema.scratch import embedded
from schema.scratch.choice import Choice
from schema.scratch.clients import find_clients
from schema.scratch.dump import Route, transfer
from schema.scratch.estimate import Estimate, check_room
from schema.scratch.made_up import made_up
from schema.scratch.model import (
    Cancelled,
    Mark,
    Progress,
    ScratchDatabase,
    new_mark,
    new_name,
    portion,
)
from schema.scratch.postgresql_estimate import estimated
from schema.scratch.postgresql_marks import (
    GUARD_QUERY,
    LIST_QUERY,
    from_row,
    set_mark,
)
from schema.scratch.postgresql_rows import transfer_chosen
from schema.scratch.server import (
    administer,
    check_free,
    drop_database,
    end_sessions,
    is_in_use,
    is_lost,
    look_around,
    make_roles,
    may_create,
    rename,
    run,
    same_server,
    sqlstate,
    told,
    version,
)
from schema.scratch.source import Source, look_at, quoted, setting_statements
from schema.scratch.template import FORBIDDEN, IN_USE, copy_template, settings_of

__all__ = [
    "GUARD_QUERY",
    "adopt",
    "checkpoint",
    "copy",
    "create",
    "drop",
    "estimate",
    "find",
    "is_shared",
    "keep",
    "open_marked",
    "publish",
    "refill",
    "restore",
    "revive",
]


def create(label: str, server: URL | None = None) -> ScratchDatabase:
    """An empty, marked database, on ``server`` or else on the embedded one."""
    if server is None or not may_create(server):
        server = embedded.server_url()
    mark = new_mark(None)
    name = new_name(None, mark, label=label)
    with _making(server, name) as admin:
        run(admin, f"CREATE DATABASE {quoted(name)} TEMPLATE template0")
        set_mark(admin, name, mark, complete=True)
    return ScratchDatabase.bearing(mark, server.set(database=name))


def copy(
    source: URL,
    name: str | None,
    choice: Choice,
    server: URL | None,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A marked copy of ``source``; see the module for the ways."""
    facts = look_at(source)
    where = _where(source, server, may_create_here=facts.may_create)
    if name is not None:
        check_free(where, name)
    mark = new_mark(source)
    working = new_name(source, mark)
    expected = estimated(source, facts, choice, where)
    check_room(expected.bytes, expected.free, expected.where)
    contents = _Contents(source, facts, choice, where, progress, cancelled)
    with _making(where, working, avoid=source) as admin:
        contents.fill(admin, working, mark)
        if name is not None:
            rename(admin, working, name)
    return ScratchDatabase.bearing(mark, where.set(database=name or working))


def estimate(source: URL, choice: Choice, server: URL | None) -> Estimate:
    """What a copy will take. Raises DatabaseError when the source cannot be read."""
    facts = look_at(source)
    problem = None
    try:
        where = _where(source, server, may_create_here=facts.may_create)
    except ScratchError as error:
        where, problem = server or source, str(error)
    return estimated(source, facts, choice, where, problem)


def refill(
    scratch: ScratchDatabase,
    source: URL,
    choice: Choice,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A new copy on the scratch database's own server, which then takes its place."""
    facts = look_at(source)
    where = source if same_server(scratch.url, source) else scratch.url
    mark = new_mark(source)
    working = new_name(source, mark)
    expected = estimated(source, facts, choice, where)
    check_room(expected.bytes, expected.free, expected.where)
    contents = _Contents(source, facts, choice, where, progress, cancelled)
    with _making(where, working, avoid=source) as admin:
        contents.fill(admin, working, mark)
        drop_database(admin, scratch.name)
        rename(admin, working, scratch.name)
    return ScratchDatabase.bearing(mark, where.set(database=scratch.name))


def _where(source: URL, server: URL | None, *, may_create_here: bool) -> URL:
    """The server that a copy is made on. Raises ScratchError for one that allows none."""
    if server is None:
        return source if may_create_here and may_create(source) else embedded.server_url()
    if server.get_backend_name() != "postgresql":
        raise ScratchError(f"{show_url(server)} is no PostgreSQL server.")
    if not may_create(server):
        raise ScratchError(
            f"The role may not make databases on {show_url(server)}. "
            "Have somebody grant it CREATEDB, or name no server: the embedded one is used then."
        )
    return source if same_server(server, source) else server


@dataclass(frozen=True)
class _Contents:
    """What a new database on ``server`` is filled with: a choice of what ``source`` holds."""

    source: URL
    facts: Source
    choice: Choice
    server: URL
    progress: Progress | None
    cancelled: Cancelled | None

    def fill(self, admin: Connection, working: str, mark: Mark) -> None:
        """Make the database, fill it, and mark it as complete."""
        here = same_server(self.server, self.source)
        finished = self.choice.rows != "synthetic" and not self.choice.masks
        progress = portion(self.progress, 0, 1 if finished else 0.7)
        whole = self.choice.rows == "all"
        if not (here and whole and _copied_by_template(admin, working, self.facts, self.cancelled)):
            self._transfer(admin, working, mark, progress, here=here)
        if here:
            for statement in self.facts.setting_statements(quoted(working)):
                run(admin, statement)
        if not finished:
            set_mark(admin, working, mark, complete=False)
            unfinished = ScratchDatabase.bearing(mark, self.server.set(database=working))
            made_up(unfinished, self.choice, portion(self.progress, 0.7, 1), self.cancelled)
        set_mark(admin, working, mark, complete=True)
        if self.progress is not None:
            self.progress(1.0, "copied")

    def _transfer(
        self, admin: Connection, working: str, mark: Mark, progress: Progress | None, *, here: bool
    ) -> None:
        """Through pg_dump and pg_restore, into a new database."""
        facts = self.facts
        run(admin, facts.create_statement(quoted(working), same_server=here))
        set_mark(admin, working, mark, complete=False)
        if not here:
            make_roles(admin, facts.roles)
        clients = find_clients(max(facts.version, version(admin)))
        target = self.server.set(database=working)
        keep_owners = here and facts.is_superuser
        route = Route(self.source, target, clients, keep_owners, self.cancelled)
        if self.choice.rows == "all":
            transfer(route, expected=facts.table_bytes, progress=progress)
        else:
            transfer_chosen(route, self.choice, progress)


def _copied_by_template(
    admin: Connection, working: str, facts: Source, cancelled: Cancelled | None
) -> bool:
    """Try the first way; False when the source is in use, or another role's."""
    if is_in_use(admin, facts.database):
        return False
    try:
        return copy_template(admin, working, facts.database, make_way=True, cancelled=cancelled)
    except DBAPIError as error:
        if sqlstate(error) in IN_USE | FORBIDDEN:
            return False
        raise


def checkpoint(
    scratch: ScratchDatabase, progress: Progress | None, cancelled: Cancelled | None
) -> ScratchDatabase:
    """A database that keeps what the scratch database holds now."""
    mark = new_mark(scratch.source, checkpoint_of=scratch.name)
    name = new_name(scratch.url, mark)
    with _making(scratch.url, name, avoid=scratch.url) as admin:
        _duplicate(admin, name, scratch.name, progress, cancelled)
        set_mark(admin, name, mark, complete=True)
    return ScratchDatabase.bearing(mark, scratch.url.set(database=name))


def keep(scratch: ScratchDatabase, key: str) -> None:
    """A database that keeps what the scratch database holds now, to be copied from."""
    mark = new_mark(None, keeps=key)
    name = new_name(None, mark, label="kept")
    with _making(scratch.url, name, avoid=scratch.url) as admin:
        _duplicate(admin, name, scratch.name, None, None)
        set_mark(admin, name, mark, complete=True)


def adopt(scratch: ScratchDatabase, key: str) -> None:
    """Keep the scratch database itself; the value that was given is of no more use."""
    with administer(scratch.url) as admin, told(f"{scratch.name} could not be kept"):
        _check_token(admin, scratch)
        set_mark(admin, scratch.name, new_mark(None, keeps=key), complete=True)


def revive(kept: ScratchDatabase, label: str) -> ScratchDatabase:
    """A new database with the contents of one that is kept."""
    mark = new_mark(None)
    name = new_name(None, mark, label=label)
    with _making(kept.url, name, avoid=kept.url) as admin:
        _duplicate(admin, name, kept.name, None, None)
        set_mark(admin, name, mark, complete=True)
        set_mark(admin, kept.name, kept.mark, complete=True)  # used just now
    return ScratchDatabase.bearing(mark, kept.url.set(database=name))


def restore(
    scratch: ScratchDatabase,
    kept: ScratchDatabase,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A copy of the checkpoint, which then takes the scratch database's place."""
    if not same_server(scratch.url, kept.url):
        raise ScratchError(f"{kept.name} is on another server than {scratch.name}.")
    mark = new_mark(scratch.source)
    working = new_name(scratch.url, mark)
    with _making(scratch.url, working, avoid=kept.url) as admin:
        _check_token(admin, scratch)
        _duplicate(admin, working, kept.name, progress, cancelled)
        set_mark(admin, working, mark, complete=True)
        drop_database(admin, scratch.name)
        rename(admin, working, scratch.name)
    return ScratchDatabase.bearing(mark, scratch.url.set(database=scratch.name))


def _duplicate(
    admin: Connection,
    name: str,
    template: str,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    """Make ``name`` just like the scratch database ``template``, with its settings."""
    if progress is not None:
        progress(0.0, "copying within the server")
    if is_in_use(admin, template, patient=True):
        raise _in_use(template)
    try:
        copy_template(admin, name, template, cancelled=cancelled)
    except DBAPIError as error:
        if sqlstate(error) in IN_USE:
            raise _in_use(template) from error
        raise
    for statement in setting_statements(quoted(name), settings_of(admin, template)):
        run(admin, statement)
    if progress is not None:
        progress(1.0, "copied")


def _in_use(name: str) -> ScratchError:
    return ScratchError(
        f"{name} cannot be copied while others are connected to it. "
        "Close those connections, and try again."
    )


def open_marked(url: URL) -> ScratchDatabase:
    """The marked database behind ``url``. Raises NotScratchError or DatabaseError."""
    with open_read_only(url) as connection:
        row = connection.execute(
            sa.text(f"{LIST_QUERY} WHERE d.datname = current_database()")
        ).one()
    scratch = from_row(url, row)
    if scratch is None or not scratch.complete:
        raise NotScratchError(f"{row.name} is no scratch database; it was not touched.")
    return scratch


def find(server: URL) -> list[ScratchDatabase]:
    """All marked databases on this server, and what killed processes left half-made.

    Who makes one keeps a session open that bears its name as application_name: that tells what is
    being made now from what was left.
    """
    with look_around(server) as connection:
        rows = connection.execute(sa.text(f"{LIST_QUERY} ORDER BY d.datname")).all()
    found = [from_row(server, row) for row in rows if not row.making]
    return [scratch for scratch in found if scratch is not None]


def is_shared(url: URL) -> bool:
    """Whether it is on a server where others have databases: any but the embedded one."""
    return not embedded.is_ours(url)


def size(scratch: ScratchDatabase) -> int:
    with look_around(scratch.url) as connection:
        return int(
            connection.execute(
                sa.text("SELECT pg_database_size(CAST(:name AS name))"), {"name": scratch.name}
            ).scalar_one()
        )


def drop(scratch: ScratchDatabase) -> None:
    """Drop it and its checkpoints, ending their sessions, if it still bears its mark.

    By a new session, once, where the first one is ended meanwhile.
    """
    try:
        _drop(scratch)
    except (ScratchError, DatabaseError) as error:
        if not is_lost(error):
            raise
        _drop(scratch)


def _drop(scratch: ScratchDatabase) -> None:
    with administer(scratch.url) as admin, told(f"{scratch.name} could not be dropped"):
        _check_token(admin, scratch)
        drop_database(admin, scratch.name)
        _drop_checkpoints(admin, scratch)


def _drop_checkpoints(admin: Connection, scratch: ScratchDatabase) -> None:
    rows = admin.execute(sa.text(f"{LIST_QUERY} WHERE d.datname <> :n"), {"n": scratch.name})
    marked = [from_row(scratch.url, row) for row in rows]
    for each in marked:
        if each is not None and each.checkpoint_of == scratch.name:
            drop_database(admin, each.name)
            _drop_checkpoints(admin, each)


def _check_token(admin: Connection, scratch: ScratchDatabase) -> None:
    """Raise NotScratchError when the database is there and is not the one that was marked."""
    row = admin.execute(
        sa.text(f"{LIST_QUERY} WHERE d.datname = :name"), {"name": scratch.name}
    ).one_or_none()
    there = None if row is None else from_row(scratch.url, row)
    if there is not None and not there.token:
        return  # by its name it is ours; a migration may have left anything in its comment
    if row is not None and (there is None or there.token != scratch.token):
        raise NotScratchError(f"{scratch.name} bears another mark; it was not touched.")


def publish(scratch: ScratchDatabase, target: URL) -> None:
    """Rename it to the target's name, which must be free, and take its mark away."""
    if not same_server(scratch.url, target) or not target.database:
        raise ScratchError(
            f"{scratch.name} cannot become {target.database!r}: that is on another server, "
            "where the role may not make databases. Have somebody grant it CREATEDB."
        )
    open_marked(scratch.url)
    with administer(scratch.url) as admin, told(f"{target.database} could not be made"):
        rename(admin, scratch.name, target.database)
        run(admin, f"COMMENT ON DATABASE {quoted(target.database)} IS NULL")


@contextmanager
def _making(server: URL, name: str, *, avoid: URL | None = None) -> Iterator[Connection]:
    """A maintenance session while ``name`` is being made; what fails is dropped again."""
    with administer(server, application=name, avoid=avoid) as admin:
        try:
            with told(f"The scratch database {name} could not be made"):
                yield admin
        except BaseException:
            _unmake(admin, server, name, avoid)
            raise


def _unmake(admin: Connection, server: URL, name: str, avoid: URL | None) -> None:
    """Drop what was half-made, by a new session where the connection of the first one is lost.

    The server goes on with the statement of a session whose client is gone: it is ended first.
    Where nobody is let in any more, ``find`` tells what is left.
    """
    try:
        drop_database(admin, name)
    except SQLAlchemyError:
        with suppress(SQLAlchemyError, DatabaseError), administer(server, avoid=avoid) as again:
            end_sessions(again, application=name)
            drop_database(again, name)
