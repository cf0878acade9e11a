"""The eight changes that somebody made to the sample database by hand, and the rows they allowed.

They are what a database's administrator would run: plain ALTER on PostgreSQL and MariaDB; on
SQLite, where that is not enough, the twelve steps of
https://sqlite.org/lang_altertable.html#otheralter (make the new table, copy the rows, drop the old
one, rename).
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from schema.demo.values import token
from schema.errors import WorkbenchError

__all__ = ["CHANGES", "Change", "leave_rows", "make_changes"]


@dataclass(frozen=True)
class Change:
    """One change: what it is in words, and how it is made.

    ``sqlite`` is either statements, as for PostgreSQL, or a Recreate. ``mariadb`` is empty where
    it is done as on PostgreSQL.
    """

    description: str
    postgresql: tuple[str, ...]
    sqlite: tuple[str, ...] | Recreate
    mariadb: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recreate:
    """Make a SQLite table anew with ``old`` replaced by ``new`` in its definition, rows kept."""

    table: str
    old: str
    new: str


_OUTAGES = """
CREATE TABLE pool_outages (
    outage INTEGER NOT NULL PRIMARY KEY,
    poolname VARCHAR(250) NOT NULL,
    started TIMESTAMP NOT NULL,
    note TEXT
)
""".strip()
_INDEX = "CREATE INDEX ix_guest_events_guestname ON guest_events (guestname)"
_TRIGGER = "CREATE TRIGGER guest_requests_skip_same_state BEFORE UPDATE OF state ON guest_requests"

#: In this order: a recreated table on SQLite loses its triggers, so the trigger comes last.
CHANGES = (
    Change(
        "added column: sshkeys.fingerprint VARCHAR(95)",
        ("ALTER TABLE sshkeys ADD COLUMN fingerprint VARCHAR(95)",),
        ("ALTER TABLE sshkeys ADD COLUMN fingerprint VARCHAR(95)",),
    ),
    Change(
        "widened type: guest_requests.address from VARCHAR(250) to VARCHAR(500)",
        ("ALTER TABLE guest_requests ALTER COLUMN address TYPE VARCHAR(500)",),
        Recreate("guest_requests", "address VARCHAR(250)", "address VARCHAR(500)"),
        ("ALTER TABLE guest_requests MODIFY address VARCHAR(500)",),
    ),
    Change(
        "dropped constraint: the foreign key of snapshot_requests.guestname",
        ("ALTER TABLE snapshot_requests DROP CONSTRAINT snapshot_requests_guestname_fkey",),
        Recreate(
            "snapshot_requests",
            ", \n\tFOREIGN KEY(guestname) REFERENCES guest_requests (guestname)",
            "",
        ),
        ("ALTER TABLE snapshot_requests DROP FOREIGN KEY snapshot_requests_ibfk_1",),
    ),
    Change(
        "changed default: users.role from 'USER' to 'ADMIN'",
        ("ALTER TABLE users ALTER COLUMN role SET DEFAULT 'ADMIN'",),
        Recreate("users", "role VARCHAR(5) DEFAULT 'USER'", "role VARCHAR(5) DEFAULT 'ADMIN'"),
        ("ALTER TABLE users ALTER role SET DEFAULT 'ADMIN'",),
    ),
    Change(
        "extra table: pool_outages",
        (_OUTAGES,),
        (_OUTAGES,),
        (_OUTAGES.replace("TIMESTAMP", "DATETIME"),),
    ),
    Change("extra index: ix_guest_events_guestname on guest_events", (_INDEX,), (_INDEX,)),
    Change(
        "NOT NULL dropped: guest_requests.user_data",
        ("ALTER TABLE guest_requests ALTER COLUMN user_data DROP NOT NULL",),
        Recreate("guest_requests", "user_data TEXT NOT NULL", "user_data TEXT"),
        ("ALTER TABLE guest_requests MODIFY user_data TEXT",),
    ),
    Change(
        "trigger: guest_requests_skip_same_state on guest_requests",
        # PostgreSQL has the function built in: there is no ninth difference.
        (
            f"{_TRIGGER} FOR EACH ROW WHEN (NEW.state = OLD.state) "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ),
        (f"{_TRIGGER} WHEN NEW.state = OLD.state BEGIN SELECT RAISE(IGNORE); END",),
        # MariaDB's cannot pass over a row; it can leave one as it is.
        (
            f"{_TRIGGER.replace(' OF state', '')} FOR EACH ROW BEGIN IF NEW.state = OLD.state THEN "
            "SET NEW.address = OLD.address, NEW.pool_data = OLD.pool_data; END IF; END",
        ),
    ),
)


def make_changes(connection: Connection) -> None:
    """Make all CHANGES in a database that stands at the demo's revision."""
    for change in CHANGES:
        how = change.sqlite if connection.dialect.name == "sqlite" else change.postgresql
        if connection.dialect.name == "mariadb":
            how = change.mariadb or how
        if isinstance(how, Recreate):
            _recreate(connection, how)
            continue
        for statement in how:
            connection.exec_driver_sql(statement)


