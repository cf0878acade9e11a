"""What is there before a project's first revision.

Some projects make a schema by ``create_all`` and let their revisions begin behind it. Alembic needs
the schema of its version table, and revisions that name none the one that they go to. On an empty
database such revisions fail; so whoever runs them from base on makes this first.
"""

from __future__ import annotations

import re
import uuid

from sqlalchemy.schema import CreateSchema

from schema.database import dialect_of, engine_for, translated
from schema.project import Project
from schema.project.project import PATIENCE
from schema.worker.parent import Scratch, describe

__all__ = ["digest_of", "hint", "prepare"]

_MISSING = re.compile(r"no such table|NoSuchTableError|does not exist|doesn't exist")


def prepare(project: Project, database: Scratch) -> None:
    """Make it on an empty scratch database; nothing where the project names none.

    Raises ProjectCodeError when it cannot be imported or made.
    """
    if dialect_of(database.url) == "postgresql":
        _make_schemas(project, database)
    what = project.files.before_base
    if what is not None:
        told = describe(database)
        project.worker.request("before_base", scratch=told, what=what, timeout=PATIENCE)


def _make_schemas(project: Project, database: Scratch) -> None:
    settings = project.settings(with_url=False)
    names = sorted(filter(None, {settings.version_table_schema, settings.default_schema}))
    if not names:
        return
    engine = engine_for(database.url)
    try:
        with translated(database.url), engine.begin() as connection:
            for name in names:
                connection.execute(CreateSchema(name, if_not_exists=True))
    finally:
        engine.dispose()


def digest_of(project: Project, dialect: str) -> str:
    """What stands for all that it makes of a database; "" where there is none."""
    what = project.files.before_base
    if what is None:
        return ""
    memory = project.memory(f"before-base-{dialect}")
    known = memory.recall()
    if known is None:
        told = project.worker.request(
            "before_base_ddl", dialect=dialect, what=what, timeout=PATIENCE
        )
        known = memory.keep(told, told.pop("reading"))
    # Of a function nobody knows what it does: but for its files, each time may be another.
    return known.told["digest"] or known.digest or uuid.uuid4().hex


def hint(project: Project, error: str) -> str:
    """What may help when the first revisions of a project fail; "" where nothing is known."""
    if project.files.before_base is not None or not _MISSING.search(error):
        return ""
    return (
        ". If the project makes tables before its first revision, say by what: "
        "--before-base module:attribute, Project.open(before_base=…), or SCHEMA_BEFORE_BASE."
    )
