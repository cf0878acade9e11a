"""The parts of a drift in the order in which people read them, each with the sides it compares.

A page, a report and a widget show the same sections: first what is drift, by its cause; then what
is not: pending, accepted, cosmetic, unmanaged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from schema.compare import Difference
from schema.drift import CAUSES, Drift

__all__ = [
    "ASIDE",
    "BLIND",
    "UNEXPLAINED",
    "Outcome",
    "Section",
    "blind_words",
    "outcome",
    "sections",
    "table_of",
]

#: What is said of a difference that ``alembic check`` passes over.
BLIND = "alembic check would not report this"

#: The heading over differences for which nobody found a cause.
UNEXPLAINED = "unexplained: no cause was found"

#: What is shown beside the drift and is none, with its heading.
ASIDE = {
    "pending": CAUSES["pending"],
    "accepted": "accepted by the project, no drift any more",
    "cosmetic": "cosmetic: changes no statement's meaning",
    "unmanaged": "unmanaged: neither migrations nor models make such objects here",
}

_STAMP, _HEAD = "Migrations at its stamp", "Migrations at head"


class Outcome(Enum):
    """What a drift comes to, each with its mark. PARTLY: no drift was seen, but not all of it."""

    DRIFT = "✗"
    PARTLY = "!"
    NONE = "✓"


def outcome(drift: Drift) -> Outcome:
    """A note that only tells how it was compared, such as that there is no Git, takes nothing from
    it; what could not be compared does, as it is never shown as equal."""
    if drift.differences or drift.models:
        return Outcome.DRIFT
    return Outcome.NONE if drift.is_complete and not drift.not_compared else Outcome.PARTLY


@dataclass(frozen=True, slots=True)
class Section:
    """Differences under one heading; ``left`` and ``right`` name the two sides.

    ``slug`` is a cause (``""`` where none was found), or one of ASIDE. ``is_drift`` is False for
    the latter: they do not count for the verdict.
    """

    slug: str
    title: str
    differences: tuple[Difference, ...]
    left: str
    right: str
    is_drift: bool


def sections(drift: Drift) -> tuple[Section, ...]:
    """The sections that hold something, drift first."""
    found = [*_by_cause(drift.differences, _STAMP, "Live")]
    found += _by_cause(drift.models, _HEAD, "Models")
    order = [*CAUSES, ""]
    found.sort(key=lambda section: order.index(section.slug) if section.slug in order else 99)
    sides = {"pending": (_STAMP, _HEAD)}
    for slug, title in ASIDE.items():
        differences = tuple(getattr(drift, slug))
        left, right = sides.get(slug, (_STAMP, "Live"))
        found.append(Section(slug, title, differences, left, right, is_drift=False))
    return tuple(section for section in found if section.differences)


def _by_cause(differences: Iterable[Difference], left: str, right: str) -> list[Section]:
    causes: dict[str, list[Difference]] = {}
    for item in differences:
        causes.setdefault(item.cause or "", []).append(item)
    return [
        Section(cause, _heading(cause), tuple(items), left, right, is_drift=True)
        for cause, items in causes.items()
    ]


def _heading(cause: str) -> str:
    return CAUSES.get(cause, cause) if cause else UNEXPLAINED


def table_of(item: Difference) -> str:
    """``public.users``: the table that a difference is about; empty when it is about none."""
    name = item.table or (item.name if "table" in item.kind else None)
    return ".".join(part for part in (item.schema_name, name) if part) if name else ""


def blind_words(drift: Drift) -> str:
    """``alembic check would not report 3 of these 8: 1 trigger, 2 × default of column``.

    Empty when it reports all of them, or was not asked.
    """
    blind = drift.blind_spots
    if not blind:
        return ""
    kinds = Counter(what for item in blind for what in _missed(item))
    named = ", ".join(f"{count} × {what}" for what, count in kinds.most_common())
    total = len(drift.differences) + len(drift.models)
    return f"alembic check would not report {len(blind)} of these {total}: {named}"


def _missed(item: Difference) -> list[str]:
    if item.change == "changed":
        return [f"{name.replace('_', ' ')} of {item.kind}" for name in item.properties]
    return [f"{item.kind} {item.change}"]
