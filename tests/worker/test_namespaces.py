"""Which schemas env.py means, told without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema.project import Project
from schema.worker.namespaces import Namespaces, path_of_arguments, path_of_statements

ENV = """
from alembic import context
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, inspect, text

metadata = MetaData()
Table("person", metadata, Column("id", Integer, primary_key=True), schema={schema!r})
engine = create_engine("postgresql+psycopg://nobody@nowhere/nothing"{options})
{before}
with engine.connect() as connection:
    {then}
    context.configure(connection=connection, target_metadata=metadata{more})
    context.run_migrations()
"""

LISTENER = """
@event.listens_for(engine, "connect")
def choose(connection, record):
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO acme, public")
"""


@pytest.mark.parametrize(
    ("statement", "default"),
    [
        ("SET search_path TO acme", "acme"),
        ('set session search_path = "Acme Corp", public;', "Acme Corp"),
        ("SET LOCAL search_path TO 'acme'", "acme"),
        ('SET search_path TO "$user", ACME', "acme"),
        ("SELECT pg_catalog.set_config('search_path', 'acme', false)", "acme"),
        ("SET search_path TO public, acme", None),
        ("SET search_path TO DEFAULT", None),
        ("SELECT 1", None),
        ('SET search_path TO "a""b, c"', 'a"b, c'),
    ],
)
def test_the_first_schema_of_a_search_path_is_the_default(
    statement: str, default: str | None
) -> None:
    assert Namespaces(path_of_statements([statement])).default == default


def test_a_driver_is_given_a_search_path_in_several_ways() -> None:
    assert path_of_arguments({"options": "-c statement_timeout=5s -csearch_path=acme"}) == "acme"
    assert path_of_arguments({"options": "-c search_path=acme,\\ public"}) == "acme, public"
    assert path_of_arguments({"server_settings": {"search_path": "acme"}}) == "acme"
    assert path_of_arguments({"host": "search_path=acme"}) is None


def test_a_map_of_schemas_is_followed() -> None:
    found = Namespaces(None, {"tenant": "acme"})
    assert (found.default, found.real("tenant"), found.real("other")) == (None, "acme", "other")
    assert Namespaces(None, {None: "acme"}).default == "acme"


@pytest.mark.parametrize(
    ("how", "default", "schemas", "version_schema"),
    [
        ({"then": "connection.execute(text('SET search_path TO acme'))"}, "acme", (), "acme"),
        ({"before": LISTENER}, "acme", (), "acme"),
        (
            {"options": ", connect_args={'options': '-csearch_path=acme'}"}, "acme", (), "acme"
        ),
        (
            {"schema": "tenant", "more": ", version_table_schema='tenant'",
             "then": "connection = connection.execution_options("
                     "schema_translate_map={'tenant': 'acme'})"},
            None, ("acme",), "acme",
        ),
        ({"schema": "acme"}, None, ("acme",), None),
    ],
)  # fmt: skip
def test_env_py_tells_its_schemas_without_a_database(
    tmp_path: Path,
    how: dict[str, str],
    default: str | None,
    schemas: tuple[str, ...],
    version_schema: str | None,
) -> None:
    told = {"schema": None, "options": "", "before": "", "then": "pass", "more": "", **how}
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV.format(**told))
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = .\n")
    with Project.open(tmp_path / "alembic.ini") as project:
        settings = project.settings()
    assert settings.default_schema == default
    assert settings.schemas == schemas
    assert settings.version_table_schema == version_schema


@pytest.mark.postgresql
def test_env_py_that_asks_the_database_first_tells_its_search_path(tmp_path: Path) -> None:
    then = (
        "assert inspect(connection).get_schema_names()\n"
        "    connection.execute(text('SET search_path TO acme, public'))"
    )
    told = {"schema": None, "options": "", "before": "", "then": then, "more": ""}
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV.format(**told))
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = .\n")
    with Project.open(tmp_path / "alembic.ini") as project:
        assert project.settings().default_schema == "acme"
