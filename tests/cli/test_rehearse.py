"""``schema rehearse`` and ``schema scratch``: steps on a copy, and what is left afterwards."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.demo import make_demo

if TYPE_CHECKING:
    from tests.conftest import Shop

Schema = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("cache")

PENDING = ["edbe5a51f52a", "8f7a33b3e529", "51c5e4b2a7ac", "a31dd2a66069", "7adee582ada3"]
START = "e454a81bd5a2"
BASE = "57f5d41c7200"

FAILING = '''"""fails half-way"""

from alembic import op

revision = "fa11fa11fa11"
down_revision = "7adee582ada3"


def upgrade():
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("INSERT INTO nowhere VALUES (1)")


def downgrade():
    pass
'''

SLOW = FAILING.replace(
    'op.execute("INSERT INTO nowhere VALUES (1)")', "__import__('time').sleep(60)"
)


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A copy of the bundled project, to add revisions to."""
    folder = tmp_path / "project"
    shutil.copytree(root / "alembic", folder / "alembic")
    shutil.copytree(root / "schema" / "models", folder / "schema" / "models")
    (folder / "schema" / "__init__.py").touch()
    shutil.copy(root / "alembic.ini", folder)
    return folder


def add(project: Path, text: str) -> None:
    (project / "alembic" / "versions" / "fa11fa11fa11_more.py").write_text(text)


def test_up_to_head_and_back(schema: Schema, production: Path, digest: Callable[..., str]) -> None:
    before = digest(production)
    found = schema("rehearse", "--url", production, "--down", START, "--json")
    assert found.code == 0
    steps = found.json["steps"]
    assert [step["revision"] for step in steps] == [*PENDING, *reversed(PENDING)]
    assert [step["direction"] for step in steps] == ["up"] * 5 + ["down"] * 5
    assert {"seconds", "statements", "differences", "rows", "error"} <= set(steps[0])
    assert steps[0]["rows"]["guest_requests"] == [50, 50]
    assert digest(production) == before
    assert scratch.find(kept=False) == []


def test_as_text(schema: Schema, production: Path) -> None:
    shown = schema("rehearse", "--url", production, "--to", "+1")
    assert shown.code == 0
    assert PENDING[0] in shown.out
    assert PENDING[1] not in shown.out
    assert "metrics_failover_success" in shown.out


def test_kept_copy_is_listed_and_dropped(schema: Schema, production: Path) -> None:
    kept = schema("rehearse", "--url", production, "--to", "+1", "--keep", "--name", "mine")
    assert kept.code == 0
    assert "kept mine" in kept.err
    [found] = schema("scratch", "list", "--json").json["scratch"]
    assert set(found) == {
        "name", "kind", "url", "source", "created", "size", "complete", "checkpoint_of", "keeps"
    }  # fmt: skip
    assert (found["name"], found["kind"], found["complete"]) == ("mine", "sqlite", True)
    assert str(production) in found["source"]
    assert "mine" in schema("scratch", "list").out
    schema("rehearse", "--url", production, "--name", "mine").refused("mine")
    schema("scratch", "drop", "other", "mine").refused("other")
    assert schema("scratch", "drop", "mine", "--json").json == {"dropped": ["mine"]}
    assert schema("scratch", "list", "--json").json == {"scratch": []}


def test_clean_keeps_what_is_younger(schema: Schema, production: Path) -> None:
    schema("rehearse", "--url", production, "--to", "+1", "--keep", "--name", "mine")
    assert schema("scratch", "clean", "--older-than", 1, "--json").json == {"dropped": []}
    assert schema("scratch", "clean").out == "Dropped mine\n"


def test_nothing_but_a_scratch_database_is_dropped(
    schema: Schema, production: Path, digest: Callable[..., str]
) -> None:
    before = digest(production)
    schema("scratch", "drop", f"sqlite:///{production}").refused("scratch")
    assert digest(production) == before


@pytest.mark.parametrize("target", ["nosuchrevision", "5", "+99"])
def test_wrong_target_is_refused_before_the_copy(
    schema: Schema, production: Path, target: str
) -> None:
    schema("rehearse", "--url", production, "--to", target).refused()
    assert scratch.find(kept=False) == []


def test_wrong_way_back_is_refused_before_the_copy(schema: Schema, production: Path) -> None:
    schema("rehearse", "--url", production, "--down", "nosuchrevision").refused("nosuchrevision")
    assert scratch.find(kept=False) == []


