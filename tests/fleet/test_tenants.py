"""Fleets on servers: databases of one, schemas of one database, kinds that are mixed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, ValuesView
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, SchemaObject
from schema.database import Limits, parse_url
from schema.fleet import Database, check_fleet, databases_on, schemas_in
from schema.fleet.reading import Failure, Reading, Task, read_databases

if TYPE_CHECKING:
    from tests.conftest import Shop

#: What the shop's revisions make, spelled for one schema.
_MADE = (
    "CREATE TABLE {s}.customer (id SERIAL PRIMARY KEY, name VARCHAR(50) NOT NULL,"
    " mail VARCHAR(80))",
    "CREATE TABLE {s}.invoice (id SERIAL PRIMARY KEY, number VARCHAR(20) NOT NULL)",
    "CREATE TABLE {s}.shop_version (version_num VARCHAR(32) NOT NULL)",
    "INSERT INTO {s}.shop_version VALUES ('ccc333')",
)

#: And what those of the two projects with a schema for each tenant make.
_PEOPLE = (
    "CREATE TABLE {s}.person (id SERIAL PRIMARY KEY, name VARCHAR(50) NOT NULL,"
    " email VARCHAR(120))",
    "CREATE TABLE {s}.letter (id SERIAL PRIMARY KEY,"
    " person_id INTEGER NOT NULL REFERENCES {s}.person (id))",
    "CREATE TABLE {s}.alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
    "INSERT INTO {s}.alembic_version VALUES ('b2')",
)


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    engine.dispose()


@pytest.fixture
def two_more(postgresql_server: str, postgresql_url: str) -> Iterator[list[str]]:
    """Three databases whose names begin alike."""
    name = str(sa.make_url(postgresql_url).database)
    names = [name, f"{name}_b", f"{name}_c"]
    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        for each in names[1:]:
            connection.exec_driver_sql(f'CREATE DATABASE "{each}"')
    url = sa.make_url(postgresql_server)
    yield [url.set(database=each).render_as_string(hide_password=False) for each in names]
    with admin.connect() as connection:
        for each in names[1:]:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)')
    admin.dispose()


@pytest.mark.postgresql
def test_databases_of_a_server_and_files_are_one_fleet(
    shop: Shop, member: Callable[..., Path], two_more: list[str], postgresql_server: str
) -> None:
    for url in two_more:
        run(url, *(each.format(s="public") for each in _MADE))
    run(two_more[2], "ALTER TABLE customer ALTER COLUMN mail TYPE TEXT")
    pattern = f"{sa.make_url(two_more[0]).database}%"
    on_server = databases_on(postgresql_server, pattern)
    found = check_fleet(shop.project, [*on_server, member("a")], executor="threads", jobs=2)
    assert [item.verdict for item in found.members] == ["clean", "clean", "drifted", "clean"]
    assert [item.kind for item in found.members].count("postgresql") == 3
    assert [len(group) for group in found.groups] == [2, 1, 1]


@pytest.mark.postgresql
def test_equal_tenants_agree_whatever_their_schemas_are_called(
    shop: Shop, postgresql_url: str
) -> None:
    for name in ("t_blue", '"t_Red-1"', "t_green"):
        run(postgresql_url, f"CREATE SCHEMA {name}", *(each.format(s=name) for each in _MADE))
    view = "CREATE VIEW {s}.names AS SELECT c.name FROM {s}.customer c"
    run(postgresql_url, view.format(s="t_green"))
    run(postgresql_url, "UPDATE t_blue.shop_version SET version_num = 'bbb222'",
        "DROP TABLE t_blue.invoice", "CREATE TABLE public.shared (a INT)")  # fmt: skip
    tenants = schemas_in(postgresql_url, "t_%")
    assert [item.name for item in tenants] == ["t_Red-1", "t_blue", "t_green"]
    run(postgresql_url, "CREATE SCHEMA t_twin", *(each.format(s="t_twin") for each in _MADE))
    found = check_fleet(
        shop.project, [*tenants, Database("twin", tenants[0].url, "t_twin")], executor="threads"
    )
    by_name = {item.name: item for item in found.members}
    assert {name: item.verdict for name, item in by_name.items()} == {
        "t_Red-1": "clean", "t_blue": "behind", "t_green": "drifted", "twin": "clean",
    }  # fmt: skip
    assert by_name["twin"].fingerprint == by_name["t_Red-1"].fingerprint
    assert by_name["twin"].schema_name == "t_twin"
    green = found.group("t_green")
    assert green is not None
    assert [(item.kind, item.schema_name, item.name) for item in green.differences] == [
        ("view", "public", "names")
    ]


@pytest.mark.mariadb
def test_members_on_mariadb_are_judged_as_the_others(shop: Shop, mariadb_url: str) -> None:
    made = (each.format(s="x").replace("x.", "").replace("SERIAL", "INTEGER AUTO_INCREMENT")
            for each in _MADE)  # fmt: skip
    run(mariadb_url, *made)
    found = check_fleet(shop.project, [mariadb_url], executor="threads")
    assert [item.verdict for item in found.members] == ["clean"], found.to_dict()
    run(mariadb_url, "ALTER TABLE invoice ADD COLUMN note TEXT")
    found = check_fleet(shop.project, [mariadb_url], executor="threads")
    assert [item.verdict for item in found.members] == ["drifted"]


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["tenants_search_path", "tenants_translated"])
def test_a_project_that_migrates_one_tenant_after_another_has_a_fleet(
    name: str, root: Path, postgresql_url: str
) -> None:
    from schema.project import Project

    for tenant in ("acme", "globex", "initech"):
        run(postgresql_url, f"CREATE SCHEMA {tenant}",
            *(each.format(s=tenant) for each in _PEOPLE))  # fmt: skip
    run(postgresql_url, "ALTER TABLE initech.person DROP COLUMN email",
        "CREATE TABLE public.shared (id SERIAL PRIMARY KEY)")  # fmt: skip
    folder = root / "tests" / "projects" / name
    with Project.open(folder, x=["tenant=acme"]) as project:
        tenants = [each for each in schemas_in(postgresql_url) if each.name != "public"]
        found = check_fleet(project, tenants, executor="threads")
    assert [(item.name, item.verdict) for item in found.members] == [
        ("acme", "clean"), ("globex", "clean"), ("initech", "drifted"),
    ], found.to_dict()  # fmt: skip
    (missing,) = found.groups[1].differences
    assert missing.label == "acme.person.email"


# -- many of them ------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_many_tenants_are_read_with_few_queries_and_sorted_out_in_one_go(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple(f"t{number:02}" for number in range(60))
    for name in names:
        run(postgresql_url, f"CREATE SCHEMA {name}", f"CREATE TABLE {name}.kept (a INT)",
            f"CREATE TABLE {name}.shop_version (version_num VARCHAR(32))",
            f"INSERT INTO {name}.shop_version VALUES ('{name}')")  # fmt: skip
    looked_at, queries = 0, 0
    values = Catalog.values

    def counting(self: Catalog) -> ValuesView[SchemaObject]:
        nonlocal looked_at
        looked_at += len(self)
        return values(self)

    def heard(*_: object) -> None:
        nonlocal queries
        queries += 1

    def read(*schemas: str) -> tuple[Reading | Failure, ...]:
        task = Task(parse_url(postgresql_url), schemas, "shop_version", None, Limits())
        found = read_databases(task)
        assert not isinstance(found, Failure)
        return found

    monkeypatch.setattr(Catalog, "values", counting)
    sa.event.listen(sa.Engine, "before_cursor_execute", heard)
    try:
        read(names[0])
        few, queries, for_one, looked_at = queries, 0, looked_at, 0
        found = read(*names)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", heard)
    assert [each.stamp for each in found if isinstance(each, Reading)] == [(x,) for x in names]
    assert queries <= few + 3  # another batch, in its savepoint
    assert looked_at <= 5 * for_one


@pytest.mark.postgresql
def test_a_bad_version_table_is_the_failure_of_its_tenant_alone(
    shop: Shop, postgresql_url: str
) -> None:
    bad = {
        "null": (
            "ALTER TABLE {s}.shop_version ALTER version_num DROP NOT NULL",
            "INSERT INTO {s}.shop_version VALUES (NULL)",
        ),
        "other": ("ALTER TABLE {s}.shop_version RENAME version_num TO id",),
        "unreadable": (
            "DROP TABLE {s}.shop_version",
            "CREATE VIEW {s}.shop_version AS SELECT (1 / 0)::text AS version_num",
        ),
        "number": ("ALTER TABLE {s}.shop_version ALTER version_num TYPE INT USING 7",),
    }
    changes: dict[str, tuple[str, ...]] = {"good1": (), **bad, "good2": ()}
    for name, more in changes.items():
        made = (each.format(s=f"t_{name}") for each in (*_MADE, *more))
        run(postgresql_url, f"CREATE SCHEMA t_{name}", *made)
    found = check_fleet(shop.project, schemas_in(postgresql_url, "t_%"), executor="threads")
    by_name = {item.name.removeprefix("t_"): item for item in found.members}
    assert {name: item.verdict for name, item in by_name.items()} == {
        "good1": "clean", "good2": "clean", "null": "failed", "number": "unknown-revision",
        "other": "failed", "unreadable": "failed",
    }  # fmt: skip
    assert "a row without an id" in str(by_name["null"].reason)
    assert str(by_name["other"].reason).startswith("column ")
    assert "division by zero" in str(by_name["unreadable"].reason)


@pytest.mark.postgresql
def test_a_bad_version_table_of_all_fails_those_without_one_of_their_own(
    shop: Shop, postgresql_url: str
) -> None:
    for name in ("t_own", "t_bare"):
        run(postgresql_url, f"CREATE SCHEMA {name}", *(each.format(s=name) for each in _MADE))
    run(postgresql_url, "DROP TABLE t_bare.shop_version",
        "CREATE TABLE public.shop_version (other INT)")  # fmt: skip
    found = check_fleet(shop.project, schemas_in(postgresql_url, "t_%"), executor="threads")
    assert {item.name: item.verdict for item in found.members} == {
        "t_own": "clean", "t_bare": "failed",
    }  # fmt: skip


def test_patience_with_one_database_grows_with_its_tenants(shop: Shop) -> None:
    class Slow(ThreadPoolExecutor):
        def submit(self, function: Callable[..., Any], /, *arguments: Any, **_: Any) -> Any:
            def call() -> Failure:
                time.sleep(0.9)
                return Failure("it answered", 0.9)

            return super().submit(call)

    url = parse_url("postgresql://me@127.0.0.1:1/x")
    tenants = [Database(f"t{number}", url, f"t{number}") for number in range(500)]
    told = {}
    with Slow(1) as executor:
        for some in (tenants[:1], tenants):
            found = check_fleet(shop.project, some, executor=executor, timeout=0.3)
            told[len(some)] = {item.reason for item in found.members}
    assert told == {1: {"no answer within 0.3 s"}, 500: {"it answered"}}
