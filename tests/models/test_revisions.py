"""The bundled revisions: the service's own, and safe for databases with data, up and down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from schema.catalog import Catalog, read_catalog
from schema.models import Base

REVISIONS = """
57f5d41c7200|2020-07-21 15:51:55.334506|Intial database schema import
a3c173dfd6f5|2020-09-09 15:46:08.082626|Adding guest_requests.user_data column
487f52cc5aef|2020-09-14 14:51:17.934625|Guest request user data shall never be NULL
2a205a7d6150|2020-09-15 14:11:27.472692|Adding pool resources metrics table
85e51f3435b4|2020-09-16 13:40:01.642000|Adds user role and tokens
8c470c3f4331|2020-09-21 11:02:04.149998|Upgrade size of user tokens to handle SHA256
48609a3f5d7a|2020-10-02 15:38:06.976919|Refactor metrics table
1d54a4ff03e8|2020-10-08 18:42:09.724642|Adds knobs table
e454a81bd5a2|2020-10-22 11:04:26.960592|create post_install_script column
edbe5a51f52a|2020-11-03 15:04:02.410404|Adding metrics_failover_success table
8f7a33b3e529|2021-02-03 14:45:59.275145|Adds guest_requests.ctime
51c5e4b2a7ac|2021-02-09 13:09:37.501620|Adds table for "successfull provisioning" metric
a31dd2a66069|2021-02-09 15:25:23.460167|Adds policy rulings metrics
7adee582ada3|2021-02-12 15:05:51.412826|Adds guest_tags table
"""
FACTS = [line.split("|") for line in REVISIONS.strip().splitlines()]
IDS = [facts[0] for facts in FACTS]
ONE_WAY = "8c470c3f4331"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An engine on an empty database; on SQLite it has real transactions."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    yield engine
    engine.dispose()


def config_for(connection: sa.Connection) -> Config:
    config = Config(Path(__file__).parents[2] / "alembic.ini")
    config.attributes["connection"] = connection
    return config


def migrate(engine: sa.Engine, target: str) -> None:
    with engine.begin() as connection:
        with engine.connect() as other:
            stamped = sa.inspect(other).has_table("alembic_version")
            stamp = (
                other.scalar(sa.text("SELECT version_num FROM alembic_version"))
                if stamped
                else None
            )
        here = IDS.index(stamp) if stamp else -1
        goal = IDS.index(target) if target != "base" else -1
        step = command.upgrade if goal > here else command.downgrade
        step(config_for(connection), target)


def run(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def rows(engine: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def catalog_of(engine: sa.Engine) -> Catalog:
    with engine.connect() as connection:
        return read_catalog(connection).without_table("alembic_version")


FIRST_ROWS = (
    "INSERT INTO users (username) VALUES ('ada')",
    "INSERT INTO priority_groups VALUES ('default')",
    "INSERT INTO pools VALUES ('aws', 'aws', '{}')",
    "INSERT INTO sshkeys VALUES ('key', NULL, 'ada', 'key.pem')",
    "INSERT INTO guest_requests (guestname, environment, ownername, state, ssh_keyname, ssh_port,"
    " ssh_username, pool_data) VALUES ('g1', '{}', 'ada', 'ready', 'key', 22, 'root', '{}'),"
    " ('g2', '{}', 'ada', 'error', 'key', 22, 'root', '{}')",
    "INSERT INTO guest_events (_id, guestname, eventname) VALUES (1, 'g1', 'created')",
    "INSERT INTO snapshot_requests VALUES ('s1', 'g1', NULL, 'ready', '1')",
    "INSERT INTO metrics VALUES (1, 5, NULL), (2, NULL, NULL)",
)
KEPT = (
    "users",
    "priority_groups",
    "pools",
    "sshkeys",
    "guest_requests",
    "guest_events",
    "snapshot_requests",
)


def test_revisions_are_the_service_s_own(root: Path) -> None:
    script = ScriptDirectory(root / "alembic")
    found = [
        [item.revision, re.search("Create Date: (.*)", item.longdoc).group(1), item.doc]
        for item in reversed(list(script.walk_revisions()))
    ]
    assert found == FACTS
    assert [item.down_revision for item in script.walk_revisions()][::-1] == [None, *IDS[:-1]]


def test_revision_files_bear_alembic_s_own_names(root: Path) -> None:
    """``<revision>_<slug>.py``, the slug cut after the last word within 40 characters."""
    names = {path.name for path in (root / "alembic" / "versions").glob("*.py")}
    slugs = {}
    for identifier, _, message in FACTS:
        slug = "_".join(re.findall(r"\w+", message)).lower()
        slugs[identifier] = slug if len(slug) <= 40 else slug[:40].rpartition("_")[0] + "_"
    slugs[IDS[0]] = ""
    assert names == {f"{identifier}_{slug}.py" for identifier, slug in slugs.items()}


def test_folder_alembic_is_no_package(root: Path) -> None:
    assert not list((root / "alembic").rglob("__init__.py"))


def test_upgrades_end_where_the_models_are(engine: sa.Engine) -> None:
    empty = catalog_of(engine)
    migrate(engine, IDS[-1])
    migrated = catalog_of(engine)
    run(engine, "DROP TABLE alembic_version")
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
    assert catalog_of(engine) == empty
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
    assert catalog_of(engine) == migrated


def test_every_step_back_restores_the_schema_and_leaves_the_data(engine: sa.Engine) -> None:
    """All but the documented one-way step; data is there from the first revision on."""
    before = {"base": catalog_of(engine)}
    migrate(engine, IDS[0])
    run(engine, *FIRST_ROWS)
    before[IDS[0]] = catalog_of(engine)
    for identifier in IDS[1:]:
        migrate(engine, identifier)
        before[identifier] = catalog_of(engine)
    for identifier, earlier in zip(IDS[:0:-1], IDS[-2::-1], strict=True):
        migrate(engine, earlier)
        if IDS.index(earlier) >= IDS.index(ONE_WAY) or IDS.index(earlier) < 4:
            assert catalog_of(engine) == before[earlier], f"downgrade of {identifier}"
    for table in KEPT:
        assert rows(engine, f"SELECT count(*) FROM {table}") == [
            (2 if table == "guest_requests" else 1,)
        ]
    migrate(engine, "base")
    assert catalog_of(engine) == before["base"]
    migrate(engine, IDS[-1])
    assert catalog_of(engine) == before[IDS[-1]]


def test_missing_user_data_becomes_the_empty_object(engine: sa.Engine) -> None:
    migrate(engine, "a3c173dfd6f5")
    run(
        engine,
        *FIRST_ROWS,
        """UPDATE guest_requests SET user_data = '{"a": 1}' WHERE guestname = 'g2'""",
    )
    migrate(engine, "487f52cc5aef")
    query = "SELECT user_data FROM guest_requests ORDER BY guestname"
    assert rows(engine, query) == [("{}",), ('{"a": 1}',)]


def test_long_tokens_survive_the_one_way_step(engine: sa.Engine) -> None:
    migrate(engine, ONE_WAY)
    run(engine, f"INSERT INTO users (username, admin_token) VALUES ('ada', '{'a' * 64}')")
    migrate(engine, "85e51f3435b4")
    assert rows(engine, "SELECT admin_token, role FROM users") == [("a" * 64, "USER")]


def test_counters_lose_their_rows_up_and_their_names_down(engine: sa.Engine) -> None:
    migrate(engine, IDS[0])
    run(engine, *FIRST_ROWS)
    migrate(engine, "48609a3f5d7a")
    assert rows(engine, "SELECT * FROM metrics") == []
    run(engine, "INSERT INTO metrics VALUES ('a', 7, '2020-10-03 01:02:03'), ('b', NULL, NULL)")
    migrate(engine, "8c470c3f4331")
    assert rows(engine, "SELECT count, _id IS NULL FROM metrics ORDER BY _id") == [
        (7, 0),
        (None, 0),
    ]
    run(engine, "INSERT INTO metrics (count) VALUES (9)")  # the key still numbers itself


def test_old_requests_have_the_same_ctime_on_every_day(engine: sa.Engine) -> None:
    migrate(engine, IDS[0])
    run(engine, *FIRST_ROWS)
    migrate(engine, "8f7a33b3e529")
    times = rows(engine, "SELECT DISTINCT CAST(ctime AS VARCHAR(19)) FROM guest_requests")
    assert [time[0][:19] for time in times] == ["1970-01-01 00:00:00"]
    with pytest.raises(sa.exc.IntegrityError, match="ctime"):
        run(
            engine,
            "INSERT INTO guest_requests (guestname, environment, ownername, state, ssh_keyname,"
            " ssh_port, ssh_username, pool_data, user_data)"
            " VALUES ('g3', '{}', 'ada', 'ready', 'key', 22, 'root', '{}', '{}')",
        )