def _recreate(connection: Connection, how: Recreate) -> None:
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    definition = connection.scalar(query, {"name": how.table}) or ""
    if how.old not in definition:
        raise WorkbenchError(f"{how.table} is not as expected: it has no {how.old.strip()!r}.")
    quote = connection.dialect.identifier_preparer.quote
    table, new = quote(how.table), quote(f"{how.table}_new")
    body = re.sub(r'^CREATE TABLE\s+"?\w+"?', "", definition).replace(how.old, how.new)
    connection.exec_driver_sql(f"CREATE TABLE {new}{body}")
    connection.exec_driver_sql(f"INSERT INTO {new} SELECT * FROM {table}")  # noqa: S608 -- quoted
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {new} RENAME TO {table}")


def leave_rows(connection: Connection, seed: int) -> None:
    """Write rows that only the changed schema allows, and that a way back has to cope with."""
    rng = random.Random(f"by hand {seed}")  # noqa: S311 -- sample data, no secret
    guests = connection.scalars(sa.text("SELECT guestname FROM guest_requests ORDER BY 1")).all()
    some = rng.sample(guests, k=max(1, len(guests) // 100))
    connection.execute(
        sa.text("UPDATE guest_requests SET user_data = NULL WHERE guestname = :guest"),
        [{"guest": guest} for guest in some],
    )
    addresses = ",".join(f"2001:db8::{rng.getrandbits(16):x}:{n:x}" for n in range(20))
    connection.execute(
        sa.text("UPDATE guest_requests SET address = :addresses WHERE guestname = :guest"),
        {"addresses": addresses, "guest": some[0]},
    )
    keys = connection.scalars(sa.text("SELECT keyname FROM sshkeys ORDER BY 1")).all()
    connection.execute(
        sa.text("UPDATE sshkeys SET fingerprint = :print WHERE keyname = :key"),
        [{"print": f"SHA256:{token(rng)}", "key": key} for key in keys[::2]],
    )
    connection.execute(
        sa.text(
            "INSERT INTO snapshot_requests (snapshotname, guestname, state, start_again)"
            " VALUES (:name, :guest, 'ready', :again)"
        ).bindparams(sa.bindparam("again", type_=sa.Boolean)),
        [{"name": token(rng)[:36], "guest": token(rng)[:36], "again": False} for _ in range(5)],
    )
    connection.execute(sa.text("INSERT INTO users (username) VALUES ('nightly-ci')"))
    pools = connection.scalars(sa.text("SELECT poolname FROM pools ORDER BY 1")).all()
    connection.execute(
        sa.text("INSERT INTO pool_outages VALUES (:outage, :pool, :started, :note)"),
        [
            {"outage": n, "pool": rng.choice(pools), "started": f"2020-10-{n:02} 03:15:00",
             "note": rng.choice([None, "quota exceeded", "API returns 503"])}
            for n in range(1, 13)
        ],
    )  # fmt: skip
