"""MLflow: it makes the tables of release 0.9.1 and migrates from there, by a config of its own.

mlflow-skinny holds the same models and migrations, without what machine learning needs. What is
expected here was checked against its sources: see docs/real-projects.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schema import Project, read_history
from tests.real.installed import Site, failures, told

pytestmark = pytest.mark.slow

AHEAD = "models-ahead"
#: Where the models are otherwise than the migrations, on every kind of database.
MODELS = {
    ("changed", "column", "assessments.assessment_type", AHEAD),
    ("changed", "column", "endpoint_model_mappings.linkage_type", AHEAD),
    ("changed", "column", "endpoints.usage_tracking", AHEAD),
    ("removed", "index", "experiments.idx_experiments_workspace", AHEAD),
    ("removed", "index", "experiments.idx_experiments_workspace_creation_time", AHEAD),
    ("added", "index", "issues.index_issues_created_by", AHEAD),
    ("changed", "column", "metrics.step", AHEAD),
    ("changed", "column", "metrics.is_nan", AHEAD),
    ("removed", "index", "model_version_tags.idx_model_version_tags_workspace_name_version", AHEAD),
    (
        "renamed",
        "foreign key",
        "registered_model_aliases.registered_model_alias_registered_model_fkey",
        AHEAD,
    ),
    ("removed", "index", "registered_model_tags.idx_registered_model_tags_workspace_name", AHEAD),
    ("removed", "index", "registered_models.idx_registered_models_workspace", AHEAD),
    ("changed", "column", "runs.status", AHEAD),
    ("changed", "primary key", "trace_request_metadata.trace_request_metadata_pk", AHEAD),
    ("changed", "primary key", "trace_tags.trace_tag_pk", AHEAD),
    ("changed", "column", "webhooks.status", AHEAD),
    ("removed", "table", "workspaces", AHEAD),
}
MORE = {
    "sqlite": {
        ("renamed", "primary key", "assessments.assessments_pkey", AHEAD),
        ("added", "foreign key", "evaluation_dataset_records.foreign key (dataset_id)", AHEAD),
        ("added", "foreign key", "evaluation_dataset_tags.foreign key (dataset_id)", AHEAD),
        ("added", "foreign key", "input_tags.foreign key (input_uuid)", AHEAD),
    },
    "postgresql": {
        (
            "added",
            "foreign key",
            "evaluation_dataset_records.evaluation_dataset_records_dataset_id_fkey",
            AHEAD,
        ),
        (
            "added",
            "foreign key",
            "evaluation_dataset_tags.evaluation_dataset_tags_dataset_id_fkey",
            AHEAD,
        ),
    },
}
#: Models that no database makes: indexes on no column, and a key to a column that is not unique.
IMPOSSIBLE = {
    "sqlite": [
        "index trace_request_metadata.index_trace_request_metadata_request_id",
        "index trace_tags.index_trace_tags_request_id",
    ],
    "postgresql": [
        "index public.trace_request_metadata.index_trace_request_metadata_request_id",
        "index public.trace_tags.index_trace_tags_request_id",
        "foreign key public.input_tags (input_uuid)",
    ],
}
#: How many steps down can be done, and the one behind them.
DOWN = {"sqlite": (19, "-c8d9e0f1a2b3"), "postgresql": (60, "-2b4d017a5e9b")}
WHY = {"sqlite": "generated column", "postgresql": "DependentObjectsStillExist"}


@pytest.fixture(scope="module")
def site(databases, installed, folder) -> Iterator[Site]:
    kind, create = databases
    mlflow = installed("mlflow")
    live, old = create("live"), create("old")
    mlflow.run(
        "import sqlalchemy as sa\n"
        "from mlflow.store.db.utils import _initialize_tables\n"
        "from mlflow.store.tracking.dbmodels.initial_models import Base\n"
        f"Base.metadata.create_all(sa.create_engine({old!r}))\n"
        f"_initialize_tables(sa.create_engine({live!r}))"
    )
    config = folder / "mlflow.ini"
    scripts = mlflow.packages / "mlflow" / "store" / "db_migrations"
    config.write_text(f"[alembic]\nscript_location = {scripts}\nsqlalchemy.url = {live}\n")
    first = "mlflow.store.tracking.dbmodels.initial_models:Base"
    with Project.open(config, python=mlflow.python, url=live, before_base=first) as project:
        yield Site(project, kind, live, old, None if kind == "sqlite" else live)


def test_history(site: Site) -> None:
    history = read_history(site.project)
    assert len(list(history)) == 67
    assert history.heads == ("dc11669786a5",)


def test_timeline(site: Site) -> None:
    timeline = site.timeline()
    assert len(timeline.steps) == 67
    assert failures(timeline) == {}


def test_drift(site: Site) -> None:
    drift = site.drift()
    assert list(drift.differences) == []
    assert told(drift) == MODELS | MORE[site.dialect]
    assert drift.materialised is not None
    left_out = [what.partition(":")[0] for what in drift.materialised.not_compared]
    assert left_out == IMPOSSIBLE[site.dialect]


def test_rehearsal(site: Site) -> None:
    done, failed = site.rehearsed()
    count, name = DOWN[site.dialect]
    assert [step[0] for step in done] == ["+"] * 67 + ["-"] * count
    assert failed is not None
    assert failed[0] == name
    assert WHY[site.dialect] in failed[1]
