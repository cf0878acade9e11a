"""The hazards of a revision: foreseen from its text, or found in a step that was run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from schema.catalog import Catalog
from schema.rehearsal.hazards.hazard import SEVERITIES, Hazard
from schema.rehearsal.hazards.judging import judged
from schema.rehearsal.hazards.naming import misnamed
from schema.rehearsal.hazards.observing import observed
from schema.rehearsal.hazards.rule import rules
from schema.rehearsal.hazards.scene import Scene
from schema.rehearsal.hazards.settings import NO_SETTINGS, Settings, silenced
from schema.rehearsal.steps import Direction, Step

__all__ = ["find_hazards", "foresee"]


def foresee(
    statements: Sequence[str],
    *,
    dialect: str,
    catalog: Catalog | None = None,
    rows: Mapping[str, int] | None = None,
    direction: Direction = "up",
    source: str | None = None,
    way_back: str | None = None,
    session: Collection[str] = (),
    settings: Settings = NO_SETTINGS,
) -> tuple[Hazard, ...]:
    """What the text of statements shows, before anything is run; the gravest first.

    ``catalog`` is that of the database as it is, ``rows`` exact or estimated row counts by
    ``table_label``. ``source`` is the revision file's text, ``way_back`` what speaks against its
    downgrade (``schema.rehearsal.way_back``); None where not known. ``session`` names settings that
    the project makes for each of its sessions, such as ``lock_timeout``.
    """
    return _hazards(
        Scene(
            tuple(statements),
            dialect,
            catalog,
            dict(rows or {}),
            direction,
            None,
            source,
            way_back,
            frozenset(session),
        ),
        settings,
    )


def find_hazards(
    step: Step,
    *,
    before: Catalog,
    dialect: str | None = None,
    source: str | None = None,
    way_back: str | None = None,
    session: Collection[str] = (),
    settings: Settings = NO_SETTINGS,
) -> tuple[Hazard, ...]:
    """What a step that was run did, or by its text may do on another day; the gravest first.

    ``before`` is the catalog before it; the rest is as ``foresee`` takes it. What was observed
    outranks the text.
    """
    return _hazards(
        Scene(
            tuple(statement.sql for statement in step.statements),
            dialect or before.dialect,
            before,
            step.rows_before,
            step.direction,
            step,
            source,
            way_back,
            frozenset(session),
        ),
        settings,
    )


def _hazards(scene: Scene, settings: Settings) -> tuple[Hazard, ...]:
    found = list(dict.fromkeys(_by_rules(scene, settings)))
    found += misnamed(scene, settings.names)
    found += list(observed(scene, found))
    ranked = sorted(
        found, key=lambda item: (-SEVERITIES.index(item.severity), not item.observed, item.rule)
    )
    return silenced(ranked, settings)


def _by_rules(scene: Scene, settings: Settings) -> Iterator[Hazard]:
    for rule in rules().values():
        if scene.dialect not in rule.databases:
            continue
        if rule.is_opt_in and rule.id not in settings.enabled:
            continue
        for finding in rule.find(scene):
            hazard = judged(scene, rule, finding)
            if hazard is not None:
                yield hazard
