"""Repair: SQL that brings live back, or a revision that adopts what is there; each one proved.

Nothing here is ever run on a live database; a person takes the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy.engine import URL

from schema import ddl
from schema.catalog import Catalog
from schema.compare import Difference, Differences
from schema.database import dialect_of, show_url
from schema.drift import Drift
from schema.errors import WorkbenchError
from schema.project import Project
from schema.repair.model import Proof, Repair
from schema.repair.proof import prove
from schema.repair.script import script, summary
from schema.wording import counted

__all__ = ["Proof", "Repair", "propose"]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]

_MODELS = "the models are ahead of the migrations: a revision can say it (adopt), not live"


def propose(
    project: Project,
    drift: Drift,
    selection: Sequence[Difference] | None = None,
    *,
    direction: str = "live",
    on_progress: Progress | None = None,
) -> Repair:
    """The file that repairs the selected differences, proved on a scratch database.

    ``selection`` is any of ``drift.differences`` and ``drift.models``; None is all of the first.
    ``direction`` is ``"live"``: SQL that brings live back to the replay at its stamp; or
    ``"adopt"``: a revision file after the present head that makes the migrations contain the
    differences. Raises WorkbenchError when a catalog that this needs could not be had, ScratchError
    when no scratch database can be made.
    """
    chosen = tuple(drift.differences if selection is None else selection)
    if direction == "adopt":
        from schema.repair.revision import adopt

        return adopt(project, drift, chosen, on_progress=on_progress)
    if direction != "live":
        raise WorkbenchError(f"A repair's direction is 'live' or 'adopt', not {direction!r}.")
    return _bring_back(drift, chosen, on_progress)


def _bring_back(
    drift: Drift, selection: tuple[Difference, ...], on_progress: Progress | None
) -> Repair:
    live, wanted = drift.live, drift.expected
    if live is None or wanted is None:
        raise WorkbenchError(
            "There is nothing to bring live back to, as the migrations could not be replayed at "
            f"its stamp. {' '.join(drift.notes)}"
        )
    told = on_progress or _silent
    ours = {id(item) for item in drift.models}
    ahead = [item for item in selection if id(item) in ours or item.cause == "models-ahead"]
    chosen = [item for item in selection if item not in ahead]
    told(0, 2, "writing the statements")
    statements, not_expressed = ddl.migrate(live, wanted, chosen)
    told(1, 2, "proving them on a scratch database")
    proof = _proof(drift.url, live, wanted, chosen, statements)
    if ahead:
        remaining = Differences([*proof.remaining, *ahead])
        proof = replace(proof, is_proved=False, remaining=remaining)
    told(2, 2, proof.note)
    return Repair(
        direction="live",
        dialect=live.dialect,
        statements=tuple(statements),
        text=script(live.dialect, statements, about=_header(drift, chosen, statements, proof)),
        proof=proof,
        not_expressed=(*not_expressed, *((item, _MODELS) for item in ahead)),
        filename=f"repair_{'_'.join(drift.stamp) or 'base'}.sql",
    )


def _proof(
    url: URL,
    live: Catalog,
    wanted: Catalog,
    chosen: Sequence[Difference],
    statements: Sequence[ddl.Statement],
) -> Proof:
    """What has no SQL is left, and so not proved."""
    if not chosen:
        return Proof(True, Differences(), "nothing to repair on live")
    server = None if live.dialect == "sqlite" else url
    return prove(live, wanted, chosen, statements, server=server)


def _header(
    drift: Drift,
    chosen: Sequence[Difference],
    statements: Sequence[ddl.Statement],
    proof: Proof,
) -> list[str]:
    return [
        f"Brings {show_url(drift.url)} ({dialect_of(drift.url)}) back to what revision "
        f"{', '.join(drift.stamp) or 'base'} makes: {counted(len(chosen), 'difference')}.",
        f"Verdict on a scratch database with its schema: {proof.note}",
        f"It holds {summary(statements)}. Nothing was run on the database; read it first.",
    ]


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""
