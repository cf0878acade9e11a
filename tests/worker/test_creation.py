"""Models are created in few round trips, and as ``create_all`` would where that cannot be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schema.catalog import read_catalog
from schema.errors import ProjectCodeError
from schema.project import Project
from schema.scratch import ScratchDatabase

OpenProject = Callable[[str], Project]

ASKING = """
from sqlalchemy import event, text
@event.listens_for(metadata, "after_create")
def fill(target, connection, **options):
    if connection.execute(text("SELECT 1")).scalar() == 1:
        connection.execute(text("CREATE TABLE asked (id INTEGER)"))
"""
SAYING = """
from sqlalchemy import DDL, event
event.listen(metadata, "after_create", DDL("CREATE VIEW everybody AS SELECT '100%%' AS a"))
"""


def with_models(project: Project, more: str) -> Project:
    path = project.root / "models.py"
    path.write_text(path.read_text() + "\nmetadata = Base.metadata\n" + more)
    return project


def test_the_ddl_is_known_before_there_is_a_database(open_project: OpenProject) -> None:
    project = open_project("generic")
    first = project.ddl_digest("sqlite")
    assert first is not None
    assert project.ddl_digest("sqlite") == first
    with_models(project, "\n# a comment changes nothing\n")
    assert project.ddl_digest("sqlite") == first
    with_models(project, "\nimport sqlalchemy\nsqlalchemy.Table('more', metadata)\n")
    assert project.ddl_digest("sqlite") != first


def test_ddl_of_a_listener_is_part_of_it(
    open_project: OpenProject, scratch: ScratchDatabase
) -> None:
    project = open_project("generic")
    without = project.ddl_digest("sqlite")
    with_models(project, SAYING)
    assert project.ddl_digest("sqlite") not in (without, None)
    project.materialise(scratch)
    [view] = read_catalog(scratch.url).of_kind("view")
    assert "100%" in str(view.properties)
    assert "100%%" not in str(view.properties)


def test_models_that_ask_the_database_are_created_as_usual(
    open_project: OpenProject, scratch: ScratchDatabase
) -> None:
    project = with_models(open_project("generic"), ASKING)
    assert project.ddl_digest("sqlite") is None
    project.materialise(scratch)
    tables = {item.name for item in read_catalog(scratch.url).of_kind("table")}
    assert tables == {"person", "asked"}


def test_models_that_fail_are_told_as_create_all_tells(
    open_project: OpenProject, scratch: ScratchDatabase
) -> None:
    wrong = "\nfrom sqlalchemy import DDL, event\n"
    wrong += "event.listen(metadata, 'after_create', DDL('CREATE NONSENSE'))\n"
    project = with_models(open_project("generic"), wrong)
    with pytest.raises(ProjectCodeError, match=r"models cannot be created.*NONSENSE"):
        project.materialise(scratch)


@pytest.mark.postgresql
def test_models_are_created_on_postgresql_in_one_transaction(
    open_project: OpenProject, postgresql_scratch: ScratchDatabase
) -> None:
    more = "\nimport sqlalchemy as sa\n"
    more += "sa.Table('kinds', metadata, sa.Column('kind', sa.Enum('a', 'b%', name='kind')),\n"
    more += "         sa.CheckConstraint(\"kind::text <> '50%'\", name='ck'), schema='apart')\n"
    project = with_models(open_project("generic"), more)
    project.materialise(postgresql_scratch)
    found = read_catalog(postgresql_scratch.url)
    [enum] = found.of_kind("enum")
    assert enum.properties["labels"] == ("a", "b%")
    [check] = found.of_kind("check")
    assert "'50%'" in str(check.properties["expression"])
    assert "apart" in {item.name for item in found.of_kind("schema")}
