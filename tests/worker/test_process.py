"""The process around the project's code: what it prints, how it ends, when it is started anew."""

from __future__ import annotations

import ast
import os
import sys
import threading
import time
import venv
from pathlib import Path

import pytest

import schema
from schema.errors import ConfigError, ProjectCodeError, WorkerError
from schema.project import Project

WORKER = Path(schema.__file__).with_name("worker")


def wait_for(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def sleeping(open_project, scratch, monkeypatch):
    """A worker in the midst of a revision that sleeps, the thread that waits, and its error."""
    monkeypatch.setenv("RAW_DRIVER", "sleeps")
    worker = open_project("raw_driver").start_worker()
    worker.step(scratch, "up", "a1")
    begun, errors = threading.Event(), []

    def run() -> None:
        try:
            worker.step(scratch, "up", "b2", lambda event: begun.set())
        except WorkerError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    yield worker, thread, errors
    worker.kill()
    thread.join(10)


def test_kill_ends_a_running_step(sleeping, scratch, monkeypatch):
    worker, thread, errors = sleeping
    pid = worker.pid
    worker.kill()
    thread.join(10)
    assert str(errors[0]) == "The worker was stopped."
    assert worker.pid is None
    assert not is_running(pid)

    monkeypatch.setenv("RAW_DRIVER", "many")
    assert worker.step(scratch, "up", "b2")["heads"] == ["b2"]


def test_an_interrupt_in_the_kernel_ends_the_step(open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", "sleeps")

    def interrupt(event):
        raise KeyboardInterrupt

    with open_project("raw_driver").start_worker() as worker:
        worker.step(scratch, "up", "a1")
        with pytest.raises(KeyboardInterrupt):
            worker.step(scratch, "up", "b2", interrupt)
        assert worker.pid is None


def test_a_process_that_dies_is_reported_with_its_code(open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", "dies")
    with open_project("raw_driver").start_worker() as worker:
        worker.step(scratch, "up", "a1")
        with pytest.raises(WorkerError, match="ended with code 7 before it answered"):
            worker.step(scratch, "up", "b2")


def test_what_the_project_prints_is_kept_apart(open_project):
    project = open_project("generic")
    env = project.script_location / "env.py"
    noise = (
        "import os, sys\nprint('{\"id\": 1}')\nos.write(1, b'raw\\n')\nsys.stderr.write('err')\n"
    )
    env.write_text(noise + "print(sys.stdin.read())\n" + env.read_text())
    settings = project.settings()
    assert settings.tables == ("person",)
    assert set(settings.output.split()) == {'{"id":', "1}", "raw", "err"}


def test_much_output_is_bounded_and_blocks_nothing(open_project):
    project = open_project("generic")
    env = project.script_location / "env.py"
    env.write_text("for n in range(40_000): print(n, 'x' * 100)\n" + env.read_text())
    assert len(project.settings().output) <= 100_000


def test_an_edited_model_is_seen_at_the_next_call(open_project):
    project = open_project("generic")
    assert project.settings().tables == ("person",)
    models = project.root / "models.py"
    models.write_text(models.read_text().replace('"person"', '"people"'))
    assert project.settings().tables == ("people",)


def test_an_edited_data_file_is_seen_at_the_next_call(open_project):
    project = open_project("generic")
    models = project.root / "models.py"
    (project.root / "names.txt").write_text("person")
    read = 'from pathlib import Path\nNAME = Path("names.txt").read_text()\n'
    models.write_text(read + models.read_text().replace('"person"', "NAME"))
    assert project.settings().tables == ("person",)
    (project.root / "names.txt").write_text("people")
    assert project.settings().tables == ("people",)


def test_a_new_revision_is_seen_at_the_next_call(open_project, scratch):
    project = open_project("generic")
    with project.start_worker() as worker:
        worker.step(scratch, "up", "a1")
        new = 'revision = "c3"\ndown_revision = "a1"\n\n\ndef upgrade():\n    pass\n'
        (project.version_locations[0] / "c3.py").write_text(new)
        assert worker.step(scratch, "up", "c3")["heads"] == ["c3"]


def test_an_unchanged_project_keeps_its_process(open_project):
    project = open_project("generic")
    project.settings()
    pid = project._worker.pid
    project.settings()
    assert project._worker.pid == pid


def test_names_of_the_projects_modules_never_clash_with_the_workers(open_project):
    project = open_project("generic")
    for name in ("step", "serve", "guard", "failure", "schema"):
        (project.root / f"{name}.py").write_text(f"NAME = 'the project own {name}'\n")
    env = project.script_location / "env.py"
    imports = "import step, serve, guard, failure, schema\nprint(step.NAME, schema.NAME)\n"
    env.write_text(imports + env.read_text())
    assert project.settings().output == "the project own step the project own schema\n"


def test_nothing_of_the_project_is_imported_here(open_project):
    open_project("generic").settings()
    assert "models" not in sys.modules


def test_two_projects_do_not_mix(open_project):
    first, second = open_project("generic"), open_project("legacy")
    models = second.root / "models.py"
    models.write_text(models.read_text().replace('"person"', '"people"'))
    assert (first.settings().tables, second.settings().tables) == (("person",), ("people",))


def test_a_secret_is_in_no_argument_and_no_environment(open_project, tmp_path):
    project = open_project("generic")
    ini = project.config_path
    ini.write_text(
        ini.read_text().replace("sqlite:///live.db", "postgresql+psycopg://u:hunter2@h/d")
    )
    project.settings()
    process = Path(f"/proc/{project._worker.pid}")
    if not process.exists():
        pytest.skip("no /proc on this system")
    assert b"hunter2" not in (process / "cmdline").read_bytes()
    assert "hunter2" not in repr(project.settings())


def test_an_interpreter_without_alembic_is_said(open_project, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    venv.create(tmp_path / "empty", with_pip=False)
    python = tmp_path / "empty" / "bin" / "python"
    folder = open_project("generic").root
    with (
        Project.open(folder, python=python) as project,
        pytest.raises(WorkerError, match="'alembic' is not installed for"),
    ):
        project.settings()


def test_a_missing_interpreter_is_said(open_project, tmp_path):
    folder = open_project("generic").root
    with pytest.raises(ConfigError, match="There is no Python interpreter"):
        Project.open(folder, python=tmp_path / "python")


def test_a_call_that_takes_too_long_is_stopped(open_project):
    project = open_project("generic")
    env = project.script_location / "env.py"
    env.write_text("import time\ntime.sleep(600)\n")
    with project.start_worker() as worker, pytest.raises(WorkerError, match="did not answer"):
        worker.request("settings", timeout=1)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("raises", r"env.py failed at migrations/env.py line 11: RuntimeError: no vault"),
        ("exits", r"it called sys.exit\('no database for you'\)"),
        ("models", r"env.py failed at broken_models.py line 1: ValueError: the models are not"),
        ("never configures", r"never called context.configure\(\)"),
        ("queries", "asked the database before"),
    ],
)
def test_an_env_py_that_goes_wrong_is_said(how, message, open_project, monkeypatch):
    monkeypatch.setenv("BROKEN", how)
    project = open_project("broken")
    with pytest.raises(ProjectCodeError, match=message) as caught:
        project.settings()
    assert caught.value.details["output"].startswith("env.py says hello")
    assert "hunter2" not in str(caught.value) + str(caught.value.details)


def test_a_variable_that_the_environment_lacks_is_said(open_project, monkeypatch):
    monkeypatch.delenv("BROKEN", raising=False)
    with pytest.raises(ProjectCodeError, match="KeyError: 'BROKEN' is not set: an environment"):
        open_project("broken").settings()


KERNEL = {"memory.py", "parent.py", "process.py"}


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(WORKER.glob("*.py")) if path.name not in KERNEL],
    ids=lambda path: path.name,
)
def test_what_runs_in_the_project_is_python_3_8(path):
    """A formatter for a newer Python knows nothing of that."""
    ast.parse(path.read_text(), feature_version=(3, 8))


def test_an_env_py_that_can_run_once_in_a_process_is_run_in_another(open_project, scratch):
    project = open_project("generic")
    env = project.script_location / "env.py"
    once = "import models\nassert not hasattr(models, 'seen'), 'twice'\nmodels.seen = True\n"
    env.write_text(once + env.read_text())
    with project.start_worker() as worker:
        worker.step(scratch, "up", "a1")
        first = worker.pid
        worker.step(scratch, "up", "b2")
        second = worker.pid
        worker.step(scratch, "down", "b2")
        assert len({first, second, worker.pid}) == 3
    env.write_text("assert False, 'never'\n" + env.read_text())
    with pytest.raises(ProjectCodeError, match="never"):
        project.settings()
