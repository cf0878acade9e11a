"""JupyterHub: its alembic.ini is a template; a hub makes its tables itself, and stamps them.

Its revisions begin behind the tables of release 0.5, which no revision makes. What is expected here
was checked against its sources: see docs/real-projects.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from schema import Project, read_history
from tests.real import hub_0_5
from tests.real.installed import HERE, Site, failures, told

pytestmark = pytest.mark.slow

#: The steps up from release 0.5 that can be done.
DONE = ["19c0846f6344", "eeb276e51423", "af4cbdb2d13c", "3ec6993fe20c", "1cebaf56856c",
        "56cc5a70207e"]  # fmt: skip
FAILED = "99a28a4418e1"


@pytest.fixture(scope="module")
def site(databases, installed, folder) -> Iterator[Site]:
    kind, create = databases
    hub = installed("jupyterhub")
    live, old = create("live"), create("old")
    config = folder / "jupyterhub.ini"
    hub.run(
        "from jupyterhub import dbutil, orm\n"
        f"dbutil.write_alembic_ini({str(config)!r}, {live!r})\n"
        f"orm.new_session_factory({live!r})"
    )
    engine = sa.create_engine(old.replace("+psycopg2", "+psycopg"), poolclass=sa.NullPool)
    hub_0_5.metadata.create_all(engine)
    first = f"{HERE / 'hub_0_5.py'}:metadata"
    with Project.open(config, python=hub.python, url=live, before_base=first) as project:
        yield Site(project, kind, live, old, None if kind == "sqlite" else live)


def test_history(site: Site) -> None:
    history = read_history(site.project)
    assert len(list(history)) == 19
    assert history.heads == ("f460b0348206",)


def test_the_template_is_no_config(installed) -> None:
    from schema.errors import ConfigError

    hub = installed("jupyterhub")
    with pytest.raises(ConfigError, match="alembic_dir"):
        Project.open(hub.packages / "jupyterhub" / "alembic.ini", python=hub.python)


def test_timeline(site: Site) -> None:
    timeline = site.timeline()
    assert len(timeline.steps) == 19
    assert set(failures(timeline)) == {FAILED, "833da8570507", "be8ecf03ddac", "f460b0348206"}
    assert "has no attribute '_replace'" in failures(timeline)[FAILED]


def test_models_and_a_database_of_the_hubs_own(site: Site) -> None:
    drift = site.drift()
    assert told(drift) == set()
    assert any("the models were compared with the live database" in note for note in drift.notes)


def test_rehearsal(site: Site) -> None:
    done, failed = site.rehearsed()
    assert done == [f"+{name}" for name in DONE]
    assert failed is not None
    assert failed[0] == f"+{FAILED}"
    assert "99a28a4418e1_user_created.py line 23" in failed[1]
