"""Several heads, as when two people write a revision on one parent: shown, and brought together.

They are merged by a revision of their own (``Draft.merge``), or one of them is put after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from schema import before_base, scratch
from schema.authoring.changes import Change, Changes
from schema.authoring.ground import Progress, kind_of
from schema.authoring.rehearsing import OPTIONS, fill_up
from schema.authoring.source import reparented
from schema.compare import Differences
from schema.display import Displayed
from schema.errors import ConfigError, DatabaseError, RevisionError, WorkbenchError
from schema.git import Repository
from schema.history import History, Revision, read_current, read_history
from schema.project import Project
from schema.python_text import read_source
from schema.rehearsal import Orders, Rehearsal
from schema.scratch import WHOLE, Choice
from schema.timeline import Timeline, read_timeline

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Branch", "Heads", "Reparented", "read_heads"]


@dataclass(frozen=True)
class Branch:
    """One head with the revisions that no other head has, oldest first.

    ``author`` and ``commit`` are Git's of the head's file, None without Git; ``tables`` are those
    that its revisions touched; ``differences`` what they did, ``failure`` why one could not be run.
    """

    head: str
    revisions: tuple[Revision, ...]
    author: str | None
    commit: str | None
    tables: tuple[str, ...]
    differences: Differences
    failure: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "head": self.head,
            "revisions": [item.to_dict() for item in self.revisions],
            "author": self.author,
            "commit": self.commit,
            "tables": list(self.tables),
            "differences": self.differences.to_list(),
            "failure": self.failure,
        }


@dataclass(frozen=True)
class Reparented(Displayed):
    """A revision put after another head: the diff of its file, and what that means."""

    title: str
    changes: Changes
    means: tuple[str, ...]

    @property
    def text(self) -> str:
        """The file's new text."""
        return self.changes.files[0].after

    def __repr__(self) -> str:
        return "\n".join([f"<{self.title}>", *(f"  {said}" for said in self.means)])


