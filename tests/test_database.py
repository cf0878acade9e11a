"""Database URLs, and connections to live databases that cannot write."""

from __future__ import annotations

import hashlib
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from schema.database import dialect_of, open_read_only, parse_url, show_url, sqlite_path
from schema.errors import DatabaseError, UrlError


@pytest.fixture
def live(tmp_path: Path) -> Path:
    path = tmp_path / "live.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("INSERT INTO users VALUES (1, 'Ada')")
        connection.commit()
    return path


@pytest.fixture
def other(postgresql_url: str) -> Iterator[sa.Connection]:
    """Another program's connection to a database with one table of one row."""
    engine = sa.create_engine(postgresql_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE users (id int)"))
        connection.execute(sa.text("INSERT INTO users VALUES (1)"))
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("postgresql://me@h/x", "postgresql+psycopg"),
        ("postgres://me@h/x", "postgresql+psycopg"),
        ("postgresql+asyncpg://me@h/x", "postgresql+psycopg"),
        ("postgresql+psycopg2://me@h/x", "postgresql+psycopg"),
        ("mysql+mysqldb://me@h/x", "mysql+pymysql"),
        ("mariadb://me@h/x", "mariadb+pymysql"),
        ("sqlite+aiosqlite:///x.db", "sqlite"),
    ],
)
def test_the_workbench_reads_with_its_own_driver(text: str, driver: str) -> None:
    assert parse_url(text).drivername == driver


def test_a_url_is_parsed_the_same_a_second_time() -> None:
    for text in ("postgresql+asyncpg://me:a%40b@h:1/x?ssl=require", "sqlite:///x.db"):
        once = parse_url(text)
        assert parse_url(once) == once


def test_options_of_other_drivers_are_left_out_and_the_way_of_encryption_is_kept() -> None:
    url = parse_url("postgresql+asyncpg://me@h/x?ssl=true&prepared_statement_cache_size=0")
    assert dict(url.query) == {"sslmode": "require"}
    assert dict(parse_url("postgresql://me@/x?host=/run/pg").query) == {"host": "/run/pg"}


def test_dialects_are_named_as_the_workbench_names_them() -> None:
    assert dialect_of(parse_url("postgres://me@h/x")) == "postgresql"
    assert dialect_of(parse_url("mysql://me@h/x")) == "mariadb"
    assert dialect_of(parse_url("sqlite:///x.db")) == "sqlite"


def test_a_relative_path_is_that_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_url("sqlite:///a/../x.db").database == str(tmp_path / "x.db")
    assert sqlite_path(parse_url("sqlite:///file:x.db?mode=ro&uri=true")) == tmp_path / "x.db"


@pytest.mark.parametrize("text", ["", "  ", "x.db", "postgresql:/me@h/x", "postgresql://h:port/x"])
def test_what_is_no_url_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UrlError, match=r"is no database URL\. One looks like sqlite:///"):
        parse_url(text)


@pytest.mark.parametrize("kind", ["mssql", "oracle", "postgresq"])
def test_another_kind_of_database_is_told_with_those_that_are_read(kind: str) -> None:
    with pytest.raises(UrlError, match=f"'{kind}' databases; it reads sqlite, postgresql"):
        parse_url(f"{kind}://me@h/x")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:s3cr3t@h:port/x",
        "postgres//me:s3cr3t@h/x",
        "postgresql://me:half@s3cr3t@h/x",
        "mssql://me:s3cr3t@h/x",
        "postgresql://me:s3cr3t@127.0.0.1:1/x",
        "mysql://me:s3cr3t@127.0.0.1:1/x",
        "postgresql://me@127.0.0.1:1/x?password=s3cr3t",
    ],
)
def test_no_message_holds_a_password(text: str) -> None:
    with pytest.raises(DatabaseError) as caught, open_read_only(text):
        pass
    assert "s3cr3t" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_shown_url_hides_every_password() -> None:
    url = make_url("postgresql://me:s3cr3t@h/x?password=s3cr3t&passfile=/s3cr3t&sslpassword=s3cr3t")
    assert "s3cr3t" not in show_url(url)
    assert show_url(make_url("sqlite:////x.db")) == "sqlite:////x.db"


