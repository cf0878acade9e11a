"""A small shop: a project of three revisions, and its live database at the first one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest
import sqlalchemy as sa

from schema.project import Project
from schema.rehearsal import Rehearsal

ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, version_table="shop_version")
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = '''
"""{message}"""
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {parent!r}

def upgrade():
{up}

def downgrade():
{down}
'''

CUSTOMER = "op.create_table('customer', sa.Column('id', sa.Integer, primary_key=True))"
MAIL = "op.add_column('customer', sa.Column('mail', sa.String(80)))"


class Shop:
    """The project's folder, and its live database; ``write`` changes a revision's code."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        (folder / "migrations" / "versions").mkdir(parents=True)
        (folder / "migrations" / "env.py").write_text(ENV)
        # A percent sign has a meaning of its own in an ini file.
        escaped = url.replace("%", "%%")
        (folder / "alembic.ini").write_text(
            f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {escaped}\n"
        )
        self.write("aaa111", None, "add customers", CUSTOMER, "op.drop_table('customer')")
        self.write("bbb222", "aaa111", "add <mail>", MAIL, "op.drop_column('customer', 'mail')")
        self.write("ccc333", "bbb222", "forget customers", "op.execute('DELETE FROM customer')")
        self._fill()
        self.project = Project.open(folder)

    def write(
        self, revision: str, parent: str | None, message: str, up: str, down: str = "pass"
    ) -> None:
        text = REVISION.format(
            revision=revision,
            parent=parent,
            message=message,
            up=indent(dedent(up).strip(), "    "),
            down=indent(dedent(down).strip(), "    "),
        )
        (self.folder / "migrations" / "versions" / f"{revision}.py").write_text(text)

    def rows(self) -> int:
        """How many customers the live database has."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            found = connection.scalar(sa.text("SELECT count(*) FROM customer"))
        engine.dispose()
        return int(found or 0)

    def _fill(self) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for sql in (
                "CREATE TABLE customer (id INTEGER PRIMARY KEY)",
                "INSERT INTO customer VALUES (1), (2), (3)",
                "CREATE TABLE shop_version (version_num VARCHAR(32) NOT NULL)",
                "INSERT INTO shop_version VALUES ('aaa111')",
            ):
                connection.execute(sa.text(sql))
        engine.dispose()


@pytest.fixture
def sqlite_shop(tmp_path: Path, sqlite_url: str) -> Iterator[Shop]:
    """The shop on SQLite."""
    shop = Shop(tmp_path / "shop", sqlite_url)
    yield shop
    shop.project.close()


@pytest.fixture
def postgresql_shop(tmp_path: Path, postgresql_url: str) -> Iterator[Shop]:
    """The shop on PostgreSQL."""
    shop = Shop(tmp_path / "shop", postgresql_url)
    yield shop
    shop.project.close()


@pytest.fixture
def mariadb_shop(tmp_path: Path, mariadb_url: str) -> Iterator[Shop]:
    """The shop on MariaDB."""
    shop = Shop(tmp_path / "shop", mariadb_url)
    yield shop
    shop.project.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shop(request: pytest.FixtureRequest) -> Shop:
    """The shop, on each kind of database in turn."""
    found: Shop = request.getfixturevalue(f"{request.param}_shop")
    return found


@pytest.fixture
def rehearsal(shop: Shop) -> Iterator[Rehearsal]:
    """A rehearsal of the shop, whose copy is dropped in the end."""
    with Rehearsal.start(shop.project) as found:
        yield found
        found.close(drop=True)


@pytest.fixture
def sqlite_rehearsal(sqlite_shop: Shop) -> Iterator[Rehearsal]:
    """The same on SQLite only, for what does not depend on the kind of database."""
    with Rehearsal.start(sqlite_shop.project) as found:
        yield found
        found.close(drop=True)


class Command:
    """``schema``, run as a process of its own whose children are known by their environment."""

    def __init__(self, folder: Path) -> None:
        self.mark = f"SCHEMA_TEST={uuid.uuid4().hex}"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        name, _, value = self.mark.partition("=")
        program = [sys.executable, "-c", "from schema.cli import main; main()"]
        return subprocess.Popen(
            [*program, *map(str, arguments)],
            env={**os.environ, name: value, "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def processes(self) -> list[int]:
        """Those that it started, and what they started, as far as they are still there."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                is_dead = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if self.mark.encode() in environment and not is_dead:
                found.append(int(folder.name))
        return found

    def kill_when(self, process: subprocess.Popen[str], is_time: Callable[[], bool]) -> None:
        """Kill it as soon as it is time; all that it started must end by itself."""
        wait_until(lambda: is_time() or process.poll() is not None, 60)
        assert process.poll() is None, process.communicate()
        process.kill()
        process.communicate()
        wait_until(lambda: not self.processes(), 10)


def wait_until(is_so: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    made = Command(tmp_path)
    yield made
    for number in made.processes():
        os.kill(number, signal.SIGKILL)
