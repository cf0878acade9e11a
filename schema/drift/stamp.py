"""Whether a database's stamp says what its schema should be, and if not, what that looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schema.catalog import Catalog
from schema.compare import compare
from schema.drift.ground import Ground, Live
from schema.errors import WorkbenchError
from schema.sorting import sort_out, weight
from schema.wording import counted

__all__ = ["StampProblem", "distance", "stamp_problem"]


class StampProblem(NamedTuple):
    """Why a database's stamp says nothing of it. ``words`` follow its name: "is empty: ...".

    ``kind`` is ``"empty"``, ``"unstamped"``, ``"unknown-revision"`` or ``"overlapping"`` (one of
    its stamps includes another).
    """

    kind: str
    words: str

    @property
    def is_of_revisions(self) -> bool:
        """Whether there is a stamp, of revisions that cannot be."""
        return self.kind in {"unknown-revision", "overlapping"}


def stamp_problem(ground: Ground, live: Live) -> StampProblem | None:
    """What is wrong with a stamp, with the revision that the schema looks like; None if nothing."""
    if not live.stamp:
        if not live.catalog.of_kind("table"):
            return StampProblem(
                "empty",
                "is empty: it holds no tables and no stamp. "
                "Check the URL; what else to do: schema diagnose",
            )
        return StampProblem(
            "unstamped",
            "bears no stamp of Alembic, so nothing says which revision it should be. "
            f"{_looks_like(ground, live)}",
        )
    known = {revision.id for revision in ground.history}
    if unknown := [identifier for identifier in live.stamp if identifier not in known]:
        return StampProblem(
            "unknown-revision",
            f"is stamped with {', '.join(unknown)}, which no revision file bears: "
            f"{_whereabouts(ground, unknown)}. {_looks_like(ground, live)}",
        )
    if above := [name for name in live.stamp if _includes_others(ground, live, name)]:
        return StampProblem(
            "overlapping",
            f"is stamped with {', '.join(live.stamp)}, of which {', '.join(above)} includes "
            "others: Alembic never leaves that. What to stamp it with: schema locate",
        )
    return None


def distance(catalog: Catalog, live: Catalog) -> tuple[int, int]:
    """How far live is from a catalog: in objects, and in differences."""
    found = sort_out(compare(catalog, live), [catalog]).real
    return weight(found, catalog, live), len(found)


def _includes_others(ground: Ground, live: Live, name: str) -> bool:
    """Whether another of the stamps lies below this one."""
    standing = ground.history.standing((name,))
    return any(other != name and standing.get(other) == "applied" for other in live.stamp)


def _whereabouts(ground: Ground, unknown: Sequence[str]) -> str:
    found = [origin.words for name in unknown if (origin := ground.archaeology.revision(name))]
    return "; ".join(found) or "the file may be on another branch, or deleted"


def _looks_like(ground: Ground, live: Live) -> str:
    try:
        timeline = ground.timeline([ground.replay(live, ground.history.heads)])
    except WorkbenchError as error:
        return f"The nearest revision could not be found: {error}"
    stamps = timeline.stamps
    ranked = [(*distance(timeline.at(each), live.catalog), -i) for i, each in enumerate(stamps)]
    _, count, index = min(ranked)
    stamp = stamps[-index]
    shown = f"revision {', '.join(stamp)}" if stamp else "base"
    # Branches by themselves were not looked at: that takes the locator's many replays.
    where = "" if ground.history.is_one_line else "On the way to all heads, "
    return (
        f"{where}{'its' if where else 'Its'} schema is nearest to {shown} "
        f"({counted(count, 'difference')}). What to stamp it with: schema locate"
    )
