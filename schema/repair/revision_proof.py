"""The proof of a revision: up and down on a new database, and up on what live looks like.

The file lies in a temporary folder and is handed to the worker from there: the project's own
folders are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from schema import before_base, scratch
from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, Differences, compare
from schema.drift import Drift
from schema.errors import WorkbenchError
from schema.history import History, Revision
from schema.project import Project
from schema.repair.model import Proof
from schema.repair.proof import rebuilt, touched
from schema.repair.revision_operations import connected
from schema.scratch import ScratchDatabase
from schema.unfinished import working_folder
from schema.wording import printable
from schema.worker.parent import Worker

__all__ = ["Trial"]

#: Told what is being done.
_Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """One revision to be tried.

    ``goal`` is the catalog at head with what the revision adds; ``expressed`` are the adopted
    differences, ``ahead`` those of them that the models have and live has not.
    """

    project: Project
    drift: Drift
    history: History
    revision: str
    text: str
    goal: Catalog
    expressed: tuple[Difference, ...]
    ahead: tuple[Difference, ...]

    def prove(self, tell: _Tell) -> Proof:
        """Run it. An error of the revision's, or of an older one's, is a verdict."""
        with working_folder("revision") as folder:
            path = Path(folder) / "revision.py"
            path.write_text(self.text, encoding="utf-8")
            try:
                left, returns = self._on_new(path, tell)
                changed, aside = self._on_live(path, tell)
            except WorkbenchError as error:
                note = f"not proved: {error}"
                return Proof(False, Differences(self.expressed), _line(note), False)
        parts = []
        if left:
            parts.append(f"a new database still differs: {_named(left)}")
        if not returns:
            parts.append("the way back does not lead to where it began")
        if changed:
            parts.append(f"live would be changed: {_named(changed)}")
        is_proved = not parts
        note = "nothing left, live is left as it is" if is_proved else "; ".join(parts)
        verdict = "proved" if is_proved else "not proved"
        return Proof(
            is_proved,
            Differences([*left, *changed]),
            _line("; ".join([f"{verdict}: {note}", *aside])),
            returns,
        )

    # -- a new database ---------------------------------------------------------------------------

    def _on_new(self, path: Path, tell: _Tell) -> tuple[list[Difference], bool]:
        """What is left after the way up, and whether the way down leads back to head."""
        label = "revision"
        with (
            scratch.create(self.goal.dialect, server=self._server, label=label) as database,
            self.project.start_worker(extra=path) as worker,
        ):
            self._to_head(worker, database, tell)
            head = read_catalog(database.url)
            tell("trying the new revision up")
            worker.step(database, "up", self.revision)
            up = read_catalog(database.url)
            tell("trying the new revision down")
            worker.step(database, "down", self.revision)
            down = read_catalog(database.url)
        # What env.py's filters leave out of head is no concern of the revision's.
        aside = _shapes(compare(self._head, head))
        left = [item for item in compare(self.goal, up) if _shape(item) not in aside]
        return left, not compare(head, down)

    def _to_head(self, worker: Worker, database: ScratchDatabase, tell: _Tell) -> None:
        before_base.prepare(self.project, database)
        for revision in self.history.way_to(self.drift.heads):
            tell(f"replaying {revision.id} {revision.message}")
            worker.step(database, "up", revision.id)

    @property
    def _head(self) -> Catalog:
        if self.drift.head is None:
            raise WorkbenchError("The migrations could not be replayed at head.")
        return self.drift.head

    @property
    def _server(self) -> URL | None:
        return None if self.goal.dialect == "sqlite" else self.drift.url

    # -- live ---------------------------------------------------------------------------------

    def _on_live(self, path: Path, tell: _Tell) -> tuple[list[Difference], list[str]]:
        """What the revision would change on live that it should not, and what else to say."""
        if self.drift.live is None:
            return [], ["live could not be read, so nothing was tried on its schema"]
        with (
            rebuilt(self.drift.live, self._server) as copy,
            self.project.start_worker(extra=path) as worker,
        ):
            aside = [copy.note] if copy.note else []
            self._stamp(copy.scratch)
            try:
                self._apply(worker, copy.scratch, self.drift.pending_revisions, tell)
            except WorkbenchError as error:
                return [], [*aside, f"a pending revision fails on live's schema: {error}"]
            before = read_catalog(copy.scratch.url)
            tell("trying the new revision on live's schema")
            worker.step(copy.scratch, "up", self.revision)
            after = read_catalog(copy.scratch.url)
        new = touched(self.ahead)
        found = [item for item in compare(before, after) if not touched([item]) & new]
        changed = [item for item in found if not _is_restored(item, after, self.drift.live)]
        if len(changed) < len(found):
            names = _named([item for item in found if item not in changed])
            aside.append(f"a pending revision takes away from live, and this one restores: {names}")
        missing = [item for item in compare(self.goal, after) if touched([item]) & new]
        return [*changed, *missing], aside

    def _apply(
        self,
        worker: Worker,
        database: ScratchDatabase,
        revisions: Iterable[Revision],
        tell: _Tell,
    ) -> None:
        for revision in revisions:
            tell(f"applying {revision.id} {revision.message} to live's schema")
            worker.step(database, "up", revision.id)

    def _stamp(self, database: ScratchDatabase) -> None:
        """Write live's stamp, in the table that Alembic would make for it."""
        settings = self.project.settings()
        name = settings.version_table
        number = sa.Column("version_num", sa.String(32), nullable=False)
        key = sa.PrimaryKeyConstraint(number, name=f"{name}_pkc")
        table = sa.Table(
            name, sa.MetaData(), number, key, schema=settings.version_table_schema
        )  # fmt: skip
        with connected(database) as connection:
            table.create(connection, checkfirst=True)
            for identifier in self.drift.stamp:
                connection.execute(table.insert().values(version_num=identifier))


def _is_restored(item: Difference, after: Catalog, live: Catalog) -> bool:
    """Whether live has it just as it is in the end."""
    there = live.get(item.identity)
    return there is not None and there == after.get(item.identity)


def _shape(item: Difference) -> tuple[object, ...]:
    return item.identity, item.change, frozenset(item.properties.items())


def _shapes(items: Iterable[Difference]) -> set[tuple[object, ...]]:
    return {_shape(item) for item in items}


def _named(differences: Sequence[Difference]) -> str:
    names = [item.describe() for item in differences[:3]]
    more = len(differences) - len(names)
    return "; ".join([*names, *([f"and {more} more"] if more else [])])


def _line(text: str) -> str:
    return " ".join(printable(text).split())
