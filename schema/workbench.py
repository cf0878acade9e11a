"""The project as a person meets it: what it is, and the questions that one asks of it.

Each question is one line here, and a package of its own below. ``schema.Project`` is this class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema import project

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from schema.catalog import Catalog
    from schema.compare import Differences
    from schema.replay import Progress
    from schema.revisions import RevisionPage
    from schema.timeline import Timeline

__all__ = ["Project"]


class Project(project.Project):
    """An opened Alembic project. ``Project.open`` finds and checks it; no code of it runs then."""

    def timeline(
        self,
        *,
        dialect: str | None = None,
        server: URL | str | None = None,
        on_progress: Progress | None = None,
    ) -> Timeline:
        """The catalog at every revision, and what each did; see ``schema.timeline``.

        Asked again, it is answered from what is known, as far as nothing was edited.
        """
        from schema.timeline import read_timeline

        return read_timeline(self, dialect=dialect, server=server, on_progress=on_progress)

    def at(self, revision: str, *, dialect: str | None = None) -> Catalog:
        """The schema at a revision: what it and its ancestors make. ``base`` is empty."""
        return self.timeline(dialect=dialect).at(revision)

    def between(self, left: str, right: str, *, dialect: str | None = None) -> Differences:
        """What differs between the schemas at two revisions; ``left`` is what is expected."""
        return self.timeline(dialect=dialect).between(left, right)

    def revision(self, revision: str, *, dialect: str | None = None) -> RevisionPage:
        """All that is known of one revision: what it says, did to the schema and does to data."""
        from schema.revisions import read_revision

        return read_revision(self, revision, dialect=dialect)
