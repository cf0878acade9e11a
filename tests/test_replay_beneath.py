"""Models that need what only the migrations make, and revisions that a server cannot run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.errors import ProjectCodeError
from schema.project import Project
from schema.replay import materialised
from schema.timeline import read_timeline

PROJECTS = Path(__file__).resolve().parent / "projects"
pytestmark = pytest.mark.postgresql

MODELS = """
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True, server_default=sa.text("next_number()"))
    mood = sa.Column(ENUM("calm", "happy", name="mood", create_type=False))
"""

REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "a1", None

def upgrade():
    op.execute("CREATE TYPE mood AS ENUM ('calm', 'happy')")
    op.execute("CREATE FUNCTION next_number() RETURNS integer LANGUAGE sql AS 'SELECT 7'")
    op.execute("CREATE TABLE person (id integer PRIMARY KEY DEFAULT next_number(), mood mood)")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "people"
    shutil.copytree(PROJECTS / "extensions", copied)
    return copied


def test_what_models_need_and_do_not_make_is_made_for_them(
    folder: Path, postgresql_server: str
) -> None:
    (folder / "models.py").write_text(MODELS)
    for path in (folder / "migrations" / "versions").glob("*.py"):
        path.unlink()
    (folder / "migrations" / "versions" / "a1.py").write_text(REVISION)
    with Project.open(folder) as project:
        server = sa.make_url(postgresql_server)
        found = materialised(project, "postgresql", server=server)
        assert [item.name for item in found.of_kind("table")] == ["person"]
        assert [item.name for item in found.of_kind("enum")] == ["mood"]
        assert not list(found.of_kind("function")), "the migrations' own, and not the models'"
        assert found == materialised(project, "postgresql", server=server)


def test_models_that_nothing_can_help_say_what_they_lack(
    folder: Path, postgresql_server: str
) -> None:
    (folder / "models.py").write_text(MODELS)
    with (
        Project.open(folder) as project,
        pytest.raises(ProjectCodeError, match=r"mood|next_number"),
    ):
        materialised(project, "postgresql", server=sa.make_url(postgresql_server))


def test_an_extension_that_is_not_there_is_said_and_the_rest_is_shown() -> None:
    with Project.open(PROJECTS / "extension_missing") as project:
        found = read_timeline(project, dialect="postgresql")
    assert [step.id for step in found.failed] == ["b2"]
    said = found.step("b2").failure
    assert said is not None
    assert '"postgis" is not available' in said
    assert "comes without postgis" in said
    assert "--server" in said
    assert "\n" not in said
    assert found.step("c3").summary == "1 added"
    columns = {item.name for item in found.at("heads").of_kind("column")}
    assert columns == {"id", "name", "email"}
