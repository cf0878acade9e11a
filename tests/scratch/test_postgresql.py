"""Scratch databases on a PostgreSQL server: the given one, or the embedded one."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from schema import scratch
from schema.errors import DatabaseError, NotScratchError, ScratchError
from schema.scratch import embedded, template
from schema.scratch import postgresql as ours
from schema.scratch import server as server_module

pytestmark = pytest.mark.postgresql


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def execute(url: URL, *statements: str) -> None:
    with connected(url) as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.fixture
def server(postgresql_server: str) -> URL:
    return make_url(postgresql_server)


@pytest.fixture
def live(postgresql_url: str) -> URL:
    """A database of 5,000 rows, with what is easily lost: a setting, a comment, a sequence."""
    url = make_url(postgresql_url)
    execute(
        url,
        "CREATE SCHEMA app",
        "CREATE TABLE app.users (id serial PRIMARY KEY, name text NOT NULL)",
        "INSERT INTO app.users (name) SELECT repeat('x', 100) FROM generate_series(1, 5000)",
        "COMMENT ON TABLE app.users IS 'it''s 100 % ours'",
        f'ALTER DATABASE "{url.database}" SET search_path = app, public',
        f"ALTER DATABASE \"{url.database}\" SET application_name = 'it''s 100 %'",
    )
    return url


@pytest.fixture
def limited(server: URL, live: URL) -> Iterator[URL]:
    """The live database's URL for a role that may read it, by password, and make no database."""
    execute(
        server,
        "DROP ROLE IF EXISTS swb_limited",
        "CREATE ROLE swb_limited LOGIN PASSWORD 's3cr3t-p@ss'",
    )
    execute(
        live,
        "GRANT USAGE ON SCHEMA app TO swb_limited",
        "GRANT SELECT ON ALL TABLES IN SCHEMA app TO swb_limited",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO swb_limited",
    )
    rules = Path(str(server.query["host"]), "pg_hba.conf")
    before = rules.read_text()
    rules.write_text(f"local all swb_limited scram-sha-256\n{before}")
    execute(server, "SELECT pg_reload_conf()")
    yield live.set(username="swb_limited", password="s3cr3t-p@ss")
    rules.write_text(before)
    execute(server, "SELECT pg_reload_conf()")
    execute(live, "DROP OWNED BY swb_limited")
    execute(server, "DROP ROLE swb_limited")


def rows(url: URL) -> int:
    with connected(url) as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM app.users")) or 0)


def names(server: URL) -> list[str]:
    with connected(server) as connection:
        return sorted(connection.scalars(sa.text("SELECT datname FROM pg_database")))


def half_made(server: URL) -> list[scratch.ScratchDatabase]:
    return [each for each in scratch.find(server=server) if not each.complete]


def contents(url: URL) -> str:
    """What the database holds, as text that changes with any row, object or privilege."""
    program = embedded.client_folders()[-1] / "pg_dump"
    given = [program, "--restrict-key=x", f"--host={url.query['host']}", "-U", "postgres"]
    return subprocess.run(
        [*given, str(url.database)], capture_output=True, text=True, check=True
    ).stdout


def test_an_empty_database_is_made_on_the_given_server(server: URL) -> None:
    with scratch.create("postgresql", server=server, label="replay") as made:
        assert made.name in names(server)
        assert made.name.startswith("scratch_replay_")
        assert made.source == ""
        assert scratch.open(made.url) == made
        assert made in scratch.find(server=server)
    assert made.name not in names(server)


def test_a_copy_is_made_by_template_when_nobody_is_connected(
    live: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "transfer", lambda *_, **__: pytest.fail("it went through pg_dump"))
    before = contents(live)
    with scratch.copy(live) as made:
        assert rows(made.url) == 5000
        assert contents(made.url) == before
    assert contents(live) == before


