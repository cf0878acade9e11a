"""What other packages teach Alembic to keep: alembic_utils, alembic-postgresql-enum."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.drift import find_drift
from schema.workbench import Project

PROJECTS = Path(__file__).resolve().parents[1] / "projects"
pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


@pytest.fixture
def at_head(tmp_path: Path, postgresql_url: str) -> Iterator[Callable[..., Project]]:
    """Opens a copy of a project whose database is at head, changed by hand then."""
    opened: list[Project] = []

    def make(name: str, *statements: str) -> Project:
        folder = shutil.copytree(PROJECTS / name, tmp_path / name)
        ini = folder / "alembic.ini"
        url = postgresql_url.replace("%", "%%")
        ini.write_text(ini.read_text().replace("sqlite:///live.db", url))
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "heads"], cwd=folder, check=True
        )
        engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()
        opened.append(Project.open(folder))
        return opened[-1]

    yield make
    for project in opened:
        project.close()


def test_entities_are_models_too(at_head: Callable[..., Project]) -> None:
    project = at_head(
        "entities",
        "CREATE OR REPLACE VIEW reachable AS SELECT id, name, email FROM person WHERE id > 0",
        "CREATE VIEW unknown AS SELECT 1 AS one",
    )
    found = find_drift(project)
    named = {(d.kind, d.name): (d.change, d.cause, d.alembic_check) for d in found.differences}
    assert named == {
        ("view", "reachable"): ("changed", "outside-migrations", True),
        ("view", "unknown"): ("added", "outside-migrations", True),
    }
    assert list(found.models) == []
    path = project.root / "entities.py"
    path.write_text(path.read_text().replace("email IS NOT NULL", "id > 0"))
    found = find_drift(project, check_alembic=False)
    causes = {d.name: d.cause for d in found.differences}
    assert causes == {"reachable": "missing-migration", "unknown": "outside-migrations"}


def test_labels_that_are_kept_by_a_plugin_are_no_blind_spot(
    at_head: Callable[..., Project],
) -> None:
    project = at_head("enums", "ALTER TYPE mood ADD VALUE 'ANGRY'")
    found = find_drift(project)
    (only,) = found.differences
    assert (only.kind, only.name, only.alembic_check) == ("enum", "mood", True)
    path = project.root / "models.py"
    path.write_text(path.read_text() + '\n\nPerson.__table__.c.mood.type.enums.append("ANGRY")\n')
    ahead = find_drift(project, check_alembic=False)
    assert [d.cause for d in ahead.differences] == ["missing-migration"]
