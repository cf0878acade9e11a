"""The hazards of a revision of a project: with all that its files say beside the statements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from schema.catalog import Catalog
from schema.history import Revision
from schema.project import Project
from schema.python_text import read_source
from schema.rehearsal.hazards.finding import find_hazards, foresee
from schema.rehearsal.hazards.hazard import Hazard
from schema.rehearsal.hazards.ignoring import apply_ignores, read_ignores
from schema.rehearsal.hazards.rule import ANY, rules, seen_only
from schema.rehearsal.hazards.settings import Settings, read_settings, silenced
from schema.rehearsal.steps import Direction, Step
from schema.rehearsal.way_back import doubts

__all__ = ["hazards_ahead", "hazards_of_step"]

seen_only(
    "branched-history",
    ANY,
    "low",
    """More than one revision follows this one: nobody has said in which order they are to run.""",
    "# alembic merge heads; or give the later one the other as its down_revision",
    "https://alembic.sqlalchemy.org/en/latest/branches.html",
)

_TIMEOUT = re.compile(r"\b(lock_timeout|statement_timeout)\b")


def hazards_ahead(
    project: Project,
    revision: Revision,
    statements: Sequence[str],
    *,
    dialect: str,
    direction: Direction = "up",
    catalog: Catalog | None = None,
    rows: Mapping[str, int] | None = None,
    way_back: str | None = None,
) -> tuple[Hazard, ...]:
    """What a revision's text shows before it is run; comments and settings are heeded.

    ``way_back`` is what speaks against its downgrade, as far as the caller knows; else its file is
    asked. Raises ConfigError for a ``hazards.toml`` that is not understood.
    """
    source, settings = _text(revision.path), read_settings(project)
    found = foresee(
        statements,
        dialect=dialect,
        catalog=catalog,
        rows=rows,
        direction=direction,
        source=source,
        way_back=way_back or doubts(revision.path),
        session=_session(project),
        settings=settings,
    )
    told = (*found, *_of_history(revision, settings))
    return apply_ignores(told, read_ignores(source or ""), direction=direction, whole=False)


def hazards_of_step(
    project: Project, revision: Revision, step: Step, *, before: Catalog
) -> tuple[Hazard, ...]:
    """What a step did, and what else its text shows; comments and the project's settings heeded.

    ``before`` is the catalog before it. A comment is called unused only where the copy had rows.
    Raises ConfigError for a ``hazards.toml`` that is not understood.
    """
    source, settings = _text(revision.path), read_settings(project)
    found = find_hazards(
        step,
        before=before,
        source=source,
        way_back=doubts(revision.path),
        session=_session(project),
        settings=settings,
    )
    has_rows = any(step.rows_before.values()) and not step.failed
    ignores = read_ignores(source or "")
    told = (*found, *_of_history(revision, settings))
    return apply_ignores(told, ignores, direction=step.direction, whole=has_rows)


def _of_history(revision: Revision, settings: Settings) -> tuple[Hazard, ...]:
    """What a revision's place among the others says against it."""
    if not revision.is_branch_point:
        return ()
    found = rules()["branched-history"]
    message = f"More than one revision follows {revision.id}: their order is open."
    hazard = Hazard(found.id, found.severity, False, None, message, found.safer)
    return silenced((hazard,), settings)


def _text(path: Path) -> str | None:
    try:
        return read_source(path)
    except OSError:
        return None


def _session(project: Project) -> frozenset[str]:
    """The timeouts that env.py speaks of: it is taken to set them for each of its sessions."""
    return frozenset(_TIMEOUT.findall(_text(project.script_location / "env.py") or ""))
