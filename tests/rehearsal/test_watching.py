"""A step that waits for a lock is shown as waiting, with who holds it."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa

from schema.rehearsal.watching import watch_waits


def session(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    connection = engine.connect()
    return connection, connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()


@pytest.mark.postgresql
def test_a_wait_is_told_with_its_holder_and_its_length(postgresql_url):
    holder, holding = session(postgresql_url)
    holder.exec_driver_sql("SET application_name = 'shop <b>'")
    holder.exec_driver_sql("CREATE TABLE t (id INTEGER)")
    holder.commit()
    holder.exec_driver_sql("LOCK TABLE t")
    waiter, waiting = session(postgresql_url)
    told = []
    url = sa.make_url(postgresql_url)
    with watch_waits(url, lambda: [waiting], told.append) as waits:
        thread = threading.Thread(target=waiter.exec_driver_sql, args=("SELECT * FROM t",))
        thread.start()
        deadline = time.monotonic() + 10
        while not told:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        holder.rollback()
        thread.join(10)
    waiter.close()
    holder.close()

    assert [event["event"] for event in told] == ["waiting", "waited"]
    first = told[0]
    assert (first["mode"], first["relation"]) == ("AccessShareLock", "t")
    assert first["holder"]["pid"] == holding
    assert first["holder"]["application_name"] == "shop <b>"
    assert first["holder"]["state"] == "idle in transaction"
    assert first["holder"]["query"] == "LOCK TABLE t"
    (wait,) = waits
    assert 0.2 < wait.seconds < 5
    assert wait.holder.startswith(f"process {holding} (")
    assert "idle in transaction" in wait.holder


@pytest.mark.postgresql
def test_who_waits_for_nobody_is_not_told_of(postgresql_url):
    connection, pid = session(postgresql_url)
    told = []
    with watch_waits(sa.make_url(postgresql_url), lambda: [pid], told.append) as waits:
        connection.exec_driver_sql("SELECT pg_sleep(0.5)")
    connection.close()
    assert (told, waits) == ([], [])


def test_on_sqlite_nothing_is_looked_at(sqlite_url):
    with watch_waits(sa.make_url(sqlite_url), lambda: [1], print) as waits:
        assert threading.active_count() == threading.active_count()
    assert waits == []
