"""One project of many years, on each minor version of Alembic from 1.8 to the newest.

The oldest go with SQLAlchemy 1.3, the newest with 2.1. What is expected is the same everywhere.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema import Draft, Project, Rehearsal, find_drift, read_current, read_history
from schema.errors import ConfigError
from tests.versions.environments import Pins, found_pins

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "tests" / "projects" / "veteran"

REVISIONS = ["v1", "v2", "v3", "v4"]
PINS = found_pins("alembic-*.txt")
#: The oldest and the newest are tried every day, those between them at length.
EVERY = [
    pytest.param(pins, id=pins.path.stem, marks=[] if end else pytest.mark.slow)
    for pins in PINS
    for end in [pins in (PINS[0], PINS[-1])]
]
ROWS = (
    "INSERT INTO ship (id, name, tons) VALUES (1, 'Ada', 200)",
    "INSERT INTO voyage (id, ship_id, harbour, fare, state) VALUES (1, 1, 'Kiel', 12, 'planned')",
)


@pytest.mark.parametrize("pins", EVERY)
def test_a_project_of_any_version_is_read_compared_and_rehearsed(pins, open_veteran):
    veteran = open_veteran(pins.python())
    project = veteran.project
    versions = project.told().told["versions"]
    assert versions["alembic"] == pins.version("alembic")
    assert versions["sqlalchemy"] == pins.version("sqlalchemy")

    assert [revision.id for revision in read_history(project)] == REVISIONS[::-1]
    assert {each.table for each in project.models().classes} == {"ship", "voyage"}
    counts = [len(step.differences) for step in project.timeline().steps]
    assert counts == [2, 4, 4, 0]

    veteran.alembic("upgrade", "head")
    run(veteran.url, *ROWS)
    assert read_current(project) == ("v4",)
    check_drift(veteran)
    check_rehearsal(veteran)
    assert rows(veteran.url) == [("Ada", 200, "Kiel", 12)]  # the original stayed as it was
    check_new_revision(project)


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def rows(url: str) -> list[tuple[object, ...]]:
    """What is in the live database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    query = "SELECT name, tons, harbour, fare FROM ship JOIN voyage ON ship_id = ship.id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def check_drift(veteran) -> None:
    """None at first; a table made by hand is found, and nothing beside it."""
    clean = find_drift(veteran.project, veteran.url)
    assert (list(clean.differences), list(clean.notes)) == ([], [])
    run(veteran.url, "CREATE TABLE extra (id INTEGER)")
    changed = find_drift(veteran.project, veteran.url)
    tables = [(item.name, item.cause) for item in changed.differences if item.kind == "table"]
    assert tables == [("extra", "outside-migrations")]
    run(veteran.url, "DROP TABLE extra")


def check_rehearsal(veteran) -> None:
    """All the way down and up again, on a copy with its rows."""
    with Rehearsal.start(veteran.project, veteran.url) as rehearsal:
        rehearsal.run_to("v1")
        rehearsal.run_to("heads")
        steps = [(step.revision, step.direction, step.error) for step in rehearsal.steps]
        down = [(name, "down", None) for name in REVISIONS[:0:-1]]
        assert steps == [*down, *((name, "up", None) for name in REVISIONS[1:])]
        assert all(step.statements for step in rehearsal.steps)
        assert rehearsal.current == ("v4",)
        rehearsal.close(drop=True)


def check_new_revision(project) -> None:
    """Written by the project's own Alembic for a column that was added to the models."""
    with Draft.start(project) as draft:
        (models,) = draft.models
        tons = "    tons = sa.Column"
        flag = "    flag = sa.Column(sa.String(3))\n"
        draft.edit(models, draft.text(models).replace(tons, flag + tons))
        reading = draft.autogenerate("flags")
    assert "add_column(sa.Column('flag', sa.String(length=3), nullable=True))" in reading.text
    assert "drop_column('flag')" in reading.text
    assert reading.warnings == ()


@pytest.mark.parametrize("pins", PINS[:1], ids=lambda pins: pins.path.stem)
def test_a_version_that_cannot_read_the_config_says_so(pins, tmp_path):
    folder = shutil.copytree(PROJECT, tmp_path / "veteran")
    (folder / "alembic.ini").unlink()
    (folder / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "migrations"\n')
    with (
        Project.open(folder, python=pins.python()) as project,
        pytest.raises(ConfigError, match=r"cannot read its config from pyproject\.toml") as caught,
    ):
        project.settings()
    assert f"Alembic {pins.version('alembic')} in " in str(caught.value)


def test_the_document_lists_the_versions_that_are_tried():
    text = (ROOT / "docs" / "versions.md").read_text()
    listed = re.findall(r"^\| (\d[\d.]+) \| (\d[\d.]+) \| (\d\.\d+) \|", text, re.M)
    pins = [Pins(path) for path in sorted((Path(__file__).parent / "pins").glob("*.txt"))]
    tried = [(each.version("alembic"), each.version("sqlalchemy"), each.wanted[0]) for each in pins]
    assert sorted(listed) == sorted(tried)


SERVERS = [
    (pins, driver)
    for pins in PINS
    for name, driver in (
        ("alembic-1.8", "psycopg2"),
        ("alembic-1.9", "pg8000"),
        ("alembic-1.16", "psycopg2"),
        ("alembic-1.20", "psycopg"),
    )
    if pins.path.stem == name
]


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.parametrize(("pins", "driver"), SERVERS)
def test_the_same_project_on_postgresql(pins, driver, open_veteran, postgresql_url):
    url = sa.make_url(postgresql_url)
    own = url.set(drivername=f"postgresql+{driver}")
    if driver == "pg8000":  # it has a word of its own for the folder of a socket
        folder = url.query.get("host") or url.host
        own = own.set(host=None, query={"unix_sock": f"{folder}/.s.PGSQL.{url.port or 5432}"})
    veteran = open_veteran(
        pins.python(), url=postgresql_url, own=own.render_as_string(hide_password=False)
    )
    veteran.alembic("upgrade", "head")
    run(veteran.url, *ROWS)
    assert read_current(veteran.project) == ("v4",)
    check_drift(veteran)
    check_rehearsal(veteran)
    assert rows(veteran.url) == [("Ada", 200, "Kiel", 12)]
    check_new_revision(veteran.project)