def test_without_a_stamp_it_begins_at_base(schema: Schema, empty: Path) -> None:
    found = schema("rehearse", "--url", empty, "--to", "+2", "--json")
    assert found.code == 0
    assert found.json["steps"][0]["revision"] == BASE
    assert "bears no stamp: it begins at base, as alembic upgrade would" in found.err


def test_failed_step_is_found(schema: Schema, project: Path, production: Path) -> None:
    add(project, FAILING)
    found = schema("rehearse", "-c", project, "--url", production, "--json")
    assert found.code == 1
    *good, bad = found.json["steps"]
    assert [step["error"] for step in good] == [None] * 5
    assert "nowhere" in bad["error"]
    assert scratch.find(kept=False) == []


def test_failed_step_as_text(schema: Schema, project: Path, production: Path) -> None:
    add(project, FAILING)
    shown = schema("rehearse", "-c", project, "--url", production)
    assert shown.code == 1
    assert "nowhere" in shown.out
    assert shown.out.count("INSERT INTO nowhere VALUES (1)") == 1
    assert "Traceback" not in shown.err


def test_each_warning_is_printed_once(schema: Schema, production: Path) -> None:
    shown = schema("rehearse", "--url", production, "--to", "8f7a33b3e529")
    assert shown.out.count("Trigger guest_requests_skip_same_state lost") == 1
    assert "2 steps in" in shown.out


def test_both_orders_need_no_target(schema: Schema, project: Path, production: Path) -> None:
    for name in ("aa1", "aa2"):
        text = FAILING.replace('op.execute("INSERT INTO nowhere VALUES (1)")', "pass")
        text = text.replace("fa11fa11fa11", name).replace("TABLE half", f"TABLE {name}")
        (project / "alembic" / "versions" / f"{name}.py").write_text(text)
    shown = schema("rehearse", "-c", project, "--url", production, "--both-orders")
    assert "The order does not matter" in shown.out
    assert shown.code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_leaves_nothing_behind(
    project: Path, production: Path, number: signal.Signals, digest: Callable[..., str]
) -> None:
    add(project, SLOW)
    before = digest(production)
    command = [sys.executable, "-m", "schema", "rehearse", "-c", project, "--url", production]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell has what it starts in the background ignore Ctrl-C, these tests maybe among it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        # The last good step has been told, so the slow one runs.
        seen = ""
        while PENDING[-1] not in seen and (line := process.stdout.readline()):
            seen += line
        time.sleep(0.5)
        process.send_signal(number)
        _, err = process.communicate(timeout=90)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert scratch.find(kept=False) == []
    assert digest(production) == before


@pytest.mark.postgresql
def test_on_postgresql(schema: Schema, postgresql_server: str) -> None:
    url = sa.make_url(postgresql_server).set(database="rehearsed")
    made = make_demo(url, requests=20, events=50)
    try:
        shown = schema("rehearse", "--json", "--down", START, "--url", url.render_as_string(False))
        assert shown.code == 0, shown
        assert len(shown.json["steps"]) == 10
        drift = schema("drift", "--json", "--url", url.render_as_string(False))
        assert drift.code == 1, drift
        assert len(drift.json["differences"]) == 8
    finally:
        admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{made.url.database}" WITH (FORCE)')
        admin.dispose()


def test_there_and_back(schema: Schema, production: Path) -> None:
    found = schema("rehearse", "--url", production, "--round-trip", "--json")
    assert found.code == 1, "the trigger that a batch recreate drops does not come back"
    trip = found.json["round_trip"]
    assert trip["schema_restored"] is False
    assert trip["data_lost"] == []
    assert [item["revision"] for item in trip["revisions"]] == PENDING
    unlike = {item["revision"]: item["differences"] for item in trip["revisions"]}
    assert [each["kind"] for each in unlike["8f7a33b3e529"]] == ["trigger"]
    assert [step["direction"] for step in found.json["steps"]] == ["up"] * 5
    assert scratch.find(kept=False) == []


def test_failures_as_a_table(schema: Schema, production: Path) -> None:
    shown = schema("rehearse", "--url", production, "--to", "+1", "--fault-every-statement")
    assert shown.code == 0, shown
    assert "may fail anywhere" in shown.out
    assert "before the commit" in shown.out
    assert scratch.find(kept=False) == []


