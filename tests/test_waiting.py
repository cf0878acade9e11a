"""An env.py that takes long is told of while it runs, and is run no more often than need be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schema.project import Project
from schema.waiting import listening, told

PROJECTS = Path(__file__).resolve().parent / "projects"


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIBRARY_SECONDS", "1")
    return shutil.copytree(PROJECTS / "env_slow", tmp_path / "slow")


def test_who_listens_hears_what_is_waited_for_and_what_it_prints(slow: Path) -> None:
    heard: list[str] = []
    with Project.open(slow) as project, listening(heard.append):
        project.settings()
    assert heard == [
        "running env.py",
        "running env.py: waiting for the key server, 0 s",
        "",
    ]


def test_what_prints_much_does_not_keep_its_listener_busy() -> None:
    heard: list[str] = []
    with listening(heard.append), told("running env.py") as hear:
        for number in range(10_000):
            hear({"event": "log", "text": f"line {number}\n"})
        hear({"event": "statement"})
    assert len(heard) < 10
    assert heard[1] == "running env.py: line 0"


def test_with_nobody_listening_nothing_is_told() -> None:
    with told("running env.py") as hear:
        hear({"event": "log", "text": "line"})


def test_an_env_py_that_prints_is_run_once_by_a_project_that_did_not_change(slow: Path) -> None:
    with Project.open(slow) as project:
        first = project.settings()
        assert "waiting for the key server" in first.output
        project._worker.kill()
        assert project.settings() == first
        assert project._worker.pid is None
        (slow / "models.py").write_text((slow / "models.py").read_text() + "# edited\n")
        assert project.settings() == first
        assert project._worker.pid is not None


def test_a_url_with_a_password_is_kept_by_the_project_alone(slow: Path) -> None:
    env = slow / "migrations" / "env.py"
    text = env.read_text().replace("print(", "str(").replace(", flush=True", "")
    env.write_text(
        text.replace("sqlite:///live.db", "postgresql+psycopg://me:hunter2@nowhere/live")
    )
    with Project.open(slow) as project:
        assert project.database_url().password == "hunter2"
        project._worker.kill()
        assert project.database_url().password == "hunter2"
        assert project._worker.pid is None