def test_a_copy_is_made_by_dump_while_others_are_connected(live: URL) -> None:
    """Nobody is disconnected, and what another transaction has not committed is not in it."""
    before = contents(live)
    engine = sa.create_engine(live, poolclass=sa.NullPool)
    told: list[tuple[float, str]] = []
    with engine.connect() as other:
        other.execute(sa.text("INSERT INTO app.users VALUES (6000, 'not committed')"))
        with scratch.copy(live, progress=lambda *step: told.append(step)) as made:
            assert rows(made.url) == 5000
            assert contents(made.url) == before
            assert other.scalar(sa.text("SELECT count(*) FROM app.users")) == 5001
        other.rollback()
    engine.dispose()
    assert told[-1] == (1.0, "copied")
    assert [part for part, _ in told] == sorted(part for part, _ in told)


def test_a_copy_by_template_makes_way_for_whoever_comes(
    live: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would wait until the copy is made; so it goes on through pg_dump, which they may not."""
    execute(
        live,
        "CREATE TABLE app.big (a text STORAGE PLAIN)",
        "INSERT INTO app.big SELECT repeat('x', 1900) FROM generate_series(1, 60000)",
    )
    connecting: list[threading.Thread] = []
    waited: list[float] = []

    def connect() -> None:
        started = time.monotonic()
        with connected(live):
            waited.append(time.monotonic() - started)

    def run(admin: Connection, statement: str) -> None:
        if f'TEMPLATE "{live.database}"' in statement:
            connecting.append(threading.Timer(0.05, connect))
            connecting[-1].start()
        server_module.run(admin, statement)

    went: list[object] = []
    monkeypatch.setattr(template, "run", run)
    monkeypatch.setattr(ours, "transfer", lambda *_, **__: went.append("through pg_dump"))
    for _ in range(5):  # On a busy machine the copy may be made before anybody comes.
        scratch.copy(live).drop()
        connecting.pop().join()
        if went:
            break
    assert went == ["through pg_dump"]
    assert waited


def test_a_template_is_not_even_tried_while_others_are_connected(
    live: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server would try for five seconds, during which nobody else gets in."""
    tried: list[str] = []

    def run(admin: Connection, statement: str) -> None:
        tried.append(statement)
        server_module.run(admin, statement)

    monkeypatch.setattr(ours, "run", run)
    monkeypatch.setattr(template, "run", run)
    with connected(live):
        scratch.copy(live).drop()
    assert tried
    assert not any(f'TEMPLATE "{live.database}"' in statement for statement in tried)


@pytest.mark.parametrize("occupied", [False, True])
def test_the_settings_of_the_database_come_along(live: URL, occupied: bool) -> None:
    with connected(live if occupied else live.set(database="postgres")):
        made = scratch.copy(live)
    with made, connected(made.url) as connection:
        assert connection.scalar(sa.text("SHOW search_path")) == "app, public"
        assert connection.scalar(sa.text("SHOW application_name")) == "it's 100 %"


def test_the_guard_answers_on_this_very_database_only(live: URL, server: URL) -> None:
    with scratch.copy(live) as made, scratch.create("postgresql", server=server) as other:
        query = sa.text(made.guard()["query"])
        with connected(made.url) as connection:
            assert connection.execute(query).all() == [(made.token,)]
        with connected(other.url) as connection:
            assert connection.execute(query).all() == [(other.token,)]
        with connected(live) as connection:
            assert connection.execute(query).all() == []


def test_a_copy_of_a_scratch_database_has_a_mark_of_its_own(live: URL) -> None:
    with scratch.copy(live) as first, scratch.copy(first.url) as second:
        assert first.token != second.token
        assert scratch.open(second.url) == second


def test_a_comment_that_was_taken_along_marks_nothing(live: URL, server: URL) -> None:
    """A dump of a whole server holds the comments too: the oid in it is another's."""
    with scratch.create("postgresql", server=server) as made:
        with connected(made.url) as connection:
            comment = connection.scalar(
                sa.text(
                    "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
                    "WHERE datname = current_database()"
                )
            )
        with connected(live) as connection:
            connection.exec_driver_sql(f"COMMENT ON DATABASE \"{live.database}\" IS '{comment}'")
            assert connection.execute(sa.text(made.guard()["query"])).all() == []
        assert not scratch.is_scratch(live)


def test_the_live_database_is_refused(live: URL) -> None:
    with pytest.raises(NotScratchError, match="is no scratch database; it was not touched"):
        scratch.open(live)


def test_a_name_that_exists_is_refused_and_what_has_it_stays(live: URL, server: URL) -> None:
    with pytest.raises(ScratchError, match=f"'{live.database}' exists"):
        scratch.copy(live, name=str(live.database))
    with scratch.copy(live, name="swb-Mine.1") as made:
        assert made.name == "swb-Mine.1"
        before = names(server)
        with pytest.raises(ScratchError, match="exists"):
            scratch.copy(live, name="swb-Mine.1")
        assert names(server) == before


def test_refilling_brings_the_contents_back_under_the_same_name(live: URL, server: URL) -> None:
    with scratch.copy(live) as made:
        execute(made.url, "DROP TABLE app.users")
        before = names(server)
        again = scratch.refill(made, live)
        assert rows(again.url) == 5000
        assert (again.name, again.url) == (made.name, made.url)
        assert scratch.open(again.url) == again
        assert names(server) == before
        with pytest.raises(NotScratchError, match="bears another mark"):
            made.drop()
        again.drop()


@pytest.fixture
def locked(live: URL) -> Iterator[URL]:
    """The live database while another transaction holds its table, so that pg_dump must wait."""
    engine = sa.create_engine(live, poolclass=sa.NullPool)
    with engine.connect() as other:
        other.execute(sa.text("LOCK TABLE app.users IN ACCESS EXCLUSIVE MODE"))
        yield live
    engine.dispose()


def test_a_stopped_copy_leaves_nothing(locked: URL, server: URL) -> None:
    before = names(server)
    with pytest.raises(ScratchError, match="was stopped"):
        scratch.copy(locked, cancelled=lambda: True)
    assert names(server) == before


def test_a_locked_table_is_named_and_nothing_is_left(locked: URL, server: URL) -> None:
    before = names(server)
    with pytest.raises(ScratchError, match=r"could not be read: a table stayed locked"):
        scratch.copy(locked)
    assert names(server) == before


def test_a_role_that_may_not_make_databases_copies_into_the_embedded_server(
    limited: URL, server: URL
) -> None:
    before = names(server)
    made = scratch.copy(limited)
    assert rows(made.url) == 5000
    assert made.url.query["host"] != limited.query["host"]
    assert "s3cr3t" not in made.source + repr(made)
    assert made in scratch.find(kept=False)
    execute(made.url, "GRANT SELECT ON app.users TO swb_limited")
    with scratch.refill(made, limited) as again:
        assert again.url == made.url
    assert names(server) == before


def test_an_empty_database_goes_to_the_embedded_server_for_such_a_role(limited: URL) -> None:
    with scratch.create("postgresql", server=limited) as made:
        assert made.url.query["host"] != limited.query["host"]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks into Linux's /proc")
def test_no_command_line_shows_the_password(limited: URL) -> None:
    seen: list[bytes] = []

    def look(*_: object) -> None:
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(file.read_bytes())
            except OSError:
                continue

    scratch.copy(limited, progress=look).drop()
    assert any(b"pg_dump" in line for line in seen)
    assert not any(b"s3cr3t" in line for line in seen if b"pg_" in line)


def test_a_source_that_cannot_be_read_in_full_is_told_in_one_line(
    limited: URL, live: URL, server: URL
) -> None:
    execute(live, "CREATE TABLE app.secret (a int)")
    with pytest.raises(ScratchError, match="permission denied for table secret") as caught:
        scratch.copy(limited)
    assert "\n" not in str(caught.value)
    assert "s3cr3t" not in str(caught.value) + str(caught.value.details)
    assert scratch.find(kept=False) == []


def test_a_wrong_password_is_one_clear_message(limited: URL) -> None:
    with pytest.raises(DatabaseError, match="password authentication failed") as caught:
        scratch.copy(limited.set(password="wr0ng"))
    assert "wr0ng" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_database_and_a_closed_port_are_clear(server: URL) -> None:
    with pytest.raises(DatabaseError, match='database "nowhere" does not exist'):
        scratch.copy(server.set(database="nowhere"))
    with pytest.raises(DatabaseError, match="Connection refused"):
        scratch.create("postgresql", server=make_url("postgresql://me@127.0.0.1:1/x"))


def test_a_database_of_a_killed_process_is_found_and_dropped(live: URL, server: URL) -> None:
    program = (
        "import os, signal, sys; from schema import scratch\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "scratch.copy(sys.argv[1], progress=die)"
    )
    address = live.render_as_string(hide_password=False)
    with connected(live):
        done = subprocess.run([sys.executable, "-c", program, address], check=False)
    assert done.returncode == -9
    until = time.monotonic() + 10
    # Besides the database, a folder in which pg_dump was writing.
    while "postgresql" not in {each.kind for each in half_made(server)}:
        assert time.monotonic() < until, "the half-made copy was not found"
        time.sleep(0.1)
    for each in half_made(server):
        with pytest.raises(NotScratchError):
            each.guard()
        each.drop()
        assert each.name not in names(server)
    assert half_made(server) == []


def test_what_is_being_made_is_not_offered_for_dropping(live: URL, server: URL) -> None:
    found: list[list[scratch.ScratchDatabase]] = []
    with connected(live):
        made = scratch.copy(live, progress=lambda *_: found.append(scratch.find(server=server)))
    with made:
        assert found
        assert all(made.name not in [each.name for each in each_time] for each_time in found)


def test_only_what_still_bears_the_mark_is_dropped(live: URL, server: URL) -> None:
    made = scratch.create("postgresql", server=server)
    stolen = scratch.ScratchDatabase(live, str(live.database), "", made.created, made.token)
    with pytest.raises(NotScratchError):
        stolen.drop()
    with connected(made.url):  # a session that is still there does not keep it
        made.drop()
    made.drop()
    assert str(live.database) in names(server)


def test_publishing_renames_and_takes_the_mark_away(live: URL, server: URL) -> None:
    made = scratch.copy(live)
    with pytest.raises(ScratchError, match="exists"):
        scratch.publish(made, live)
    with pytest.raises(ScratchError, match="on another server"):
        scratch.publish(made, make_url("postgresql://me@127.0.0.1:1/x"))
    goal = server.set(database=f"swb_published_{live.database}")
    scratch.publish(made, goal)
    assert rows(goal) == 5000
    assert not scratch.is_scratch(goal)
    execute(server, f'DROP DATABASE "{goal.database}"')


def test_threads_make_databases_at_the_same_time(server: URL) -> None:
    made: list[scratch.ScratchDatabase] = []

    def make() -> None:
        made.append(scratch.create("postgresql", server=server))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.name for each in made}) == 4
    for each in made:
        each.drop()


def test_what_cannot_be_restored_is_told_and_nothing_is_left(live: URL, server: URL) -> None:
    """A check that works by the database's search_path only, which pg_restore empties."""
    execute(
        live,
        "CREATE FUNCTION app.one() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION app.two() RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
        "'BEGIN RETURN one() + 1; END'",
        "CREATE TABLE app.odd (a int CHECK (a > app.two()))",
        "INSERT INTO app.odd VALUES (5)",
    )
    before = names(server)
    with connected(live), pytest.raises(ScratchError, match="could not be filled") as caught:
        scratch.copy(live)
    assert "one() does not exist" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(server) == before