def test_lost_data_is_found_unless_its_reason_is_declared(
    schema: Schema, project: Path, production: Path
) -> None:
    losing = FAILING.replace('op.execute("INSERT INTO nowhere VALUES (1)")', "").replace(
        "CREATE TABLE half (id INTEGER)", "DELETE FROM guest_events"
    )
    add(project, losing)
    found = schema("rehearse", "-c", project, "--url", production, "--json")
    assert found.code == 1
    data = found.json["steps"][-1]["data"]
    assert data["verdict"] == "lost"
    assert data["lost"][0]["table"] == "guest_events"
    comment = "# schema: ignore data-lost: kept elsewhere\n\n\n"
    add(project, losing.replace("def upgrade", f"{comment}def upgrade"))
    declared = schema("rehearse", "-c", project, "--url", production, "--json")
    assert declared.json["steps"][-1]["data"]["verdict"] == "lost"
    assert declared.code == 0, declared.json["steps"][-1]["hazards"]


def test_no_value_is_told_where_that_is_asked(schema: Schema, production: Path) -> None:
    found = schema("rehearse", "--url", production, "--no-examples", "--hide-parameters", "--json")
    for step in found.json["steps"]:
        assert all(item["parameters"] is None for item in step["statements"])
        assert all(item["examples"] == [] for item in step["data"]["lost"])


def test_without_a_ledger_nothing_is_said_of_the_data(schema: Schema, production: Path) -> None:
    (step,) = schema(
        "rehearse", "--url", production, "--to", "+1", "--ledger", "off", "--json"
    ).json["steps"]
    assert step["data"] is None
    assert step["rows"] == {}


def test_as_a_page_and_as_markdown(schema: Schema, production: Path, tmp_path: Path) -> None:
    page = tmp_path / "rehearsal.html"
    shown = schema("rehearse", "--url", production, "--to", "+2", "--html", page, "--markdown")
    assert shown.code == 0, shown
    assert "8f7a33b3e529" in page.read_text()
    assert "<script" not in page.read_text()
    assert "| Step |" in shown.out


@pytest.mark.parametrize(
    "options",
    [
        ["--json", "--markdown"],
        ["--round-trip", "--both-orders"],
        ["--hold", "0"],
        ["--ledger", "some"],
    ],
)
def test_what_does_not_go_together_is_refused(
    schema: Schema, production: Path, options: list[str]
) -> None:
    refused = schema("rehearse", "--url", production, *options)
    assert refused.code == 2
    assert scratch.find(kept=False) == []


def test_a_forecast_that_cannot_be_read_is_refused_before_the_copy(
    schema: Schema, production: Path
) -> None:
    schema("rehearse", "--url", production, "--forecast", "many").refused("many")


def test_a_forecast_that_fails_costs_nothing_of_what_was_rehearsed(
    schema: Schema, production: Path
) -> None:
    shown = schema("rehearse", "--url", production, "--to", "+1", "--forecast", "nowhere=5")
    assert shown.code == 2
    assert "1 step in" in shown.out
    assert "nowhere" in shown.err
    assert scratch.find(kept=False) == []


def test_one_head_has_no_order(schema: Schema, production: Path) -> None:
    schema("rehearse", "--url", production, "--both-orders").refused("two heads")
    assert scratch.find(kept=False) == []


def test_a_choice_of_rows_is_rehearsed(schema: Schema, production: Path) -> None:
    (step,) = schema("rehearse", "--url", production, "--to", "+1", "--schema-only", "--json").json[
        "steps"
    ]
    assert step["rows"]["guest_requests"] == [0, 0]
    assert step["stamp_before"] == [START], "the stamp is copied whatever is chosen"
    assert schema("rehearse", "--url", production, "--schema-only", "--first", 3).code == 2
    assert scratch.find(kept=False) == []


def test_without_a_target_all_heads_are_rehearsed(schema: Schema, shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.add_column('invoice', sa.Column('paid', sa.Date))")
    shop.revision("eee555", "ccc333", "op.add_column('customer', sa.Column('phone', sa.Text))")
    where = ("-c", shop.root / "alembic.ini", "--url", shop.live("ccc333"))
    told = schema("rehearse", *where, "--ledger", "off", "--json").json
    assert {step["revision"] for step in told["steps"]} == {"ddd444", "eee555"}
    schema("rehearse", *where, "--to", "head").refused("ambiguous", "ddd444", "'heads'")
