"""How many revisions a timeline had to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

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
