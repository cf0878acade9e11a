"""The rows of the sample database, and how they get into it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from schema.demo.values import BEGIN, END, POOLS, STATES, Values, as_json, guestname, token

__all__ = ["fill"]

Row = tuple[Any, ...]
_CHUNK = 10_000


def fill(
    connection: Connection,
    requests: int,
    events: int,
    seed: int,
    progress: Callable[[float, str], None],
) -> None:
    """Fill the empty tables of a database that stands at the demo's revision.

    What hurts migrations is among the rows: NULLs wherever they are allowed, long texts,
    64-character tokens, a counter whose name is empty, events of guests that are gone.
    """
    rng = random.Random(f"rows {seed}")  # noqa: S311 -- sample data, no secret
    values = Values.made(seed)
    progress(0.0, "writing users, pools and counters")
    small = _small_tables(rng, values)
    for table, rows in small.items():
        _insert(connection, table, rows)
    guests = [guestname(rng) for _ in range(requests)]
    gone = [guestname(rng) for _ in range(requests // 10)]
    progress(0.05, f"writing {requests:,} guest requests")
    keys = [(keyname, owner) for keyname, _, owner, _ in small["sshkeys"]]
    _insert(connection, "guest_requests", _requests(rng, values, guests, keys))
    _insert(connection, "snapshot_requests", _snapshots(rng, guests))
    progress(0.2, f"writing {events:,} guest events")
    done = 0
    for chunk in _chunks(_events(rng, values, guests + gone, events)):
        _insert(connection, "guest_events", chunk)
        done += len(chunk)
        progress(0.2 + 0.8 * done / events, f"writing {events:,} guest events")


def _table(name: str, columns: str, **types: TypeEngine[Any]) -> sa.TableClause:
    return sa.table(name, *(sa.column(each, types.get(each)) for each in columns.split()))


_TABLES = {
    table.name: table
    for table in (
        _table("users", "username admin_token provisioning_token role"),
        _table("priority_groups", "name"),
        _table("pools", "poolname driver parameters"),
        _table("sshkeys", "keyname enabled ownername file", enabled=sa.Boolean()),
        _table("knobs", "knobname value"),
        _table("metrics", "metric count updated", updated=sa.DateTime()),
        _table(
            "metrics_pool_resources",
            "poolname dimension instances cores memory diskspace snapshots",
        ),
        _table("metrics_failover", "from_pool to_pool count updated", updated=sa.DateTime()),
        _table(
            "guest_requests",
            "guestname environment ownername priorityname poolname state address ssh_keyname"
            " ssh_port ssh_username pool_data user_data post_install_script",
        ),
        _table("guest_events", "updated guestname eventname details", updated=sa.DateTime()),
        _table(
            "snapshot_requests",
            "snapshotname guestname poolname state start_again",
            start_again=sa.Boolean(),
        ),
    )
}


def _insert(connection: Connection, name: str, rows: Iterable[Row]) -> None:
    """Insert rows in their order; by COPY on PostgreSQL, which is many times as fast."""
    table = _TABLES[name]
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
        return
    names = [column.name for column in table.columns]
    for chunk in _chunks(rows):
        connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in chunk])


def _copy(connection: Connection, table: sa.TableClause, rows: Iterable[Row]) -> None:
    """https://www.psycopg.org/psycopg3/docs/basic/copy.html"""
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _small_tables(rng: random.Random, values: Values) -> dict[str, list[Row]]:
    """The tables that have few rows, in an order that foreign keys allow."""
    priorities = ["default-priority", "ci-gating", "manual", "nightly"]
    return {
        "users": [_user(rng, user) for user in values.users],
        "priority_groups": [(name,) for name in priorities],
        "pools": [(pool, driver, _parameters(rng, driver)) for pool, driver in POOLS.items()],
        "sshkeys": [
            (f"{user}-{name}", rng.choice((True, True, None, False)), user, f"{user}/{name}.pem")
            for user in values.users
            for name in ("laptop", "ci")[: rng.choice((1, 1, 2))]
        ],
        "knobs": [
            ("route-guest-request.retry", "5"),
            ("route-guest-request.delay", "10,30"),
            ("acquire-guest-request.retry", "5"),
            ("provisioning.guest-timeout", "3600"),
            ("logging.json", as_json({"enabled": True, "level": "INFO"})),
        ],
        "metrics": _counters(rng),
        "metrics_pool_resources": [
            (pool, dimension, *_resources(rng))
            for pool in POOLS
            for dimension in ("LIMITS", "USAGE")
        ],
        "metrics_failover": [
            (here, there, rng.randrange(500), _moment(rng))
            for here in POOLS
            for there in POOLS
            if here != there and rng.random() < 0.4
        ],
    }


