"""Scratch databases on a MariaDB server: made, marked, guarded, found and dropped."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.database import parse_url
from schema.errors import NotScratchError, ScratchError
from schema.scratch.mariadb_server import administer, run

pytestmark = pytest.mark.mariadb


def names(url: str) -> set[str]:
    with administer(parse_url(url)) as admin:
        return set(admin.exec_driver_sql("SHOW DATABASES").scalars())


def test_an_empty_one_is_marked_found_and_dropped(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    with scratch.create(
        "mariadb", server=url, label="replay of something with a long name"
    ) as made:
        assert made.kind == "mariadb"
        assert made.name.startswith("scratch_replay_of")
        assert len(made.name) <= 64
        assert scratch.open(made.url) == made
        assert made in scratch.find(server=url)
        assert made.guard()["token"] == made.token
        assert made.guard()["shared"] == "yes"
        assert made.size() > 0
    assert made.name not in names(mariadb_url)
    made.drop()  # a second time is no error


def test_it_has_the_character_set_of_the_database_beside_it(mariadb_url: str) -> None:
    with administer(parse_url(mariadb_url)) as admin:
        run(admin, f"ALTER DATABASE {parse_url(mariadb_url).database} COLLATE latin2_bin")
    with (
        scratch.create("mariadb", server=parse_url(mariadb_url)) as made,
        administer(made.url, made.name) as session,
    ):
        assert session.exec_driver_sql("SELECT @@collation_database").scalar_one() == "latin2_bin"


def test_no_other_database_is_taken_for_one(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    with pytest.raises(NotScratchError):
        scratch.open(url)
    with scratch.create("mariadb", server=url) as made:
        with administer(url, url.database) as admin:  # as a dump that is loaded elsewhere has it
            run(admin, f"CREATE TABLE _schema_scratch SELECT * FROM {made.name}._schema_scratch")
            found = admin.exec_driver_sql(made.guard()["query"]).all()
        assert found == []
        assert not scratch.is_scratch(url)
        assert url.database not in [each.name for each in scratch.find(server=url)]


def test_one_that_bears_another_mark_is_not_dropped(mariadb_url: str) -> None:
    with scratch.create("mariadb", server=parse_url(mariadb_url)) as made:
        with administer(made.url, made.name) as admin:
            run(admin, "UPDATE _schema_scratch SET token = 'another'")
        with pytest.raises(NotScratchError):
            made.drop()
        assert made.name in names(mariadb_url)
        with administer(made.url, made.name) as admin:
            admin.execute(sa.text("UPDATE _schema_scratch SET token = :t"), {"t": made.token})


def test_one_that_lost_its_mark_in_a_migration_can_still_be_dropped(mariadb_url: str) -> None:
    with scratch.create("mariadb", server=parse_url(mariadb_url)) as made:
        with administer(made.url, made.name) as admin:
            run(admin, "DROP TABLE _schema_scratch")
        [left] = [each for each in scratch.find(server=made.url) if each.name == made.name]
        assert not left.complete
    assert made.name not in names(mariadb_url)


def test_a_session_in_it_does_not_keep_it_from_being_dropped(mariadb_url: str) -> None:
    made = scratch.create("mariadb", server=parse_url(mariadb_url))
    with administer(made.url, made.name) as admin:
        run(admin, "CREATE TABLE t (a int)")
        run(admin, "LOCK TABLES t WRITE")
        made.drop()
    assert made.name not in names(mariadb_url)


def test_what_is_being_made_is_not_listed(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    name = "scratch_shop_20200101T000000_abcdef"
    with administer(url) as admin:
        run(admin, f"CREATE DATABASE {name}")
        assert name in [each.name for each in scratch.find(server=url)]
        admin.execute(sa.text("SELECT GET_LOCK(:n, 0)"), {"n": name}).close()
        assert name not in [each.name for each in scratch.find(server=url)]
    [left] = [each for each in scratch.find(server=url) if each.name == name]
    left.drop()
    assert name not in names(mariadb_url)


def test_an_account_that_may_make_none_is_told_so(mariadb_url: str) -> None:
    database = parse_url(mariadb_url).database
    with administer(parse_url(mariadb_url)) as admin:
        run(admin, "CREATE USER weak@localhost")
        run(admin, f"GRANT ALL ON {database}.* TO weak@localhost")
    try:
        weak = parse_url(mariadb_url).set(username="weak")
        with pytest.raises(ScratchError, match="may not make databases"):
            scratch.create("mariadb", server=weak)
    finally:
        with administer(parse_url(mariadb_url)) as admin:
            run(admin, "DROP USER weak@localhost")


def test_without_a_server_there_is_none() -> None:
    with pytest.raises(ScratchError, match="--url"):
        scratch.create("mariadb")
