"""Errors are told with what is known about them, wherever they are met."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from schema.cli import main
from schema.errors import ConfigError, RevisionError, WorkbenchError
from schema.history import read_current, read_history
from schema.render import error_html
from schema.trouble import Help, help_for
from schema.workbench import Project
from tests.trouble.conftest import Lab


@pytest.fixture
def lab(small_lab: Lab) -> Lab:
    """Stamped with a revision whose file was deleted."""
    lab = small_lab
    path = lab.shop.revision("ddd444", "ccc333")
    lab.shop.commit("with it", author="Grace Hopper")
    path.unlink()
    lab.make("ccc333", as_stamp="ddd444")
    return lab


def run(lab: Lab, *arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(main, [*arguments, "-c", str(lab.root / "alembic.ini")])
    return ran.exit_code, ran.stdout, ran.stderr


def caught(work: Callable[[], object]) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as error:
        work()
    return error.value


def walk(project: Project) -> None:
    read_history(project).upgrade_path(read_current(project), "head")


def test_a_command_tells_the_error_once_and_then_what_is_known(lab: Lab) -> None:
    for command in ("current", "rehearse"):
        code, out, err = run(lab, command)
        assert code == 2
        assert out == ""
        assert "Traceback" not in err
        first, *rest = err.splitlines()
        assert first.startswith("schema: The database is stamped 'ddd444'")
        assert "by Grace Hopper" in err
        assert any(line.strip().startswith("git restore --source=") for line in rest)
        assert rest[-1].endswith("schema diagnose")
        assert err.count("which no revision file bears") == 1


def test_diagnose_tells_all_and_ends_with_1(lab: Lab) -> None:
    code, out, _ = run(lab, "diagnose", "--json")
    assert code == 1
    told = json.loads(out)
    assert [item["kind"] for item in told["troubles"]] == ["missing-revision"]
    assert set(told) == {"verdict", "troubles", "looked_at", "notes"}
    code, out, _ = run(lab, "diagnose")
    assert code == 1
    assert out.startswith("✗ 1 trouble, which keeps Alembic or the workbench from going on\n")
    assert "→ Bring the file back" in out


def test_the_revisions_of_a_commit_are_read_and_nothing_is_checked_out(lab: Lab) -> None:
    code, out, err = run(lab, "current", "--revisions-from", "HEAD")
    assert code == 0, err
    assert "ddd444  change ddd444 (head)" in out
    assert not (lab.versions / "ddd444_change.py").exists()
    code, _, err = run(lab, "current", "--revisions-from", "no-such-branch")
    assert code == 2
    assert "knows no commit, branch or tag 'no-such-branch'" in err
    code, _, err = run(lab, "current", "--revisions-from", "--output=x")
    assert code == 2
    assert "knows no commit" in err


def test_a_diagnosis_with_the_revisions_of_a_commit(lab: Lab) -> None:
    code, out, err = run(lab, "diagnose", "-v", "--revisions-from", "HEAD")
    assert code == 0, out
    assert "nothing is wrong" in out.lower()
    assert "Its code runs on" in err


def test_an_import_that_fails_is_told_with_its_interpreter(lab: Lab) -> None:
    (lab.root / "shop.py").write_text("import workbench_test_module\n")
    code, _, err = run(lab, "drift")
    assert code == 2
    with lab.open() as project:
        assert str(project.python) in err
    assert "shop.py, line 1, imports it." in err


def test_a_project_that_cannot_be_opened(lab: Lab) -> None:
    (lab.root / "migrations" / "env.py").unlink()
    code, _, err = run(lab, "history")
    assert code == 2
    assert "git restore --source=" in err


def test_the_help_of_an_error_is_a_value_too(lab: Lab) -> None:
    with lab.open() as project:
        found = help_for(caught(lambda: walk(project)))
        assert project.worker.pid is not None, "a worker that runs is left running"
    assert isinstance(found, Help)
    assert [item.kind for item in found.troubles] == ["missing-revision"]
    bundle: dict[str, Any] = found._repr_mimebundle_()
    assert "git restore --source=" in bundle["text/html"]
    assert "git restore --source=" in bundle["text/plain"]


def test_an_error_without_more_to_tell_is_told_alone(lab: Lab) -> None:
    with lab.open() as project:
        error = caught(lambda: read_history(project).get("nothing"))
    assert help_for(error).troubles == ()
    assert help_for(RevisionError("made up")).troubles == ()


def open_another(_project: Project, config: Path) -> None:
    Project.open(config)


def test_a_project_that_cannot_be_opened_beside_one_that_can(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "other" / "alembic.ini"
    other.parent.mkdir()
    other.write_text("[alembic]\nscript_location = migrations\n")
    with lab.open() as project:
        (found,) = help_for(caught(lambda: open_another(project, other.parent))).troubles
    assert str(other) in found.said
    assert "script_location" in found.advice[0].said
    (other.parent / "app").mkdir()
    (other.parent / "app" / "env.py").touch()
    (other.parent / "app" / "versions").mkdir()
    with lab.open() as project:
        (found,) = help_for(caught(lambda: open_another(project, other.parent))).troubles
    assert "app has an env.py." in found.known


def test_of_two_projects_none_is_taken_for_the_one(lab: Lab) -> None:
    def ask(first: Project, second: Project) -> None:
        assert first is not second
        history.upgrade_path(("ddd444",), "head")

    elsewhere = f"sqlite:///{lab.root / 'another.sqlite'}"
    with lab.open() as one, lab.open() as again, lab.open(url=elsewhere) as other:
        history = read_history(one)
        assert help_for(caught(lambda: ask(one, other))).troubles == ()
        assert help_for(caught(lambda: ask(one, again))).troubles


def test_help_that_fails_does_not_hide_the_error(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("schema.trouble.helping.diagnose_project", fail)
    with lab.open() as project:
        error = caught(lambda: walk(project))
        assert help_for(error).troubles == ()


def test_a_cell_shows_a_panel_and_no_traceback(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    with lab.open() as project:
        lines = caught(lambda: walk(project))._render_traceback_()
    assert lines == ["RevisionError: see above."]
    (panel,) = shown
    assert isinstance(panel, Help)
    assert panel.troubles


def test_a_widget_shows_the_same_under_it(lab: Lab) -> None:
    with lab.open() as project:
        page = error_html(caught(lambda: walk(project)))
    assert 'role="alert"' in page
    assert "git restore --source=" in page


def test_what_is_told_is_escaped(tmp_path: Path) -> None:
    page = error_html(ConfigError("<script>alert(1)</script>", details={"a": "<b>"}))
    assert "<script>" not in page
    assert "<b>a" not in page
