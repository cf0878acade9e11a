"""The SQL of a revision for each kind of database, as ``alembic upgrade --sql`` would write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from schema.errors import WorkbenchError
from schema.project import Project

__all__ = ["DIALECTS", "RevisionSql", "read_sql"]

#: The kinds of databases that SQL is told for.
DIALECTS = ("sqlite", "postgresql", "mariadb")


@dataclass(frozen=True, slots=True)
class RevisionSql:
    """The statements of one revision in one direction on one kind of database.

    ``why`` is None when they are all; else why they end early: the revision asks the database (it
    reads rows, or looks at a table before it copies it), or does not work on this kind.
    ``is_failed``: there are none, as the project's code or the revision's file could not be run.
    """

    dialect: str
    direction: str
    statements: tuple[str, ...]
    why: str | None = None
    is_failed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {**asdict(self), "statements": list(self.statements)}


def read_sql(
    project: Project, revision: str, dialects: Sequence[str] = DIALECTS
) -> tuple[RevisionSql, ...]:
    """The SQL of a revision, up and down, for each dialect. No database is opened.

    Where the project's code cannot be run, each is marked as failed, and says why.
    """
    return tuple(item for dialect in dialects for item in _of(project, revision, dialect))


def _of(project: Project, revision: str, dialect: str) -> Iterator[RevisionSql]:
    directions = ("up", "down")
    try:
        told = project.offline_sql([(revision, each) for each in directions], dialect)
    except WorkbenchError as error:
        for direction in directions:
            yield RevisionSql(dialect, direction, (), str(error), is_failed=True)
        return
    for direction, (statements, why) in zip(directions, told, strict=True):
        yield RevisionSql(dialect, direction, statements, why)
