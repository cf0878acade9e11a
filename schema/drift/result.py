"""What a comparison found: the differences, each with its cause, and the verdict on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from schema.catalog import Catalog
from schema.compare import Differences
from schema.database import show_url
from schema.display import Displayed
from schema.history import Revision
from schema.replay import Stamp
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CAUSES", "Drift"]

#: Every cause, with what it means. The order is the one in which people want to read them.
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "outside-migrations": "changed outside migrations",
        "missing-migration": "changed by hand, and the models follow: a migration is missing",
        "wrong-stamp": "wrong stamp, or a revision edited after it was applied",
        "edited-revision": "a revision was edited after it was applied",
        "partly-applied": "part of a revision that is not applied is there",
        "models-ahead": "the models changed without a migration",
        "pending": "pending migration, not drift",
        "noise": "another server version writes it otherwise, not drift",
    }
)


@dataclass(frozen=True)
class Drift(Displayed):
    """What a live database differs in from what it should be.

    ``differences`` holds live against the replay at its stamp; ``models`` the models against the
    replay at head; ``pending`` what the revisions not yet applied will change, which is no drift.
    In each the left side is the expected one. ``nearest`` is the revision whose replay is nearest
    to live and in how many differences, None when that is the stamp itself. ``notes`` says what
    could not be compared, with the reason. ``is_complete`` is False when the migrations or the
    models were left out, as they failed.

    Beside the verdict stand ``cosmetic`` (changes no statement's meaning), ``accepted`` (agreed to
    in the project's file of accepted drift) and ``unmanaged`` (of kinds that neither migrations nor
    models make here, such as grants). ``accepted_problems`` says which entries of that file ran
    out, or apply to nothing. ``live``, ``expected`` (the replay at the stamp), ``head`` and
    ``materialised`` (the models) are the catalogs, None where one could not be had.
    """

    url: URL
    stamp: Stamp
    heads: tuple[str, ...]
    differences: Differences
    models: Differences
    pending: Differences
    pending_revisions: tuple[Revision, ...] = ()
    nearest: tuple[Stamp, int] | None = None
    notes: tuple[str, ...] = ()
    is_complete: bool = True
    cosmetic: Differences = field(default_factory=Differences)
    accepted: Differences = field(default_factory=Differences)
    unmanaged: Differences = field(default_factory=Differences)
    accepted_problems: tuple[str, ...] = ()
    live: Catalog | None = field(default=None, repr=False, compare=False)
    expected: Catalog | None = field(default=None, repr=False, compare=False)
    head: Catalog | None = field(default=None, repr=False, compare=False)
    materialised: Catalog | None = field(default=None, repr=False, compare=False)

    @property
    def not_compared(self) -> tuple[str, ...]:
        """What is in the live database and was not looked at, in words: ``2 operators``."""
        return () if self.live is None else self.live.not_compared

    @property
    def is_clean(self) -> bool:
        """True when all was compared and nothing drifted.

        What is pending, cosmetic, accepted or unmanaged does not count.
        """
        return self.is_complete and not self.differences and not self.models

    @property
    def unexplained(self) -> Differences:
        """The changes outside migrations of which nobody could tell who or what made them."""
        return self.differences.where(
            lambda item: item.cause == "outside-migrations" and item.explanation is None
        )

    @property
    def blind_spots(self) -> Differences | None:
        """What ``alembic check`` would not have reported; None when it was not run, or failed.

        ``notes`` says why it failed.
        """
        found = [*self.differences, *self.models]
        if found and all(item.alembic_check is None for item in found):
            return None
        return Differences(item for item in found if item.alembic_check is False)

    @property
    def verdict(self) -> str:
        """One line: ``8 changes outside migrations, 6 pending revisions, 8 unexplained``.

        What drifted comes first, then what is pending; then how many changes outside migrations
        nothing explains; last what stands beside the verdict.
        """
        found = [*self.differences, *self.models]
        counts = {cause: sum(item.cause == cause for item in found) for cause in CAUSES}
        parts = [_VERDICTS[cause](count) for cause, count in counts.items() if count]
        if not parts:
            is_all = self.is_complete and not self.not_compared
            parts.append("no drift" if is_all else "no drift found, but not all compared")
        if self.pending_revisions:
            parts.append(counted(len(self.pending_revisions), "pending revision"))
        if counts["outside-migrations"]:
            parts.append(f"{len(self.unexplained)} unexplained")
        parts += [f"{len(self.accepted)} accepted"] if self.accepted else []
        parts += [f"{len(self.unmanaged)} unmanaged"] if self.unmanaged else []
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<Drift of {show_url(self.url)}: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row a difference, pending ones last; columns as Differences.frame()."""
        return Differences([*self.differences, *self.models, *self.pending]).frame()

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape; ``differences`` holds live's and the models' alike."""
        blind = self.blind_spots
        return {
            "url": show_url(self.url),
            "stamp": list(self.stamp),
            "heads": list(self.heads),
            "verdict": self.verdict,
            "differences": [item.to_dict() for item in (*self.differences, *self.models)],
            "pending": self.pending.to_list(),
            "pending_revisions": [revision.id for revision in self.pending_revisions],
            "nearest": _nearest_dict(self.nearest),
            "notes": list(self.notes),
            "unexplained": len(self.unexplained),
            "cosmetic": self.cosmetic.to_list(),
            "accepted": self.accepted.to_list(),
            "accepted_problems": list(self.accepted_problems),
            "unmanaged": self.unmanaged.to_list(),
            "blind_spots": None if blind is None else blind.to_list(),
        }


def _nearest_dict(nearest: tuple[Stamp, int] | None) -> dict[str, Any] | None:
    return None if nearest is None else {"stamp": list(nearest[0]), "differences": nearest[1]}


_VERDICTS: Mapping[str, Callable[[int], str]] = {
    "outside-migrations": lambda n: counted(n, "change") + " outside migrations",
    "missing-migration": lambda n: counted(n, "change") + " by hand that the models follow",
    "wrong-stamp": lambda n: counted(n, "difference") + " from a wrong stamp or an edited revision",
    "edited-revision": lambda n: counted(n, "difference") + " from an edited revision",
    "partly-applied": lambda n: counted(n, "change") + " of a partly applied revision",
    "models-ahead": lambda n: counted(n, "change") + " of the models without a migration",
    "pending": lambda n: counted(n, "pending change"),
    "noise": lambda n: counted(n, "difference") + " of server versions",
}