@dataclass(frozen=True)
class Heads(Displayed):
    """The heads of a project. ``orders`` is what a rehearsal of both orders found, None before.

    ``stamp`` is the live database's, None where it could not be read; ``notes`` what else to know.
    """

    project: Project
    branches: tuple[Branch, ...]
    stamp: tuple[str, ...] | None
    orders: Orders | None = None
    notes: tuple[str, ...] = ()

    def __getitem__(self, head: str) -> Branch:
        """The branch of a head, by the beginning of its id. Raises RevisionError."""
        found = [item for item in self.branches if item.head.startswith(head)]
        if len(found) != 1:
            names = ", ".join(item.head for item in self.branches)
            raise RevisionError(f"{head!r} is none of the heads, or several: {names}.")
        return found[0]

    @property
    def shared_tables(self) -> tuple[str, ...]:
        """The tables that more than one branch touches."""
        tables = [name for item in self.branches for name in item.tables]
        return tuple(sorted({name for name in tables if tables.count(name) > 1}))

    @property
    def verdict(self) -> str:
        """One sentence."""
        if len(self.branches) < 2:
            return "one head: there is nothing to merge"
        shared = ", ".join(self.shared_tables)
        touched = f"they touch the same tables: {shared}" if shared else "they touch other tables"
        rehearsed = f"; rehearsed, {self.orders.verdict}" if self.orders is not None else ""
        return f"{len(self.branches)} heads; {touched}{rehearsed}"

    def __repr__(self) -> str:
        lines = [
            f"  {item.head} by {item.author or 'an unknown author'}: {', '.join(item.tables)}"
            for item in self.branches
        ]
        return "\n".join([f"<Heads: {self.verdict}>", *lines])

    def rehearse(
        self,
        url: URL | str | None = None,
        *,
        choice: Choice = WHOLE,
        rows: int = 200,
        made_up: bool = False,
        on_progress: Progress | None = None,
    ) -> Heads:
        """The same, with both orders run on a copy with data; the copy is dropped.

        It is one of the database behind ``url``, by default the live one, if none of the heads is
        applied there; else, where it cannot be read, and with ``made_up``, one with ``rows``
        made-up rows a table. Raises RevisionError when there are not two heads.
        """
        told = on_progress or _silent
        if len(self.branches) < 2:
            raise RevisionError("There is one head only: no order is to be tried.")
        notes: list[str] = []
        live = None if made_up else self._on_live(url, choice, told, notes)
        rehearsal = live or self._on_made_up(rows, told, notes)
        try:
            told(0, 1, "rehearsing both orders")
            orders = rehearsal.both_orders()
        finally:
            rehearsal.close(drop=True)
        return replace(self, orders=orders, notes=tuple(notes))

    def reparented(self, head: str, onto: str) -> Reparented:
        """The alternative to a merge: the branch of ``head`` comes after the head ``onto``.

        Nothing is written. Raises RevisionError.
        """
        moved, other = self[head], self[onto]
        if moved.head == other.head or not moved.revisions:
            raise RevisionError(f"{head!r} cannot come after {onto!r}.")
        first = moved.revisions[0]
        before = read_source(first.path)
        after = reparented(before, first.parents, (other.head,))
        root = self.project.root
        inside = first.path.is_relative_to(root)
        name = str(first.path.relative_to(root)) if inside else str(first.path)
        changes = Changes((Change(name, before, after),))
        return Reparented(
            f"{first.id} comes after {other.head}", changes, tuple(self._means(moved, other))
        )

    def _means(self, moved: Branch, other: Branch) -> Iterator[str]:
        """What becomes of databases by their stamps."""
        yield "The history is one line again, and no merge revision is needed."
        yield f"A database that has neither, or {other.head} alone, is simply upgraded."
        yield (
            f"A database that has {moved.head} but not {other.head} will never get {other.head}: "
            "its stamp then claims that it has it. Downgrade it first, or apply that by hand."
        )
        yield (
            "A database that has both bears two stamps, of which one includes the other: delete "
            f"the row of {other.head} from the version table."
        )
        if self.stamp is not None:
            has_it = set(self.stamp) & {item.id for item in moved.revisions}
            said = "has it already: merge instead" if has_it else "does not have it"
            yield f"The live database ({', '.join(self.stamp) or 'base'}) {said}."

    def _exclusive(self) -> set[str]:
        return {item.id for branch in self.branches for item in branch.revisions}

    def _on_live(
        self, url: URL | str | None, choice: Choice, told: Progress, notes: list[str]
    ) -> Rehearsal | None:
        """A copy of live brought to where the branches part; None where it cannot serve."""
        stamp = self.stamp
        if url is None and (stamp is None or set(stamp) & self._exclusive()):
            notes.append(
                "rehearsed on made-up rows, as the live database cannot be read or has one"
            )
            return None
        rehearsal: Rehearsal | None = None
        try:
            rehearsal = Rehearsal.start(
                self.project, url, options=OPTIONS, choice=choice,
                progress=lambda part, doing: told(round(part * 100), 100, doing),
            )  # fmt: skip
            for revision in self._common(read_history(self.project), rehearsal.current):
                told(0, 1, f"bringing the copy to {revision.id}")
                rehearsal.run_to(revision.id)
        except (ConfigError, DatabaseError, RevisionError) as error:
            if rehearsal is not None:
                rehearsal.close(drop=True)
            if url is not None:
                raise
            notes.append(f"rehearsed on made-up rows: {error}")
            return None
        return rehearsal

    def _on_made_up(self, rows: int, told: Progress, notes: list[str]) -> Rehearsal:
        dialect, server = kind_of(self.project)
        database = scratch.create(dialect, server=server, label="heads")
        try:
            before_base.prepare(self.project, database)
            with self.project.start_worker() as worker:
                for revision in self._common(read_history(self.project), ()):
                    told(0, 1, f"replaying {revision.id} {revision.message}")
                    worker.step(database, "up", revision.id)
            fill_up(self.project, database, rows, told, notes)
            return Rehearsal.on(self.project, database, options=OPTIONS)
        except BaseException:
            database.drop()
            raise

    def _common(self, history: History, current: tuple[str, ...]) -> list[Revision]:
        """The revisions that are still to be applied below where the branches part, in order."""
        found: dict[str, Revision] = {}
        for branch in self.branches:
            path = history.upgrade_path(current, branch.head)
            found.update((item.id, item) for item in path if item.id not in self._exclusive())
        return list(found.values())

    def frame(self) -> pd.DataFrame:
        """One row a head: ``head, revisions, author, date, commit, tables``."""
        import pandas as pd

        rows = [
            (item.head, len(item.revisions), item.author, item.revisions[-1].date if item.revisions
             else None, item.commit, ", ".join(item.tables))
            for item in self.branches
        ]  # fmt: skip
        columns = ["head", "revisions", "author", "date", "commit", "tables"]
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "heads": [item.to_dict() for item in self.branches],
            "shared_tables": list(self.shared_tables),
            "orders": None if self.orders is None else self.orders.to_dict(),
            "notes": list(self.notes),
        }


def read_heads(project: Project, *, on_progress: Progress | None = None) -> Heads:
    """The heads of a project: who made each, and which tables it touches, by replay.

    Raises RevisionError for a history with problems, ProjectCodeError when env.py fails.
    """
    history = read_history(project)
    dialect, server = kind_of(project)
    timeline = read_timeline(
        project, dialect=dialect, server=server, history=history, on_progress=on_progress
    )
    paths = {head: history.upgrade_path((), head) for head in history.heads}
    times = [item.id for path in paths.values() for item in path]
    commits = _commits(project, [item for path in paths.values() for item in path[-1:]])
    branches = []
    for head, path in paths.items():
        own = tuple(item for item in path if times.count(item.id) == 1 or len(paths) == 1)
        branches.append(_branch(head, own if len(paths) > 1 else own[-1:], timeline, commits))
    return Heads(project, tuple(branches), _stamp(project))


def _branch(
    head: str, own: tuple[Revision, ...], timeline: Timeline, commits: dict[str, str]
) -> Branch:
    steps = [timeline.step(item.id) for item in own]
    tables = dict.fromkeys(name for step in steps for name in step.tables)
    done = [item for step in steps for item in step.differences]
    failed = next((step.failure for step in steps if step.failure), None)
    author = own[-1].author if own else None
    return Branch(head, own, author, commits.get(head), tuple(tables), Differences(done), failed)


def _commits(project: Project, revisions: Sequence[Revision]) -> dict[str, str]:
    """The commit that added each revision's file; empty without Git."""
    try:
        repository = Repository(project.root)
        found: dict[str, str] = {}
        for item in revisions:
            commits = repository.commits_of(item.path)
            if commits:
                found[item.id] = commits[-1].short
        return found
    except WorkbenchError:
        return {}


def _stamp(project: Project) -> tuple[str, ...] | None:
    try:
        return read_current(project)
    except WorkbenchError:
        return None


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""
