"""The project of many years, opened on an environment of a test's choice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schema import Project

PROJECTS = Path(__file__).resolve().parents[1] / "projects"


class Veteran:
    """The project of many years on one environment, and its live database."""

    def __init__(self, project: Project, url: str, environment: dict[str, str]) -> None:
        self.project = project
        self.url = url
        self._environment = environment

    def alembic(self, *arguments: str) -> str:
        """Run the environment's own Alembic on the live database."""
        done = subprocess.run(
            [self.project.python, "-m", "alembic", *arguments],
            cwd=self.project.root,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def open_veteran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Veteran]]:
    """Opens a copy of the project on an interpreter. ``url`` is the live database for reading.

    ``own`` is the same one in the words of the project's own driver, which it gets in VETERAN_URL.
    """
    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "cache"))
    opened: list[Project] = []

    def open_on(python: Path, url: str | None = None, own: str | None = None) -> Veteran:
        folder = shutil.copytree(PROJECTS / "veteran", tmp_path / "veteran")
        url = url or f"sqlite:///{folder / 'live.db'}"
        monkeypatch.setenv("VETERAN_URL", own or url)
        opened.append(Project.open(folder, python=python))
        return Veteran(opened[-1], url, {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})

    yield open_on
    for project in opened:
        project.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what has no environment to run on: a machine need not have each interpreter."""
    items[:] = [item for item in items if not item.name.endswith("[NOTSET]")]
