"""A server that ends its sessions in the midst of a copy: one sentence, and nothing is left."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.database import parse_url
from schema.errors import DatabaseError, ScratchError, WorkbenchError

ROWS = {
    "mariadb": "SELECT seq, concat(seq, '@x.example') FROM seq_1_to_30000",
    "postgresql": "SELECT i, i || '@x.example' FROM generate_series(1, 5000) i",
}
SESSIONS = {
    "mariadb": (
        "SELECT id FROM information_schema.PROCESSLIST "
        "WHERE (db = '{0}' OR db LIKE 'scratch\\_{1}%') AND id <> connection_id()"
    ),
    "postgresql": (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
        "(datname = '{0}' OR datname LIKE 'scratch_{1}%' OR application_name LIKE 'scratch_{1}%')"
    ),
}
DATABASES = {
    "mariadb": "SELECT schema_name FROM information_schema.SCHEMATA",
    "postgresql": "SELECT datname FROM pg_database",
}


class Server:
    """A database with rows, and what its server does to the sessions in it."""

    def __init__(self, text: str) -> None:
        self.url = parse_url(text)
        self.kind = self.url.get_backend_name()
        place = {"mariadb": "mysql", "postgresql": "postgres"}[self.kind]
        self._engine = sa.create_engine(
            self.url.set(database=place), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in (
                "CREATE TABLE person (id int PRIMARY KEY, mail varchar(60) UNIQUE)",
                f"INSERT INTO person {ROWS[self.kind]}",
                "CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person (id))",
            ):
                connection.exec_driver_sql(statement)
        engine.dispose()

    def ask(self, query: str) -> list[object]:
        with self._engine.connect() as connection:
            options = {"no_parameters": True}
            result = connection.exec_driver_sql(query, execution_options=options)
            return list(result.scalars()) if result.returns_rows else []

    def end_sessions(self) -> int:
        name = str(self.url.database)
        found = self.ask(SESSIONS[self.kind].format(name, name[:12]))
        if self.kind == "mariadb":
            for number in found:
                self.ask(f"KILL CONNECTION {number}")
        return len(found)

    def databases(self) -> set[object]:
        return set(self.ask(DATABASES[self.kind]))


@pytest.fixture(
    params=[
        pytest.param("mariadb", marks=pytest.mark.mariadb),
        pytest.param("postgresql", marks=pytest.mark.postgresql),
    ]
)
def server(request: pytest.FixtureRequest) -> Server:
    return Server(request.getfixturevalue(f"{request.param}_url"))


LIMITED = {
    "mariadb": (
        "CREATE USER {0}@localhost WITH MAX_STATEMENT_TIME 0.001",
        "GRANT ALL ON *.* TO {0}@localhost",
        "DROP USER {0}@localhost",
    ),
    "postgresql": (
        "CREATE ROLE {0} LOGIN SUPERUSER",
        "ALTER ROLE {0} SET statement_timeout = '2ms'",
        "DROP ROLE {0}",
    ),
}


@pytest.mark.parametrize(
    "choice",
    [scratch.Choice.first(3000).masked(["person.mail=hash"]), scratch.Choice.synthetic(50)],
)
def test_a_limit_of_the_account_is_not_for_making_a_copy(
    server: Server, choice: scratch.Choice
) -> None:
    account = f"limited_{server.url.database}"[:30]
    make, limit, drop = (each.format(account) for each in LIMITED[server.kind])
    server.ask(make)
    try:
        server.ask(limit)
        with scratch.copy(server.url.set(username=account), choice=choice) as copy:
            assert copy.size() > 0
    finally:
        server.ask(drop)


def ending_at(server: Server, words: str) -> tuple[Callable[[float, str], None], list[int]]:
    """Progress at whose first mention of the words all sessions are ended; how many those were."""
    ended: list[int] = []

    def told(_: float, doing: str) -> None:
        if words in doing and not ended:
            ended.append(server.end_sessions())

    return told, ended


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (scratch.Choice.first(100), "read"),
        (scratch.Choice.first(100), "copying visit"),
        (scratch.Choice.synthetic(50), "filling"),
        (scratch.WHOLE.masked(["person.mail=hash"]), "masking"),
        (scratch.WHOLE.masked(["person.mail=hash"]), "setting"),
    ],
    ids=["read", "copied", "filled", "masked", "set"],
)
def test_it_is_one_sentence_and_nothing_is_left(
    server: Server, choice: scratch.Choice, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    only = {"read": "postgresql", "copying visit": "mariadb", "setting": "mariadb"}
    if only.get(words, server.kind) != server.kind:
        return
    before = server.databases()
    progress, ended = ending_at(server, words)
    with caplog.at_level(logging.WARNING), pytest.raises(WorkbenchError) as caught:
        scratch.copy(server.url, choice=choice, progress=progress)
    assert ended[0] >= 1
    assert type(caught.value) in {DatabaseError, ScratchError}
    assert "\n" not in str(caught.value)
    assert "lost" in str(caught.value) or "terminating connection" in str(caught.value)
    assert server.databases() == before
    # SQLAlchemy's pool would write the traceback of what is lost.
    assert [each for each in caplog.records if each.exc_info] == []
