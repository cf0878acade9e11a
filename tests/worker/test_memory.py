"""What env.py told is believed again only while nothing that it rests on has changed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schema import folders
from schema.project import Project

OpenProject = Callable[[str], Project]


@pytest.fixture
def again(open_project: OpenProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A function that opens the same project as a new process of the workbench would."""
    monkeypatch.setattr(folders, "replay_folder", lambda: tmp_path / "cache")
    first = open_project("generic")
    opened: list[Project] = []

    def open_again() -> Project:
        opened.append(Project.open(first.root))
        return opened[-1]

    yield open_again
    for project in opened:
        project.close()


def was_asked(project: Project) -> bool:
    """Whether the project's settings need a worker."""
    project.settings(with_url=False)
    return project._worker.pid is not None


def prepend(path: Path, text: str) -> None:
    path.write_text(text + path.read_text())


def test_an_unchanged_project_needs_no_worker(again: Callable[[], Project]) -> None:
    first = again()
    told = first.settings()
    assert was_asked(first)
    second = again()
    assert second.settings() == told
    assert not was_asked(second)


def test_an_edited_file_is_read_again(again: Callable[[], Project]) -> None:
    assert again().settings().tables == ("person",)
    models = again().root / "models.py"
    models.write_text(models.read_text().replace('"person"', '"people"'))
    edited = again()
    assert edited.settings().tables == ("people",)
    assert was_asked(edited)


def test_a_data_file_that_env_py_reads_counts(again: Callable[[], Project]) -> None:
    root = again().root
    (root / "name.txt").write_text("person")
    models = root / "models.py"
    models.write_text(
        "NAME = open('name.txt').read()\n" + models.read_text().replace('"person"', "NAME")
    )
    assert again().settings().tables == ("person",)
    assert not was_asked(again())
    (root / "name.txt").write_text("people")
    assert again().settings().tables == ("people",)


def test_a_new_file_beside_env_py_counts(again: Callable[[], Project]) -> None:
    project = again()
    prepend(
        project.root / "models.py",
        "import glob\nEXTRA = [__import__(name[:-3]) for name in glob.glob('extra_*.py')]\n",
    )
    assert again().settings().tables == ("person",)
    (project.root / "extra_one.py").write_text(
        "def add(base):\n    import sqlalchemy as sa\n    sa.Table('extra', base.metadata)\n"
    )
    with (project.root / "models.py").open("a") as file:
        file.write("\nfor each in EXTRA:\n    each.add(Base)\n")
    assert again().settings().tables == ("person", "extra")
    (project.root / "extra_one.py").rename(project.root / "gone.py")
    assert again().settings().tables == ("person",)


def test_an_environment_variable_counts(
    again: Callable[[], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = again()
    models = project.root / "models.py"
    read = "import os\nNAME = os.environ.get('TABLE', 'person')\n"
    models.write_text(read + models.read_text().replace('"person"', "NAME"))
    assert again().settings().tables == ("person",)
    monkeypatch.setenv("TABLE", "people")
    assert again().settings().tables == ("people",)
    monkeypatch.delenv("TABLE")
    assert not was_asked(again())


@pytest.mark.parametrize(
    "more",
    [
        "import subprocess\nsubprocess.run(['true'])\n",
        "import os\nos.system('true')\n",
        "import socket\nsocket.getaddrinfo('127.0.0.1', 9)\n",
        "print('hello')\n",
    ],
)
def test_what_rests_on_more_than_files_is_asked_each_time(
    again: Callable[[], Project], more: str
) -> None:
    prepend(again().script_location / "env.py", more)
    assert was_asked(again())
    assert was_asked(again())


def test_a_password_is_never_kept(again: Callable[[], Project]) -> None:
    project = again()
    config = project.config_path
    text = config.read_text()
    before = next(line for line in text.splitlines() if line.startswith("sqlalchemy.url"))
    url = "postgresql://me:hunter2@localhost/live"
    config.write_text(text.replace(before, f"sqlalchemy.url = {url}"))
    first = again().settings()
    assert first.url is not None
    assert first.url.password == "hunter2"
    kept = [gzip.decompress(path.read_bytes()) for path in folders.replay_folder().iterdir()]
    assert kept
    assert not any(b"hunter2" in text for text in kept)
    second = again()
    assert not was_asked(second)
    assert second.settings() == first
    assert second._worker.pid is not None


def test_a_damaged_record_is_as_good_as_none(again: Callable[[], Project]) -> None:
    again().settings()
    for path in folders.replay_folder().iterdir():
        path.write_bytes(gzip.compress(b'{"told": []}'))
    assert was_asked(again())
    assert not was_asked(again())


def test_at_one_moment_all_answers_are_the_same(again: Callable[[], Project]) -> None:
    project = again()
    models = project.root / "models.py"
    with project.at_one_moment():
        assert project.settings().tables == ("person",)
        models.write_text(models.read_text().replace('"person"', '"people"'))
        assert project.settings(with_url=False).tables == ("person",)
    assert project.settings().tables == ("people",)


def test_one_moment_of_a_thread_holds_up_no_other(again: Callable[[], Project]) -> None:
    project = again()
    models = project.root / "models.py"
    with ThreadPoolExecutor(1) as another, project.at_one_moment():
        assert project.settings().tables == ("person",)
        models.write_text(models.read_text().replace('"person"', '"people"'))
        assert another.submit(project.settings).result(60).tables == ("people",)
        assert project.settings().tables == ("person",)


def test_an_empty_password_is_no_secret(again: Callable[[], Project]) -> None:
    config = again().config_path
    text = config.read_text()
    before = next(line for line in text.splitlines() if line.startswith("sqlalchemy.url"))
    config.write_text(text.replace(before, "sqlalchemy.url = postgresql://me:@/live?host=/run"))
    told = again().settings()
    second = again()
    assert second.settings() == told
    assert second._worker.pid is None
