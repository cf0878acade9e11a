"""The project as a person meets it: what it is, and the questions that one asks of it.

Each question is one line here, and a package of its own below. ``schema.Project`` is this class.
"""

from __future__ import annotations

from schema import project

__all__ = ["Project"]


class Project(project.Project):
    """An opened Alembic project. ``Project.open`` finds and checks it; no code of it runs then."""
