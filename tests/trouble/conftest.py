"""Projects in trouble: a small shop on a real database, and Alembic to get it into trouble."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from schema.database import parse_url
from schema.trouble import KINDS, Advice, Diagnosis, Trouble
from schema.workbench import Project

if TYPE_CHECKING:
    from tests.conftest import Shop

ROOT = Path(__file__).resolve().parents[2]


class Lab:
    """The shop on one database. Nothing of the workbench ever writes to that; Alembic does."""

    def __init__(self, shop: Shop, url: str) -> None:
        self.shop = shop
        self.root = shop.root
        self.versions = shop.versions
        self.url = url
        ini = shop.root / "alembic.ini"
        text = re.sub(r"^sqlalchemy.url = .*$", "", ini.read_text(), flags=re.M)
        ini.write_text(f"{text}sqlalchemy.url = {url.replace('%', '%%')}\n")

    @cached_property
    def engine(self) -> sa.Engine:
        return sa.create_engine(parse_url(self.url), poolclass=sa.NullPool)

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    def alembic(self, *arguments: str, ok: bool = True) -> str:
        """Run Alembic's own command; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert not ok or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def make(self, stamp: str, *statements: str, as_stamp: str | None = None) -> None:
        """What the revisions up to ``stamp`` make, and more, at once: Alembic takes seconds."""
        key = {"sqlite": "INTEGER NOT NULL PRIMARY KEY", "postgresql": "SERIAL PRIMARY KEY"}.get(
            self.dialect, "INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY"
        )
        made = [
            f"CREATE TABLE customer (id {key}, name VARCHAR(50) NOT NULL)",
            "ALTER TABLE customer ADD COLUMN mail VARCHAR(80)",
            f"CREATE TABLE invoice (id {key}, number VARCHAR(20) NOT NULL)",
        ][: ["aaa111", "bbb222", "ccc333"].index(stamp) + 1]
        versions = "shop_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        stamped = f"INSERT INTO shop_version VALUES ('{as_stamp or stamp}')"
        self.sql(*made, f"CREATE TABLE {versions}", stamped, *statements)

    def sql(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, table: str = "shop_version") -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.exec_driver_sql(f"SELECT * FROM {table}"))

    def open(self, **options: Any) -> Project:
        return Project.open(self.root / "alembic.ini", **options)

    def diagnose(self, **options: Any) -> Diagnosis:
        with self.open(**options) as project:
            return project.diagnose()

    def shell(self, command: str | None) -> str:
        """Run what was advised, in the project's folder, as a person would."""
        assert command is not None
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=self.root,
            env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


_SERVER = pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.slow])


@pytest.fixture
def here(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the project's folder: no command has to go there first."""
    monkeypatch.chdir(shop.root)


@pytest.fixture(params=["sqlite", _SERVER])
def lab(request: pytest.FixtureRequest, shop: Shop, here: None) -> Iterator[Lab]:
    """The shop on a database of each kind, still empty."""
    url = request.getfixturevalue(f"{request.param}_url")
    made = Lab(shop, url)
    yield made
    made.engine.dispose()


@pytest.fixture
def small_lab(shop: Shop, sqlite_url: str, here: None) -> Lab:
    """The same on SQLite alone, for what is no matter of databases."""
    return Lab(shop, sqlite_url)


@pytest.fixture
def maria_lab(shop: Shop, mariadb_url: str, here: None) -> Lab:
    """The same on MariaDB."""
    return Lab(shop, mariadb_url)


def documented() -> dict[str, str]:
    """What docs/troubles.md says is said, by kind."""
    text = (ROOT / "docs" / "troubles.md").read_text()
    return dict(re.findall(r"^\| `([\w-]+)` \| [^|]+ \| ([^|]+?) \|", text, re.M))


@pytest.fixture(scope="session")
def told() -> Callable[[Diagnosis, str], Trouble]:
    """The one trouble of this kind; what it says is what the document promises."""
    promised = documented()

    def one(found: Diagnosis, kind: str) -> Trouble:
        (trouble,) = found.of(kind)
        assert kind in KINDS
        words = promised[kind].replace("`", "")
        pattern = ".*".join(re.escape(part.strip()) for part in words.split("…"))
        assert re.search(pattern, trouble.said), f"{trouble.said!r} is not {words!r}"
        return trouble

    return one


def commands(trouble: Trouble) -> list[str]:
    return [each.command for each in trouble.advice if each.command]


def advised(trouble: Trouble, words: str) -> Advice:
    return next(each for each in trouble.advice if words in each.said)
