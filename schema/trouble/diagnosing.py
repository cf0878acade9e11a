"""The diagnosis: config, files, graph, code, database, stamp and heads, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schema.database import show_url
from schema.errors import ConfigError, DatabaseError, UrlError, WorkbenchError
from schema.history import History, RevisionFile, read_history
from schema.history.files import revision_paths
from schema.history.remembered import read_files
from schema.locate import locate
from schema.project import Project, workbench_command
from schema.replay import Progress
from schema.trouble.databases import database_trouble
from schema.trouble.files import Explained, broken_files, passed_by
from schema.trouble.graph import graph_troubles, missing_in
from schema.trouble.halfway import BesideStamp
from schema.trouble.heads import heads_trouble
from schema.trouble.packages import import_trouble
from schema.trouble.past import Past
from schema.trouble.settings import config_trouble, interpolation_trouble
from schema.trouble.stamps import stamp_troubles, wrong_stamp
from schema.trouble.standing import Standing, read_standing
from schema.trouble.values import KINDS, Diagnosis, Trouble, to_type
from schema.wording import counted

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["diagnose", "diagnose_project", "not_opened"]


def diagnose(
    config: str | Path | None = None,
    *,
    on_progress: Progress | None = None,
    **options: Any,  # noqa: ANN401 -- those of Project.open, by their names
) -> Diagnosis:
    """What is wrong with a project or its database, what is known of it, and what to do.

    Takes what ``Project.open`` takes, and does not raise where that does: a config that cannot be
    used is a trouble like others. The project's files and its database are only read; what has to
    be tried is tried on copies and scratch databases.
    """
    try:
        project = Project.open(config, **options)
    except (ConfigError, UrlError) as error:
        return not_opened(error, config)
    with project:
        return diagnose_project(project, on_progress=on_progress)


def not_opened(error: ConfigError | UrlError, config: str | Path | None = None) -> Diagnosis:
    """The diagnosis of a project that ``Project.open`` refuses for this reason."""
    if isinstance(error, UrlError):
        return Diagnosis((database_trouble(error, None),), ("the URL",))
    return Diagnosis((config_trouble(error, config),), ("the config",))


def diagnose_project(
    project: Project, *, is_quick: bool = False, on_progress: Progress | None = None
) -> Diagnosis:
    """The same for a project that could be opened.

    ``is_quick``: nothing is replayed, rehearsed, or asked of other interpreters.
    """
    return _Doctor(project, is_quick, on_progress).diagnosis()


#: Kinds of which Git could tell more.
_OF_GIT = {"compiled-only", "missing-parent", "missing-revision", "id-used-twice", "circle",
           "two-heads"}  # fmt: skip


class _Doctor:
    """One diagnosis under way."""

    def __init__(self, project: Project, is_quick: bool, on_progress: Progress | None) -> None:
        self._project = project
        self._is_quick = is_quick
        self._on_progress = on_progress
        self._past = Past(project)
        self._troubles: list[Trouble] = []
        self._looked_at: list[str] = []
        self._notes: list[str] = []

    def diagnosis(self) -> Diagnosis:
        project = self._project
        history = read_history(project)
        self._looked_at.append(f"{counted(len(history), 'revision')} in files")
        standing = self._standing() if self._code() else None
        explained = self._files(history, standing)
        can_run = history.problems or self._imports(history)
        if standing is not None and can_run:
            self._stamp(standing, history, explained)
        found = heads_trouble(project, history, self._past, is_quick=self._is_quick,
                              on_progress=self._on_progress)  # fmt: skip
        self._troubles += [found] if found is not None else []
        if self._past.note and any(item.kind in _OF_GIT for item in self._troubles):
            self._notes.append(self._past.note)
        order = list(KINDS)
        self._troubles.sort(key=lambda item: (not item.blocks, order.index(item.kind)))
        return Diagnosis(tuple(self._troubles), tuple(self._looked_at), tuple(self._notes))

    # -- code ----------------------------------------------------------------------------------

    def _code(self) -> bool:
        """Whether env.py runs."""
        try:
            self._project.settings()
        except WorkbenchError as error:
            self._troubles.append(_of_code(self._project, error))
            self._notes.append("the database was not looked at, as env.py says how to read it")
            return False
        self._looked_at.append("env.py and what it imports")
        return True

    def _imports(self, history: History) -> bool:
        """Whether all revision files can be loaded, as Alembic does it each time."""
        if self._is_quick or any(item.kind == "missing-package" for item in self._troubles):
            return True
        for revision in history:
            try:
                self._project.revision_values(revision.path)
            except WorkbenchError as error:
                self._troubles.append(_of_code(self._project, error))
                return False  # Alembic, too, stops at the first
        return True

    # -- files ---------------------------------------------------------------------------------

    def _files(self, history: History, standing: Standing | None) -> set[str]:
        """Troubles of files and of the graph; the revisions that are missing because of files."""
        project = self._project
        files = self._read()
        known = {file.id for file in files}
        stamp = standing.stamp if standing is not None else ()
        wanted = {*missing_in(files), *(name for name in stamp if name not in known)}
        if not wanted and not history.problems:
            found = passed_by(project, known, ())
        else:
            broken = broken_files(project, wanted, has_git=self._past.has_git)
            found = [*(broken if history.problems else ()), *passed_by(project, known, wanted)]
        for each in found:
            self._troubles.append(_with_stamp(each, stamp))
        explained = {each.revision for each in found if each.revision is not None}
        self._troubles += graph_troubles(project, files, self._past, explained, history)
        return explained

    def _read(self) -> list[RevisionFile]:
        project = self._project
        recursive = project.recursive_version_locations
        paths = revision_paths(project.version_locations, recursive=recursive)
        return read_files(paths, project.revision_values)[0]

    # -- the database --------------------------------------------------------------------------

    def _standing(self) -> Standing | None:
        """Where the database stands; None where it cannot be read, or none is named."""
        url: URL | None = None
        try:
            url = self._project.database_url()
            standing = read_standing(self._project, url)
        except ConfigError as error:
            self._notes.append(f"no database was looked at: {error}")
            return None
        except DatabaseError as error:
            self._troubles.append(database_trouble(error, url, self._project))
            return None
        except WorkbenchError as error:
            self._troubles.append(_of_code(self._project, error))
            return None
        self._looked_at.append(f"the database {show_url(url)}")
        return standing

    def _stamp(self, standing: Standing, history: History, explained: set[str]) -> None:
        if set(standing.stamp) & explained:
            return  # a trouble with a file tells of it
        before = len(self._troubles)
        self._troubles += stamp_troubles(
            self._project, standing, history, self._past, is_quick=self._is_quick,
            on_progress=self._on_progress,
        )  # fmt: skip
        is_sound = len(self._troubles) == before and not history.problems and standing.stamp
        if is_sound and not self._is_quick and history:
            self._truth(standing, history)

    def _truth(self, standing: Standing, history: History) -> None:
        """Whether the schema is what the stamp says: if not, is it a step half done, or another?"""
        told = self._on_progress
        try:
            beside = BesideStamp(self._project, standing, history, told)
            if not beside.left:
                return
            found = beside.half_applied()
            if found is None:
                location = locate(self._project, standing.url, on_progress=told)
                found = wrong_stamp(standing, location)
        except WorkbenchError as error:
            self._notes.append(f"whether the schema is what the stamp says is not known: {error}")
            return
        if found is not None:
            self._troubles.append(found)
        else:
            objects = counted(len(beside.left), "object")
            self._notes.append(
                f"the database differs from its stamp in {objects}, which is drift and no trouble "
                "of these: schema drift"
            )


def _of_code(project: Project, error: WorkbenchError) -> Trouble:
    found = import_trouble(project, error) or interpolation_trouble(error)
    if found is not None:
        return found
    details = workbench_command(project, "--details", "current")
    advice = to_type("Where in the code it happened, with what it printed:", details)
    return Trouble("project-code", str(error), (), (advice,))


def _with_stamp(found: Explained, stamp: Sequence[str]) -> Trouble:
    """The trouble of a file, with a word on the database where that is stamped with it."""
    if found.revision is None or found.revision not in stamp:
        return found.trouble
    said = f"The database is stamped with that revision, {found.revision}."
    return replace(found.trouble, known=(*found.trouble.known, said), blocks=True)