def _user(rng: random.Random, name: str) -> Row:
    tokens = [token(rng) if rng.random() < 0.9 else "undefined" for _ in range(2)]
    return (name, *tokens, "ADMIN" if rng.random() < 0.1 else "USER")


def _parameters(rng: random.Random, driver: str) -> str:
    images = [f"{driver}-image-{rng.getrandbits(32):08x}" for _ in range(rng.randrange(2, 40))]
    return as_json({"driver": driver, "images": images, "use-spot": rng.random() < 0.3})


def _counters(rng: random.Random) -> list[Row]:
    names = ("guest-requests.created", "guest-requests.failed", "snapshots.created", "api.calls")
    counters: list[Row] = [(name, rng.randrange(1_000_000), _moment(rng)) for name in names]
    return [*counters, ("api.retries", None, None), ("", rng.randrange(1000), None)]


def _resources(rng: random.Random) -> Row:
    """Instances, cores, memory, disk space (both in bytes, above 32 bits), snapshots."""
    sizes = (
        rng.randrange(500),
        rng.randrange(4000),
        rng.randrange(1 << 42),
        rng.randrange(1 << 46),
    )
    return tuple(size if rng.random() < 0.8 else None for size in (*sizes, rng.randrange(50)))


def _moment(rng: random.Random) -> datetime:
    return BEGIN + timedelta(seconds=rng.randrange(int((END - BEGIN).total_seconds())))


def _requests(
    rng: random.Random, values: Values, guests: list[str], keys: list[tuple[str, str]]
) -> Iterator[Row]:
    pools, priorities = list(POOLS), ["default-priority", "ci-gating", "manual", "nightly", None]
    states = rng.choices(list(STATES), list(STATES.values()), k=len(guests))
    for guest, state in zip(guests, states, strict=True):
        key, owner = rng.choice(keys)
        placed = state not in {"pending", "routing", "shelved"}
        pool = rng.choice(pools) if placed else None
        yield (
            guest,
            rng.choice(values.environments),
            owner,
            rng.choice(priorities),
            pool,
            state,
            rng.choice(values.addresses) if placed and state != "provisioning" else None,
            key,
            22 if rng.random() < 0.95 else rng.randrange(1024, 65536),
            rng.choice(("root", "root", "fedora", "cloud-user")),
            _pool_data(rng, pool),
            values.user_data[0] if rng.random() < 0.4 else rng.choice(values.user_data),
            rng.choice(values.scripts) if rng.random() < 0.2 else None,
        )


def _pool_data(rng: random.Random, pool: str | None) -> str:
    if pool is None:
        return "{}"
    return as_json(
        {"instance_id": f"i-{rng.getrandbits(68):017x}", "zone": f"{pool}-{rng.choice('abc')}"}
    )


def _snapshots(rng: random.Random, guests: list[str]) -> list[Row]:
    pools = [*POOLS, None]
    return [
        (
            guestname(rng),
            guest,
            rng.choice(pools),
            rng.choice(("ready", "pending")),
            rng.random() < 0.5,
        )
        for guest in sorted(rng.sample(guests, k=len(guests) // 50))
    ]


def _events(rng: random.Random, values: Values, guests: list[str], total: int) -> list[Row]:
    """Events in the order of time. Some guests have many times as many as others."""
    weights = [rng.expovariate(1.0) + 0.2 for _ in guests]
    counts = Counter(rng.choices(guests, weights, k=total))
    rows: list[Row] = []
    for guest in guests:
        time = _moment(rng)
        for number in range(counts[guest]):
            name, details = ("created", None) if number == 0 else _event(rng, values)
            rows.append((time, guest, name, details))
            time += timedelta(seconds=rng.randrange(1, 1800))
    rows.sort(key=lambda row: row[:2])
    # A few of the oldest were written by a release that did not know the time.
    return [(None, *row[1:]) if number % 1000 == 999 else row for number, row in enumerate(rows)]


def _event(rng: random.Random, values: Values) -> tuple[str, str | None]:
    kind = rng.random()
    if kind < 0.45:
        old, new = rng.sample(list(STATES), 2)
        return "state-changed", as_json({"current_state": old, "new_state": new})
    if kind < 0.75:
        return "routing-attempt", as_json(
            {"attempt": rng.randrange(20), "pool": rng.choice(list(POOLS))}
        )
    if kind < 0.9:
        return "provisioning-progress", as_json({"percent": rng.randrange(101)})
    if kind < 0.93:
        return "error", as_json({"failure": {"traceback": rng.choice(values.errors)}})
    return "polled", None
