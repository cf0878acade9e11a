"""How many revisions a timeline had to run; and one embedded server for all tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schema import folders
from schema.timeline import read_timeline

if TYPE_CHECKING:
    from schema.project import Project


@pytest.fixture
def steps_run() -> Callable[..., list[str]]:
    """Reads the timeline of a project, and gives the ids of the revisions that were run for it."""

    def run(project: Project, **more: Any) -> list[str]:
        told: list[str] = []

        def progress(done: int, total: int, text: str) -> None:
            if text.startswith("replaying"):
                told.append(text.split()[1])

        read_timeline(project, on_progress=progress, **more)
        return told

    return run


@pytest.fixture(scope="session")
def session_cache() -> Path:
    """The cache folder of all tests, before one has a cache of its own."""
    return Path(os.environ["SCHEMA_CACHE_DIR"])


@pytest.fixture
def embedded(session_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a test with a cache of its own use the embedded server that others use."""
    monkeypatch.setattr(folders, "embedded_folder", lambda: session_cache / "postgresql")
