"""Adopting differences: the file of a revision that makes the migrations contain them.

What live (or the models) has becomes what head has. The file is rendered by the project's own
template, in its worker, and tried before it is shown; the project's folders are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.util import rev_id

from schema.catalog import Catalog, Identity
from schema.compare import Difference
from schema.database import dialect_of
from schema.ddl import Statement
from schema.ddl.goal import goal
from schema.drift import Drift
from schema.errors import RevisionError, WorkbenchError
from schema.history import History, read_history
from schema.project import Project, alembic_command
from schema.repair.model import Repair
from schema.repair.revision_code import Body, body, helpers, imports
from schema.repair.revision_operations import Block, table_of
from schema.repair.revision_plan import Plan, Planner
from schema.repair.revision_proof import Trial
from schema.wording import counted, printable

__all__ = ["adopt", "turned"]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]

#: Finding the way up, the way down, rendering, and the proof.
_STEPS = 4

_SWAPPED = {"added": "removed", "removed": "added"}


def adopt(
    project: Project,
    drift: Drift,
    selection: Sequence[Difference],
    *,
    on_progress: Progress | None = None,
) -> Repair:
    """The revision file that makes the migrations contain these differences, proved.

    Its parent is the present head. Raises RevisionError where there are several heads and none of
    them alone is live's; WorkbenchError where there is nothing to adopt, or head is not known.
    """
    if not selection:
        raise WorkbenchError("There is nothing to adopt: select at least one difference.")
    if drift.head is None:
        raise WorkbenchError(
            "A revision comes after head, and the migrations could not be replayed there. "
            f"{' '.join(drift.notes)}"
        )
    return _Adoption(project, drift, tuple(selection), on_progress or _silent).repair(drift.head)


@dataclass(frozen=True)
class _Adoption:
    """One selection on its way into a file."""

    project: Project
    drift: Drift
    selection: tuple[Difference, ...]
    told: Progress

    def repair(self, head: Catalog) -> Repair:
        history = read_history(self.project)
        parents = _parents(self.project, history, self.drift)
        wanted = self._wanted(head)
        self.told(0, _STEPS, "finding the way up")
        up = self._plan(head, wanted)
        self.told(1, _STEPS, "finding the way down")
        down = self._plan(wanted, head)
        self.told(2, _STEPS, "writing the file")
        name, (text, filename) = self._file(parents, up, down)
        trial = Trial(
            self.project, self.drift, history, name, text, wanted,
            self.selection, tuple(item for item in self.selection if self._is_ahead(item)),
        )  # fmt: skip
        proof = trial.prove(lambda doing: self.told(3, _STEPS, doing))
        self.told(_STEPS, _STEPS, proof.note)
        return Repair(
            direction="adopt",
            dialect=head.dialect,
            statements=tuple(self._statements(up)),
            text=text,
            proof=proof,
            not_expressed=up.not_expressed,
            filename=filename,
        )

    def _is_ahead(self, item: Difference) -> bool:
        """Whether the models have it and live has not."""
        mine = {id(each) for each in self.drift.models}
        return id(item) in mine or item.cause == "models-ahead"

    def _wanted(self, head: Catalog) -> Catalog:
        """Head, with what is adopted."""
        wanted = head
        for source, is_ahead in ((self.drift.live, False), (self.drift.materialised, True)):
            chosen = [item for item in self.selection if self._is_ahead(item) is is_ahead]
            if chosen and source is not None:
                wanted = goal(wanted, source, map(turned, chosen))
        return wanted

    def _plan(self, found: Catalog, wanted: Catalog) -> Plan:
        server = None if found.dialect == "sqlite" else self.drift.url
        return Planner(found, wanted, server, self.project.settings().render_as_batch).plan()

    def _file(self, parents: Sequence[str], up: Plan, down: Plan) -> tuple[str, tuple[str, str]]:
        """The new revision's id; the file's text and name."""
        upgrade, downgrade = self._body(up, is_guarded=True), self._body(down, is_guarded=False)
        name, title = rev_id(), self._title()
        text, filename = self.project.revision_file(
            name, parents, title=title, message=self._message(title),
            imports=imports(upgrade, downgrade),
            upgrades=upgrade.text, downgrades=downgrade.text,
        )  # fmt: skip
        return name, (text.rstrip() + "\n" + helpers(upgrade, downgrade), filename)

    def _body(self, plan: Plan, *, is_guarded: bool) -> Body:
        return body(
            plan.before, plan.blocks, plan.rebuilds, plan.after, self._context(),
            is_guarded=is_guarded, keeps_rows=plan.keeps_rows,
        )  # fmt: skip

    def _context(self) -> MigrationContext:
        return MigrationContext.configure(dialect_name=dialect_of(self.drift.url))

    def _title(self) -> str:
        if len(self.selection) == 1:
            [item] = self.selection
            return _plain(f"Adopt {item.kind} {item.label}")
        return f"Adopt {counted(len(self.selection), 'difference')}"

    def _message(self, title: str) -> str:
        """The docstring's beginning."""
        lines = [f"- {_plain(item.describe())}" for item in self.selection]
        ahead = {item.cause == "models-ahead" for item in self.selection}
        where = {True: "models", False: "database"}
        found = " and the ".join(name for is_ahead, name in where.items() if is_ahead in ahead)
        return "\n".join(
            [
                title,
                "",
                f"Found in the {found}, but not in the migrations:",
                "",
                *lines,
                "",
                "A database where this was done by hand is left as it is: every operation looks",
                "first whether it is needed. With --sql nothing can be looked up: the SQL is for a",
                "database that has none of it.",
            ]
        )

    def _statements(self, plan: Plan) -> list[Statement]:
        """The way up, an operation or statement at a time; an operation as Python."""
        by_table: dict[object, list[Identity]] = {}
        for item in self.selection:
            by_table.setdefault(table_of(item), []).append(item.identity)
        made = [
            Statement(
                "\n".join(body((), [block], (), (), self._context(), is_guarded=False,
                               keeps_rows=False).lines),
                tuple(by_table.get(block.table, ())),
                is_destructive=bool(lost := _lost(block)),
                why=lost,
            )
            for block in plan.blocks
        ]  # fmt: skip
        remade = [each for rebuild in plan.rebuilds for each in rebuild.statements]
        return [*plan.before, *made, *remade, *plan.after]


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""


