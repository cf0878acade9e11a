"""Another project, with a database of its own, as somebody would bring it along."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

PROJECTS = Path(__file__).resolve().parents[1] / "projects"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """The folder of a project that is not ours; ``live.db`` in it is at its first revision."""
    folder = tmp_path / "foreign"
    shutil.copytree(PROJECTS / "generic", folder)
    with closing(sqlite3.connect(folder / "live.db")) as connection:
        connection.executescript(
            """
            CREATE TABLE person (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL);
            INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace');
            CREATE TABLE generic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
            INSERT INTO generic_version VALUES ('a1');
            """
        )
    return folder
