"""Whatever driver a project has: the worker reaches its copy by it, the kernel reads by its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

import schema
from schema import Project, Rehearsal
from schema.database import open_read_only, parse_url
from schema.errors import ProjectCodeError, UrlError
from schema.scratch import create
from schema.worker.drivers import for_asyncpg, for_pg8000
from schema.worker.parent import Fault
from tests.versions.environments import found_pins

PINS = {pins.path.stem: pins for pins in found_pins("*.txt")}
#: Where each driver of PostgreSQL is tried: on SQLAlchemy 1.3, 1.4, 2.0 and 2.1.
PLACES = [
    ("alembic-1.8", "psycopg2"),
    ("alembic-1.9", "pg8000"),
    ("drivers-2.0", "psycopg2"),
    ("drivers-2.0", "psycopg"),
    ("drivers-2.0", "pg8000"),
    ("drivers-2.0", "asyncpg"),
    ("alembic-1.20", "psycopg"),
]
TELLS = "    print('by', op.get_bind().dialect.driver, sep='=')\n"


def those(*names: str) -> list[str]:
    """The environments of these names whose interpreter is on this machine."""
    return [name for name in names if name in PINS]


def tell_driver(project: Project) -> None:
    """Have the first revision print which driver it is run by."""
    path = project.version_locations[0] / "v1_ships.py"
    path.write_text(path.read_text().replace("def upgrade():\n", "def upgrade():\n" + TELLS))


@pytest.fixture
def scratch(postgresql_server: str):
    with create("postgresql", server=sa.make_url(postgresql_server)) as made:
        yield made


def run_there_and_back(project: Project, scratch, driver: str) -> None:
    with project.start_worker() as worker:
        for name in ("v1", "v2", "v3", "v4"):
            told = worker.step(scratch, "up", name, observe="everything")
            assert told["statements"]
            assert told["heads"] == [name]
            if name == "v1":
                assert f"by={driver}\n" in worker.output
            if name == "v2":
                held = {(lock["kind"], lock["mode"]) for lock in told["locks"]}
                assert ("table", "AccessExclusiveLock") in held
        assert not told["notes"]
        for name in ("v4", "v3", "v2", "v1"):
            worker.step(scratch, "down", name)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("place", "driver"),
    [
        pytest.param(*each, marks=[] if each[0] == "drivers-2.0" else pytest.mark.slow)
        for each in PLACES
        if each[0] in PINS
    ],
)
def test_the_driver_of_env_pys_own_engine_is_the_one_that_is_used(
    place, driver, open_veteran, scratch
):
    own = scratch.url.set(drivername=f"postgresql+{driver}", database="elsewhere", query={})
    veteran = open_veteran(PINS[place].python(), own=str(own))
    tell_driver(veteran.project)
    run_there_and_back(veteran.project, scratch, driver)


ASYNCHRONOUS = """
import asyncio
import os

from alembic import context
from models import Base
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine


