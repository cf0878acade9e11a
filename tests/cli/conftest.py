"""Fixtures of the command line's tests: the command itself, and sample databases to give it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from schema.cli import main
from schema.demo import make_demo


@dataclass(frozen=True)
class Ran:
    """What one run of ``schema`` came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *words: str) -> None:
        """Assert that it was trouble: one message with these words, no traceback, no output."""
        assert self.code == 2, self
        assert self.err.startswith("schema: "), self.err
        assert "Traceback" not in self.err
        assert self.out == ""
        for word in words:
            assert word in self.err


@pytest.fixture
def schema(monkeypatch: pytest.MonkeyPatch, root: Path) -> Callable[..., Ran]:
    """Run ``schema`` with these arguments, in the bundled project's folder."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: object) -> Ran:
        result = CliRunner().invoke(main, [str(each) for each in arguments])
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample database; only to be read."""
    path = tmp_path_factory.mktemp("sample") / "production.sqlite"
    make_demo(path, requests=50, events=200)
    return path


@pytest.fixture
def production(sample: Path, tmp_path: Path) -> Path:
    """A sample database of the test's own."""
    return Path(shutil.copy(sample, tmp_path / "production.sqlite"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A SQLite database without a table."""
    path = tmp_path / "empty.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("VACUUM")
    connection.close()
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, so that other tests' scratch databases are not there."""
    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def digest() -> Callable[[Path], str]:
    """The content of a file, to compare before and after."""
    return lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
