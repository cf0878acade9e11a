"""A draft's revision on a copy with data: the live database's, or made-up rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.engine import URL

from schema import stopping
from schema.authoring.ground import Progress
from schema.errors import ConfigError, DatabaseError, RevisionError
from schema.project import Project
from schema.rehearsal import Options, Rehearsal
from schema.scratch import Choice, ScratchDatabase
from schema.synthetic import fill
from schema.wording import counted

if TYPE_CHECKING:
    from schema.authoring.draft import Draft

__all__ = ["fill_up", "rehearse_revision"]

#: Every value is read, before and after.
OPTIONS = Options(ledger="full")


def rehearse_revision(
    draft: Draft,
    revision: str,
    parents: tuple[str, ...],
    url: URL | str | None,
    *,
    choice: Choice,
    rows: int,
    made_up: bool,
    told: Progress,
) -> Rehearsal:
    """Up, down and up of one revision; see ``Draft.rehearse``."""
    found = None if made_up else _on_live(draft, parents, url, choice, told)
    rehearsal = found or _on_made_up(draft, rows, told)
    try:
        if rehearsal.steps and rehearsal.steps[-1].failed:
            return rehearsal  # a pending revision fails: the new one is not reached
        told(0, 1, f"rehearsing {revision} up, down and up")
        rehearsal.there_and_back(revision)
    except BaseException:
        rehearsal.close(drop=True)
        raise
    return rehearsal


def _on_live(
    draft: Draft, parents: tuple[str, ...], url: URL | str | None, choice: Choice, told: Progress
) -> Rehearsal | None:
    """A copy of live at the revision's parents; None where it cannot serve."""
    made: Rehearsal | None = None
    try:
        source = draft.project.database_url() if url is None else url
        made = Rehearsal.start(
            draft.project, source, options=OPTIONS, choice=choice,
            progress=lambda part, doing: told(round(part * 100), 100, doing),
            cancelled=_is_stopped,
        )  # fmt: skip
        for parent in parents:
            told(0, 1, f"bringing the copy to {parent}")
            made.run_to(parent)
            if made.steps and made.steps[-1].failed:
                break
        return made
    except (ConfigError, DatabaseError, RevisionError) as error:
        if made is not None:
            made.close(drop=True)
        if url is not None:
            raise
        draft.notes.append(f"rehearsed on made-up rows, as the live database cannot serve: {error}")
        return None
    except BaseException:
        if made is not None:
            made.close(drop=True)
        raise


def _on_made_up(draft: Draft, rows: int, told: Progress) -> Rehearsal:
    """A copy of the database at the heads, with made-up rows."""
    made = Rehearsal.start(draft.project, draft.at_heads.url, options=OPTIONS)
    try:
        fill_up(draft.project, made.scratch, rows, told, draft.notes)
    except BaseException:
        made.close(drop=True)
        raise
    return made


def fill_up(
    project: Project, database: ScratchDatabase, rows: int, told: Progress, notes: list[str]
) -> None:
    """Fill all tables with made-up rows; what could not be filled goes to ``notes``."""
    version = project.settings(with_url=False).version_table
    filled = fill(
        database, rows=rows, skip={version},
        progress=lambda part, doing: told(round(part * 100), 100, doing), cancelled=_is_stopped,
    )  # fmt: skip
    if filled.unfilled:
        named = ", ".join(f"{item.table} ({item.reason})" for item in filled.unfilled[:3])
        count = counted(len(filled.unfilled), "table")
        notes.append(f"{count} could not be filled as asked: {named}")


def _is_stopped() -> bool:
    try:
        stopping.check()
    except stopping.Stopped:
        return True
    return False
