"""An env.py that goes through several databases which no config names: one is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.drift import find_drift
from schema.errors import ConfigError
from schema.history import read_history
from schema.project import Project
from schema.rehearsal import Rehearsal
from tests.shapes.generated import GENERATED
from tests.shapes.shape import PLACEHOLDER

(FLASK,) = (shape for shape in GENERATED if shape.name == "flask_migrate_multidb")


@pytest.fixture
def flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Flask-Migrate's own multidb template, upgraded: two SQLite files below ``instance``."""
    for name, value in FLASK.environment.items():
        monkeypatch.setenv(name, value)
    folder = FLASK.copy(tmp_path / "flask", PLACEHOLDER)
    FLASK.upgrade(folder, PLACEHOLDER)
    return folder


def test_a_bind_of_flasks_is_followed_and_the_others_are_left_alone(flask: Path) -> None:
    with Project.open(flask / "migrations", engine="audit") as project:
        assert project.database_url().database == str(flask / "instance" / "audit.db")
        assert project.settings().tables == ("entry",)
        drift = find_drift(project)
        assert list(drift.differences) == []
        assert drift.live is not None
        assert [item.name for item in drift.live.of_kind("table")] == ["entry"]
        ((statements, why),) = project.offline_sql([("a1", "up")], "sqlite")
        assert why is None
        assert "CREATE TABLE entry" in "".join(statements)
        with Rehearsal.start(project) as rehearsal:
            steps = rehearsal.run_to("base")
            assert [step.error for step in steps] == [None, None]
            assert [[each.name for each in step.differences] for step in steps] == [[], ["entry"]]
            rehearsal.close(drop=True)


def test_the_databases_are_named_where_none_or_another_is_chosen(flask: Path) -> None:
    with Project.open(flask / "migrations") as project:
        assert len(read_history(project)) == 2
        with pytest.raises(ConfigError, match=r"2 databases \(default, audit\).*--engine"):
            project.settings()
    with (
        Project.open(flask / "migrations", engine="else") as project,
        pytest.raises(ConfigError, match="has no database 'else'; it has default, audit"),
    ):
        project.settings()


def test_a_project_with_one_database_needs_no_choice(tmp_path: Path) -> None:
    (generic,) = (shape for shape in GENERATED if shape.name == "template_generic")
    folder = generic.copy(tmp_path / "generic", PLACEHOLDER)
    with (
        Project.open(folder, engine="live") as project,
        pytest.raises(ConfigError, match="one database only: leave --engine out"),
    ):
        project.settings()
