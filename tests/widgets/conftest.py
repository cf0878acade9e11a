"""The bundled project in a folder of its own, with a small sample database to look at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from schema.demo import make_demo
from schema.project import Project

ENDLESS = '''
"""wait <b>for</b> ever"""
from alembic import op

revision = "endless"
down_revision = "7adee582ada3"

def upgrade():
    op.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000000000) "
        "SELECT max(i) FROM n"
    )

def downgrade():
    pass
'''


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small sample database; nobody writes to it."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    make_demo(path, requests=30, events=90)
    return f"sqlite:///{path}"


@pytest.fixture
def project_folder(root: Path, tmp_path: Path) -> Path:
    """A copy of the bundled project, to be changed at will."""
    folder = tmp_path / "project"
    shutil.copytree(root / "alembic", folder / "alembic")
    shutil.copy(root / "alembic.ini", folder)
    return folder


@pytest.fixture
def project(project_folder: Path, demo_url: str) -> Iterator[Project]:
    """That copy, opened on the sample database."""
    with Project.open(project_folder, url=demo_url) as found:
        yield found


@pytest.fixture
def endless(project_folder: Path) -> None:
    """One more revision, which only a kill ends."""
    (project_folder / "alembic" / "versions" / "endless.py").write_text(ENDLESS)


@pytest.fixture
def words() -> Callable[[str], str]:
    """Takes markup, gives what a reader of the page sees."""

    def read(markup: str) -> str:
        text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", markup, flags=re.DOTALL)
        return " ".join(unescape(text).split())

    return read