def test_a_closed_port_is_told_once_and_with_what_to_check() -> None:
    with (
        pytest.raises(DatabaseError, match=r"Connection refused\. Check the host and the port"),
        open_read_only("postgresql://me@127.0.0.1:1/x"),
    ):
        pass


@pytest.mark.parametrize(
    ("url", "package", "extra"),
    [("postgresql://me@h/x", "psycopg", "postgresql"), ("mysql://me@h/x", "pymysql", "mariadb")],
)
def test_a_missing_driver_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, url: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with (
        pytest.raises(UrlError, match=rf"pip install 'schema-workbench\[{extra}\]'"),
        open_read_only(url),
    ):
        pass


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    with (
        pytest.raises(DatabaseError, match="There is no SQLite file"),
        open_read_only(f"sqlite:///{tmp_path}/missing.db"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(UrlError, match="in-memory"), open_read_only(url):
        pass


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear all, this is no database. " * 100)
    with (
        pytest.raises(DatabaseError, match=r"letter\.db: file is not a database"),
        open_read_only(f"sqlite:///{tmp_path}/letter.db"),
    ):
        pass


def test_a_locked_file_is_told_after_a_moment(live: Path) -> None:
    with closing(sqlite3.connect(live)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with (
            pytest.raises(DatabaseError, match=r"database is locked\. Another program holds it"),
            open_read_only(f"sqlite:///{live}"),
        ):
            pass


def test_an_error_while_reading_leaves_as_database_error(live: Path) -> None:
    with (
        pytest.raises(DatabaseError, match="no such table: missing"),
        open_read_only(f"sqlite:///{live}") as connection,
    ):
        connection.execute(sa.text("SELECT * FROM missing"))


def test_an_error_of_the_caller_stays_what_it_is(live: Path) -> None:
    with pytest.raises(KeyError), open_read_only(f"sqlite:///{live}"):
        raise KeyError("x")


def write(url: str, statement: str, *, after_rollback: bool) -> None:
    """Try to write on a connection for reading."""
    with open_read_only(url) as connection:
        if after_rollback:
            connection.rollback()
        connection.execute(sa.text(statement))


WRITING = ["DELETE FROM users", "DROP TABLE users", "CREATE TABLE copied AS SELECT * FROM users"]


@pytest.mark.parametrize("after_rollback", [False, True])
@pytest.mark.parametrize("statement", WRITING)
def test_nothing_is_written_to_a_sqlite_file(
    live: Path, statement: str, after_rollback: bool
) -> None:
    before = hashlib.sha256(live.read_bytes()).hexdigest()
    with pytest.raises(DatabaseError, match="readonly"):
        write(f"sqlite:///{live}", statement, after_rollback=after_rollback)
    assert hashlib.sha256(live.read_bytes()).hexdigest() == before


def test_sqlite_is_read_in_one_snapshot(live: Path) -> None:
    with closing(sqlite3.connect(live)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO users VALUES (2, 'Grace')")
        writer.commit()
        with open_read_only(f"sqlite:///{live}") as connection:
            writer.execute("DELETE FROM users")
            writer.commit()
            assert connection.scalar(sa.text("SELECT count(*) FROM users")) == 2


def test_a_writer_that_comes_along_is_told_where_no_lock_was_taken(live: Path) -> None:
    with closing(sqlite3.connect(live)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
    reading = open_read_only(f"sqlite:///{live}")
    reading.__enter__()
    with closing(sqlite3.connect(live)) as writer:
        writer.execute("DELETE FROM users")
        writer.commit()
    with pytest.raises(DatabaseError, match=r"was written to while it was being read\. Try again"):
        reading.__exit__(None, None, None)


@pytest.mark.postgresql
@pytest.mark.parametrize("after_rollback", [False, True])
@pytest.mark.parametrize("statement", WRITING)
def test_nothing_is_written_to_postgresql(
    postgresql_url: str, other: sa.Connection, statement: str, after_rollback: bool
) -> None:
    with pytest.raises(DatabaseError, match="in a read-only transaction"):
        write(postgresql_url, statement, after_rollback=after_rollback)
    assert other.scalar(sa.text("SELECT count(*) FROM users")) == 1


@pytest.mark.postgresql
def test_postgresql_is_read_in_one_snapshot(postgresql_url: str, other: sa.Connection) -> None:
    with open_read_only(postgresql_url) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM users")) == 1
        other.execute(sa.text("INSERT INTO users VALUES (2)"))
        assert connection.scalar(sa.text("SELECT count(*) FROM users")) == 1


@pytest.mark.postgresql
def test_reading_does_not_wait_for_locks_for_ever(
    postgresql_url: str, other: sa.Connection
) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.connect() as holder:
        holder.execute(sa.text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        with (
            pytest.raises(DatabaseError, match=r"lock timeout.*Another session holds a lock"),
            open_read_only(postgresql_url) as connection,
        ):
            connection.execute(sa.text("SELECT * FROM users"))
    engine.dispose()


SETTINGS = ("default_transaction_read_only", "statement_timeout", "lock_timeout")


def settings_after_commit(url: str) -> list[str]:
    """What is set in the session once a caller ended the transaction, which none has reason for."""
    with open_read_only(url) as connection:
        connection.commit()
        driver = connection.connection.dbapi_connection
        rows = [driver.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS]
        driver.rollback()
    return rows


@pytest.mark.postgresql
def test_the_session_itself_is_read_only_whatever_a_caller_does(postgresql_url: str) -> None:
    assert settings_after_commit(postgresql_url) == ["on", "1min", "2s"]


@pytest.mark.postgresql
def test_settings_of_the_user_stay(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = make_url(postgresql_url)
    own = url.update_query_dict({"options": "-c search_path=here -c lock_timeout=1"})
    with open_read_only(own) as connection:
        assert connection.scalar(sa.text("SHOW search_path")) == "here"
        assert connection.scalar(sa.text("SHOW lock_timeout")) == "2s"
    monkeypatch.setenv("PGOPTIONS", "-c search_path=there")
    with open_read_only(url) as connection:
        assert connection.scalar(sa.text("SHOW search_path")) == "there"


class Pooler(threading.Thread):
    """Stands before a server, as PgBouncer does, and refuses settings at a session's start."""

    def __init__(self, server: str) -> None:
        super().__init__(daemon=True)
        self.path = f"{make_url(server).query['host']}/.s.PGSQL.5432"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.refused = 0

    def run(self) -> None:
        with suppress(OSError):  # the listener is closed when the test ends
            while True:
                client, _ = self.listener.accept()
                start = client.recv(65536)
                if b"\0options\0" in start:
                    self.refused += 1
                    fields = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
                    client.sendall(b"E" + (4 + len(fields)).to_bytes(4, "big") + fields)
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.path)
                server.sendall(start)
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    @staticmethod
    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), source, target:
            while data := source.recv(65536):
                target.sendall(data)


@pytest.mark.postgresql
def test_nothing_stays_set_for_the_next_client_of_a_pooler(
    postgresql_url: str, other: sa.Connection
) -> None:
    pooler = Pooler(postgresql_url)
    pooler.start()
    url = make_url(postgresql_url).set(host="127.0.0.1", port=pooler.port)
    behind = url.set(query={"sslmode": "disable", "gssencmode": "disable"})
    shown = behind.render_as_string(hide_password=False)
    assert settings_after_commit(shown) == ["off", "0", "0"]
    with pytest.raises(DatabaseError, match="in a read-only transaction"):
        write(shown, "DROP TABLE users", after_rollback=True)
    assert pooler.refused == 2
    pooler.listener.close()