def turned(item: Difference) -> Difference:
    """The difference as seen from the other side."""
    pairs = {name: (right, left) for name, (left, right) in item.properties.items()}
    turned = replace(item, change=_SWAPPED.get(item.change, item.change), properties=pairs)
    if item.renamed_from is None:
        return turned
    return replace(turned, name=item.renamed_from, renamed_from=item.name)


def _parents(project: Project, history: History, drift: Drift) -> tuple[str, ...]:
    """The head that the new revision comes after; none for the first revision of all."""
    heads = tuple(history.heads)
    if len(heads) < 2:
        return heads
    mine = [
        head
        for head in heads
        if set(drift.stamp) & {each.id for each in history.upgrade_path((), head)}
    ]
    if len(mine) == 1:
        return tuple(mine)
    raise RevisionError(
        f"There are {len(heads)} heads ({', '.join(heads)}), so a new revision has no one place to "
        f"come after. Merge them first: {alembic_command(project, 'merge', 'heads')}"
    )


def _lost(block: Block) -> str | None:
    """What an operation loses."""
    for item in block.operations:
        if isinstance(item, ops.DropTableOp):
            return "Its rows are lost."
        if isinstance(item, ops.DropColumnOp):
            return f"The values of {item.column_name} are lost."
    return None


def _plain(text: str) -> str:
    """One line that ends no docstring and escapes nothing."""
    return " ".join(printable(text).split()).replace("\\", "/").replace('"', "'")
