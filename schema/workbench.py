"""The project as a person meets it: what it is, and the questions that one asks of it.

Each question is one line here, and a package of its own below. ``schema.Project`` is this class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from schema import project

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import URL

    from schema.authoring import Draft, Heads
    from schema.biography import Biography, Chronicle, Dropped
    from schema.catalog import Catalog
    from schema.compare import Differences
    from schema.diagram import Diagram
    from schema.oddities import Oddities
    from schema.replay import Progress
    from schema.revisions import RevisionPage
    from schema.tables import Documentation, Found, Models, Searcher, TablePage
    from schema.timeline import Timeline
    from schema.tour import Tour
    from schema.trouble import Diagnosis

__all__ = ["Project"]


class Project(project.Project):
    """An opened Alembic project. ``Project.open`` finds and checks it; no code of it runs then."""

    _searcher: Searcher | None = None

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

    def heads(self, *, on_progress: Progress | None = None) -> Heads:
        """The heads: who made each, which tables it touches, and whether their order matters."""
        from schema.authoring import read_heads

        return read_heads(self, on_progress=on_progress)

    def draft(self, *, on_progress: Progress | None = None) -> Draft:
        """A copy of the project's files in which one makes its next revision, safely."""
        from schema.authoring import Draft

        return Draft.start(self, on_progress=on_progress)

    def between(self, left: str, right: str, *, dialect: str | None = None) -> Differences:
        """What differs between the schemas at two revisions; ``left`` is what is expected."""
        return self.timeline(dialect=dialect).between(left, right)

    def revisions(self) -> pd.DataFrame:
        """One row a revision, newest first, with where the database stands, if that is known."""
        from schema.revisions import revisions_frame

        return revisions_frame(self)

    def revision(self, revision: str, *, dialect: str | None = None) -> RevisionPage:
        """All that is known of one revision: what it says, did to the schema and does to data."""
        from schema.revisions import read_revision

        return read_revision(self, revision, dialect=dialect)

    def diagram(
        self,
        at: str | None = None,
        since: str | None = None,
        focus: str | Iterable[str] | None = None,
        distance: int = 1,
        *,
        around: int | None = 1,
        implied: bool = True,
        detail: str | None = None,
        dialect: str | None = None,
    ) -> Diagram:
        """The tables and their relations as a picture; see ``schema.diagram``.

        ``at`` is a revision, ``live`` or ``models``; None is what is known best (see
        ``schema.known``). ``since`` is a revision: what changed from it is marked, and shown with
        what is ``around`` it. ``focus`` names tables around which to show what is near.
        """
        from schema.diagram import diagram_between, diagram_of
        from schema.known import known_catalog

        known = known_catalog(self, at, dialect=dialect)
        if since is None:
            return diagram_of(
                known.catalog, focus=focus, distance=distance, implied=implied, detail=detail,
                title=known.source, notes=known.notes,
            )  # fmt: skip
        kind = known.catalog.dialect
        before = known_catalog(self, since, dialect=kind)
        are_revisions = not {at, since} & {None, "live", "models"}
        between = self.between(since, str(at), dialect=kind) if are_revisions else None
        return diagram_between(
            before.catalog, known.catalog, focus=focus, distance=distance, around=around,
            implied=implied, detail=detail, title=f"from {before.source} to {known.source}",
            notes=(*before.notes, *known.notes), differences=between,
        )  # fmt: skip

    def biography(
        self, name: str, *, kind: str | None = None, dialect: str | None = None
    ) -> Biography:
        """Every revision that made, changed, renamed or dropped what is called so.

        ``name`` is as people type it: ``users``, ``users.role``, an index's; also a former one.
        """
        from schema.biography import biography_of

        return biography_of(self.timeline(dialect=dialect), name, kind=kind)

    def oddities(self, *, both: bool = True, dialect: str | None = None) -> Oddities:
        """What each revision really does, where that is not what it says.

        Each is tried up and down on a scratch database, and with ``both`` on the other kind of
        database too.
        """
        from schema.oddities import oddities_of

        return oddities_of(self, self.timeline(dialect=dialect), both=both)

    def dropped(self, *, dialect: str | None = None) -> Dropped:
        """Everything that revisions made and dropped again."""
        from schema.biography import dropped_of

        return dropped_of(self.timeline(dialect=dialect))

    def chronicle(self, *, dialect: str | None = None) -> Chronicle:
        """Tables and columns over all revisions, the busiest tables, and who changed what when."""
        from schema.biography import chronicle_of

        return chronicle_of(self.timeline(dialect=dialect))

    def with_revisions_from(self, name: str) -> AbstractContextManager[Project]:
        """The same project with the revision files of a branch, tag or commit: for a ``with``.

        For a database that is ahead of what is checked out. Nothing is checked out.
        """
        from schema.archaeology import with_revisions_from

        return with_revisions_from(self, name)

    def diagnose(self, *, on_progress: Progress | None = None) -> Diagnosis:
        """What is wrong with the project or its database, what is known of it, and what to do.

        For a project that cannot even be opened, there is ``schema.diagnose``.
        """
        from schema.trouble import diagnose_project

        return diagnose_project(self, on_progress=on_progress)

    def tour(self, *, on_progress: Progress | None = None) -> Tour:
        """The schema from its centre outwards: which table to look at first, and why."""
        from schema.tour import read_tour

        return read_tour(self, on_progress=on_progress)

    def table(
        self,
        name: str,
        *,
        count: bool = False,
        sample: int = 5,
        masked: bool = True,
        biography: bool = True,
        on_progress: Progress | None = None,
    ) -> TablePage:
        """All that is known of one table, in the database, the models and the revisions.

        ``name`` may be that of its class. No row is read but the ``sample``, whose values are
        ``masked``; ``count`` reads all of them. See ``schema.tables.table_page``.
        """
        from schema.tables import table_page

        return table_page(self, name, biography=biography, count=count, sample=sample,
                          masked=masked, on_progress=on_progress)  # fmt: skip

    def models(self) -> Models:
        """The project's models: classes, attributes, relationships. No database is opened."""
        from schema.tables import read_models

        return read_models(self)

    def documentation(self, at: str | None = None) -> Documentation:
        """What of the schema is documented, in database and models, and what is not."""
        from schema.tables import project_documentation

        return project_documentation(self, at)

    def search(self, words: str | Sequence[str], *, dropped: bool = False) -> Found:
        """Tables, columns, comments, revisions … that have all of these words, the best first.

        ``dropped``: also what revisions have dropped. Of a live database, what is known is at most
        a minute old.
        """
        from schema.tables import Searcher

        if self._searcher is None:
            self._searcher = Searcher(self)
        return self._searcher.search(words, dropped=dropped)
