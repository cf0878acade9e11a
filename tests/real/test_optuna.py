"""Optuna: its alembic.ini lies in the package; its storage makes tables before it migrates.

What is expected here was checked against its sources: see docs/real-projects.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schema import Project, read_history
from tests.real.installed import Site, failures, told

pytestmark = pytest.mark.slow

REVISIONS = [
    "v0.9.0.a", "v1.2.0.a", "v1.3.0.a", "v2.4.0.a", "v2.6.0.a", "v3.0.0.a", "v3.0.0.b", "v3.0.0.c",
    "v3.0.0.d", "v3.2.0.a",
]  # fmt: skip

MISSING = "missing-migration"
DRIFT = {
    ("added", "table", "trial_heartbeats", MISSING),
    ("changed", "column", "trial_values.trial_id", MISSING),
    ("renamed", "index", "trials.ix_trials_study_id", MISSING),
}
ENUM = {("changed", "enum", "trialstate", MISSING)}


@pytest.fixture(scope="module")
def site(databases, installed) -> Iterator[Site]:
    kind, create = databases
    optuna = installed("optuna")
    live, empty = create("live"), create("empty")
    optuna.run(f"import optuna; optuna.create_study(storage={live!r})")
    if kind == "sqlite":
        optuna.run(f"import sqlite3; sqlite3.connect({empty[10:]!r}).execute('VACUUM')")
    config = optuna.packages / "optuna" / "storages" / "_rdb" / "alembic.ini"
    with Project.open(config, python=optuna.python, url=live) as project:
        yield Site(project, kind, live, empty, None if kind == "sqlite" else live)


def test_history(site: Site) -> None:
    history = read_history(site.project)
    assert sorted(revision.id for revision in history) == REVISIONS
    assert history.heads == ("v3.2.0.a",)


def test_timeline(site: Site) -> None:
    timeline = site.timeline()
    assert [step.revision.id for step in timeline.steps] == REVISIONS
    assert failures(timeline) == {}
    # On PostgreSQL the new label of the enum is never added.
    assert list(timeline.steps[1].differences) == []


def test_drift(site: Site) -> None:
    drift = site.drift()
    assert told(drift) == DRIFT | (ENUM if site.dialect == "postgresql" else set())
    assert drift.is_complete


def test_rehearsal(site: Site) -> None:
    done, failed = site.rehearsed()
    assert done == [f"+{name}" for name in REVISIONS] + ["-v3.2.0.a", "-v3.0.0.d"]
    assert failed is not None
    assert failed[0] == "-v3.0.0.c"
    assert "v3.0.0.c.py line 191" in failed[1]
    assert "has no attribute 'FloatTypeEnum'" in failed[1]