def run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(os.environ["VETERAN_URL"], poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
"""


@pytest.fixture(params=those("drivers-1.4", "drivers-2.1"))
def only_asyncpg(request, open_veteran):
    """A project with an asynchronous env.py, whose environment has no other driver."""
    url = "postgresql+asyncpg://app:hunter2@production.invalid/app?ssl=require"
    veteran = open_veteran(PINS[request.param].python(), own=url)
    (veteran.project.script_location / "env.py").write_text(ASYNCHRONOUS)
    tell_driver(veteran.project)
    return veteran.project


@pytest.mark.postgresql
def test_a_project_that_has_asyncpg_alone_is_rehearsed(only_asyncpg, scratch):
    assert only_asyncpg.settings().url.drivername == "postgresql+asyncpg"
    run_there_and_back(only_asyncpg, scratch, "asyncpg")
    with (
        only_asyncpg.start_worker() as worker,
        pytest.raises(ProjectCodeError, match="Revision v1 failed") as caught,
    ):
        worker.step(scratch, "up", "v1", fault=Fault(1, "error"))
    assert "fault" in caught.value.details
    only_asyncpg.materialise(scratch)


_POOL = """
import asyncpg
from sqlalchemy.engine.url import make_url
from worker.drivers import with_driver
url, _ = with_driver(make_url("postgresql+asyncpg://"), None)
print(getattr(url.get_dialect().get_pool_class(url), "_is_asyncio", False))
"""


@pytest.mark.parametrize("place", those("drivers-1.4", "drivers-2.0", "drivers-2.1"))
def test_the_pool_of_the_waiting_asyncpg_is_an_ordinary_one(place):
    """Another kind is refused by ``create_engine``, in SQLAlchemy 2.0.35 for one."""
    folder = Path(schema.__file__).parent
    command = [PINS[place].python(), "-c", _POOL]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert told.stdout == "False\n"


@pytest.mark.postgresql
@pytest.mark.parametrize("place", those("drivers-2.1"))
def test_what_asyncpg_refuses_is_refused_here_as_in_production(place, open_veteran, scratch):
    """It takes one statement at a time, where psycopg takes several."""
    own = "postgresql+asyncpg://app@production.invalid/app"
    project = open_veteran(PINS[place].python(), own=own).project
    (project.script_location / "env.py").write_text(ASYNCHRONOUS)
    path = project.version_locations[0] / "v1_ships.py"
    two = "    op.execute('CREATE TABLE a (id int); CREATE TABLE b (id int)')\n"
    path.write_text(path.read_text().replace("def upgrade():\n", "def upgrade():\n" + two))
    with Rehearsal.on(project, scratch) as rehearsal:
        step = rehearsal.up()
    assert "cannot insert multiple commands into a prepared statement" in str(step.error)


@pytest.mark.parametrize("place", those("drivers-2.1"))
def test_an_asynchronous_driver_of_sqlite_is_sqlites_own(place, open_veteran):
    project = open_veteran(PINS[place].python(), own="sqlite+aiosqlite:///production.db").project
    (project.script_location / "env.py").write_text(ASYNCHRONOUS)
    assert project.database_url().drivername == "sqlite"
    with create("sqlite") as scratch, Rehearsal.on(project, scratch) as rehearsal:
        steps = [*rehearsal.run_to("heads"), *rehearsal.run_to("base")]
    assert [step.error for step in steps] == [None] * 8


MARIADB = [
    ("alembic-1.8", "mysql+pymysql", "pymysql"),
    ("drivers-2.0", "mariadb+pymysql", "pymysql"),
    ("drivers-2.0", "mysql+aiomysql", "pymysql"),
    ("drivers-2.0", "mysql+asyncmy", "pymysql"),
    ("alembic-1.20", "mariadb+pymysql", "pymysql"),
]


@pytest.mark.mariadb
@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "named", "driver"), [each for each in MARIADB if each[0] in PINS]
)
def test_a_project_on_mariadb_is_rehearsed_by_pymysql(
    place, named, driver, open_veteran, mariadb_server
):
    own = f"{named}://app:hunter2@production.invalid/app?charset=utf8mb4"
    project = open_veteran(PINS[place].python(), own=own).project
    if driver not in named:
        (project.script_location / "env.py").write_text(ASYNCHRONOUS)
    tell_driver(project)
    assert project.database_url().drivername in ("mysql+pymysql", "mariadb+pymysql")
    server = sa.make_url(mariadb_server)
    with create("mariadb", server=server) as scratch, project.start_worker() as worker:
        for name in ("v1", "v2", "v3", "v4"):
            worker.step(scratch, "up", name)
            if name == "v1":
                assert f"by={driver}\n" in worker.output
        for name in ("v4", "v3", "v2", "v1"):
            told = worker.step(scratch, "down", name)
        assert told["heads"] == []


@pytest.mark.parametrize("place", those("alembic-1.13"))
def test_an_interpreter_without_a_driver_is_told_which_to_install(
    place, open_veteran, scratch_stand_in
):
    veteran = open_veteran(PINS[place].python())
    with (
        veteran.project.start_worker() as worker,
        pytest.raises(
            UrlError, match=r"no driver for PostgreSQL .* \(looked for psycopg, psycopg2"
        ),
    ):
        worker.step(scratch_stand_in, "up", "v1")


@pytest.fixture
def scratch_stand_in():
    """A scratch database that is never reached."""

    class StandIn:
        url = sa.make_url("postgresql+psycopg://me@production.invalid/x")

        def guard(self):
            return {"query": "SELECT 1", "token": "1", "shared": ""}

    return StandIn()


# -- what a URL says ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "kept", "arguments"),
    [
        ("host=/run/postgresql", {"host": "/run/postgresql"}, {}),
        ("sslmode=require", {}, {"ssl": "require"}),
        ("connect_timeout=3&application_name=shop", {},
         {"timeout": 3.0, "server_settings": {"application_name": "shop"}}),
        ("options=-csearch_path%3Da,b%20-c%20lock_timeout%3D5s", {},
         {"server_settings": {"search_path": "a,b", "lock_timeout": "5s"}}),
        ("options=--search-path%3Da", {}, {"server_settings": {"search_path": "a"}}),
        ("target_session_attrs=read-write&gssencmode=disable",
         {"target_session_attrs": "read-write"}, {}),
    ],
)  # fmt: skip
def test_asyncpg_gets_what_libpq_takes_in_its_own_words(query, kept, arguments):
    url = sa.make_url(f"postgresql+asyncpg://me@h/x?{query}")
    found, given = for_asyncpg(url)
    assert (dict(found.query), given) == (kept, arguments)


@pytest.mark.parametrize(
    ("url", "host", "port", "arguments"),
    [
        ("postgresql://me@/x?host=/run/pg", None, None,
         {"unix_sock": "/run/pg/.s.PGSQL.5432"}),
        ("postgresql://me@:6432/x?host=/run/pg", None, 6432,
         {"unix_sock": "/run/pg/.s.PGSQL.6432"}),
        ("postgresql://me@/x?host=one:5433&host=two:5434", "one", 5433, {}),
        ("postgresql://me@[::1]:5433/x?sslmode=disable&application_name=shop", "::1", 5433,
         {"application_name": "shop"}),
        ("postgresql://me@h/x?connect_timeout=3", "h", None, {"timeout": 3.0}),
    ],
)  # fmt: skip
def test_pg8000_gets_what_libpq_takes_in_its_own_words(url, host, port, arguments):
    found, given = for_pg8000(sa.make_url(url))
    assert (found.host, found.port, dict(found.query), given) == (host, port, {}, arguments)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "form",
    [
        "postgresql+psycopg2://postgres@/{name}?host={folder}&application_name=shop",
        "postgresql+asyncpg://postgres@/{name}?host={folder}&ssl=disable&statement_cache_size=0",
        "postgresql+asyncpg://postgres:p%40%3A%2F%25w@/{name}?host={folder}&timeout=3",
        "postgresql+pg8000://postgres@/{name}?unix_sock={folder}/.s.PGSQL.5432",
        "postgresql+psycopg://postgres@/{name}?host={folder}&prepare_threshold=0",
        "postgres://postgres@/{name}?host={folder}&options=-csearch_path%3Dpublic",
        "postgresql+psycopg2://postgres@/{name}?host=/nowhere&host={folder}",
    ],
)
def test_the_kernel_reads_by_its_own_driver_whatever_the_url_says(form, postgresql_url):
    real = sa.make_url(postgresql_url)
    folder = real.query.get("host") or real.host
    url = parse_url(form.format(name=real.database, folder=str(folder).replace("/", "%2F")))
    assert url.drivername == "postgresql+psycopg"
    with open_read_only(url) as connection:
        assert connection.scalar(sa.text("SELECT current_database()")) == real.database


@pytest.mark.parametrize("name", ["über 100% fertig?#.sqlite", "a b+c.sqlite"])
@pytest.mark.parametrize("place", those("alembic-1.8", "alembic-1.20"))
def test_the_name_of_a_file_may_hold_any_letter(place, name, open_veteran, tmp_path, monkeypatch):
    """SQLAlchemy 2.1 writes it with percent signs in a URL, older ones do not read them."""
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "über 100% #?"))
    (tmp_path / "über 100% #?").mkdir()
    veteran = open_veteran(PINS[place].python())
    env = veteran.project.script_location / "env.py"
    old = 'connectable = engine_from_config(options, prefix="sqlalchemy.", poolclass=pool.NullPool)'
    new = f"""from sqlalchemy.engine.url import URL
url = getattr(URL, "create", URL)("sqlite", database={name!r})
from sqlalchemy import create_engine
connectable = create_engine(url)"""
    assert old in env.read_text()
    env.write_text(env.read_text().replace(old, new))
    assert veteran.project.settings().url.database == str(veteran.project.root / name)
    with create("sqlite") as scratch, veteran.project.start_worker() as worker:
        assert "über 100%" in str(scratch.url.database)
        assert worker.step(scratch, "up", "v1")["heads"] == ["v1"]
