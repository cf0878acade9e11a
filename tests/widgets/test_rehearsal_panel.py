"""The panel copies, walks, stops and resets; what it does is told in words and numbers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pytest
from sqlalchemy import make_url

from schema.project import Project
from schema.widgets import RehearsalPanel

Words = Callable[[str], str]


@pytest.fixture
def panel(project: Project) -> Iterator[RehearsalPanel]:
    panel = RehearsalPanel(project)
    yield panel
    panel.drop()


def press(panel: RehearsalPanel, name: str) -> None:
    """Press a button that can be pressed, and wait for what it does."""
    control = getattr(panel, name)
    assert not control.disabled, f"{name} cannot be pressed"
    control.click()
    assert panel.wait(60)


def pressable(panel: RehearsalPanel) -> set[str]:
    names = ("copy", "up", "down", "run_to", "round_trip", "stop", "reset")
    return {name for name in names if not getattr(panel, name).disabled}


def test_at_first_only_copy_can_be_pressed(panel: RehearsalPanel) -> None:
    assert pressable(panel) == {"copy"}
    press(panel, "copy")
    assert pressable(panel) == {"copy", "up", "down", "run_to", "round_trip", "reset"}


def test_targets_are_the_revisions_newest_first_and_base(panel: RehearsalPanel) -> None:
    values = [value for _, value in panel.target.options]
    assert (values[0], values[-1], len(values)) == ("7adee582ada3", "base", 15)
    assert panel.target.value == "7adee582ada3"
    assert "(head)" in panel.target.options[0][0]


def test_up_shows_the_step_and_leaves_the_original(
    panel: RehearsalPanel, words: Words, demo_url: str
) -> None:
    path = Path(make_url(demo_url).database or "")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    press(panel, "copy")
    assert "e454a81bd5a2. 5 revisions to head." in words(panel.status.value)
    press(panel, "up")
    assert "↑ edbe5a51f52a is done" in words(panel.status.value)
    assert 'role="status"' in panel.status.value
    assert panel.count.value == "1 of 1"
    assert words(panel.totals.value).startswith("Steps 1 Time")
    newest = panel.steps.rows[0]
    assert newest.button.description == "↑ edbe5a51f52a  Adding metrics_failover_success table"
    assert "· 1 statement" in words(newest.remarks.value)
    assert "1 difference of the schema" in words(newest.body.value)
    assert "metrics_failover_success – 0 new" in words(newest.body.value)
    assert any("CREATE TABLE metrics_failover_success" in line for line in panel.journal.lines)
    assert 'role="log"' in panel.journal.box.value
    assert "CREATE TABLE metrics_failover_success" in panel.journal.box.value
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_run_to_goes_up_and_down_and_counts(panel: RehearsalPanel, words: Words) -> None:
    press(panel, "copy")
    press(panel, "run_to")
    assert panel.count.value == "5 of 5"
    assert (panel.bar.value, panel.bar.max) == (5, 5)
    panel.target.value = "a31dd2a66069"
    press(panel, "run_to")
    assert panel.count.value == "1 of 1"
    assert panel.rehearsal is not None
    assert panel.rehearsal.current == ("a31dd2a66069",)
    assert len(panel.steps.rows) == 6
    assert panel.steps.rows[0].button.description.startswith("↓ 7adee582ada3")
    press(panel, "run_to")
    assert "at a31dd2a66069 already" in words(panel.status.value)


def test_reset_empties_the_table(panel: RehearsalPanel, words: Words) -> None:
    press(panel, "copy")
    press(panel, "up")
    press(panel, "reset")
    assert panel.steps.steps == ()
    assert panel.steps.rows[0].layout.display == "none"
    assert words(panel.totals.value) == "No step has been run yet."
    assert "at e454a81bd5a2" in words(panel.status.value)


def test_another_copy_takes_the_place_of_the_first(panel: RehearsalPanel) -> None:
    press(panel, "copy")
    assert panel.rehearsal is not None
    first = Path(panel.rehearsal.scratch.url.database or "")
    assert first.exists()
    press(panel, "copy")
    assert not first.exists()


@pytest.mark.usefixtures("endless")
def test_stop_ends_a_step_and_the_copy_stays_usable(panel: RehearsalPanel, words: Words) -> None:
    press(panel, "copy")
    panel.run_to.click()
    deadline = time.monotonic() + 60
    while "endless" not in words(panel.status.value):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert panel.count.value == "5 of 6"
    assert pressable(panel) == {"stop"}
    panel.up.click()  # as a page might that has not been told yet
    assert "Still busy" in words(panel.status.value)
    panel.stop.click()
    assert panel.wait(30)
    assert "Stopped before it was done." in words(panel.steps.rows[0].body.value)
    press(panel, "down")
    assert "↓ 7adee582ada3 is done" in words(panel.status.value)


def test_what_cannot_be_done_is_said_under_the_panel(panel: RehearsalPanel, words: Words) -> None:
    press(panel, "copy")
    press(panel, "run_to")
    press(panel, "up")
    assert "is at head: there is no revision to apply" in words(panel.error.value)
    assert 'role="alert"' in panel.error.value
    press(panel, "down")
    assert panel.error.value == "", "an error goes when the next thing is begun"


def test_the_plan_is_shown_before_anything_is_copied(panel: RehearsalPanel, words: Words) -> None:
    panel.target.value = "51c5e4b2a7ac"
    press(panel, "show_plan")
    assert "3 revisions would be run. Nothing was run yet." in words(panel.status.value)
    assert panel.plan is not None
    assert [item.revision for item in panel.plan][-1] == "51c5e4b2a7ac"
    said = words(panel.planned.result.value)
    assert said.startswith("Copy all rows: ")
    assert "CREATE TABLE metrics_failover_success" in said
    assert panel.tabs.titles[panel.tabs.selected_index] == "Plan"
    assert panel.rehearsal is None


def test_a_round_trip_tells_whether_the_way_back_leads_back(
    panel: RehearsalPanel, words: Words
) -> None:
    press(panel, "copy")
    panel.target.value = "8f7a33b3e529"
    press(panel, "round_trip")
    assert panel.count.value == "6 of 6"
    said = words(panel.trip.result.value)
    assert "Up, down, and up again" in said
    assert "8f7a33b3e529" in said
    assert panel.rehearsal is not None
    assert panel.rehearsal.trip is not None
    press(panel, "reset")
    assert "Press Round trip" in words(panel.trip.result.value)


def test_kept_steps_are_compared_with_those_after_a_reset(
    panel: RehearsalPanel, words: Words
) -> None:
    press(panel, "copy")
    panel.comparison.keep.click()
    assert "no step yet" in words(panel.error.value)
    press(panel, "up")
    panel.comparison.keep.click()
    assert "1 step kept for comparison" in words(panel.status.value)
    press(panel, "reset")
    press(panel, "up")
    assert "1 step compared" in words(panel.comparison.result.value)
    assert "edbe5a51f52a" in words(panel.comparison.result.value)


def test_a_forecast_is_made_on_request(panel: RehearsalPanel, words: Words) -> None:
    panel.target.value = "edbe5a51f52a"
    panel.forecasts.rows.value = "nonsense"
    panel.forecasts.begin.click()
    assert "nonsense" in words(panel.error.value)
    panel.forecasts.rows.value = "100x"
    panel.forecasts.begin.click()
    assert panel.wait(60)
    assert panel.error.value == ""
    assert panel.forecast is not None
    assert "edbe5a51f52a" in words(panel.forecasts.result.value)


def test_what_is_chosen_holds_from_the_next_copy_on(panel: RehearsalPanel) -> None:
    panel.choices.ledger.value = "off"
    panel.choices.parameters.value = False
    press(panel, "copy")
    press(panel, "up")
    assert panel.rehearsal is not None
    assert panel.rehearsal.options.hide_parameters
    assert panel.rehearsal.steps[0].data is None


def test_a_part_of_the_rows_is_copied_also_by_a_reset(panel: RehearsalPanel) -> None:
    panel.choices.rows.value = "first"
    panel.choices.amount.value = "3"
    panel.choices.masks.value = "users.name=null users.nonsense"
    panel.copy.click()
    assert panel.error.value != "", "a mask that means nothing"
    panel.choices.masks.value = ""
    for button in ("copy", "reset"):
        press(panel, button)
        press(panel, "up")
        assert panel.rehearsal is not None
        rows = panel.rehearsal.steps[0].rows_before
        assert 3 <= rows["guest_requests"] < 30


@pytest.mark.parametrize(("rows", "amount"), [("first", "many"), ("sample", "x %"), ("first", "0")])
def test_what_is_no_number_of_rows_is_said(
    panel: RehearsalPanel, words: Words, rows: str, amount: str
) -> None:
    panel.choices.rows.value = rows
    panel.choices.amount.value = amount
    panel.copy.click()
    assert amount.strip("x %") in words(panel.error.value)
    assert panel.rehearsal is None


def test_a_wait_for_a_lock_is_said_with_its_holder(panel: RehearsalPanel, words: Words) -> None:
    holder = {
        "pid": 42, "user": "ann", "application_name": "psql", "state": "idle in transaction",
        "open_seconds": 3.0, "query": "SELECT '<b>'",
    }  # fmt: skip
    event = {"mode": "AccessExclusiveLock", "relation": "users", "holder": holder}
    panel._event({"event": "waiting", "seconds": 0.0, **event})
    said = words(panel.status.value)
    assert said.startswith(
        "Waiting for AccessExclusiveLock on users, held by process 42 (ann, psql)"
    )
    assert said.endswith("Stop ends the wait.")
    assert "<b>" not in panel.status.value
    panel._event({"event": "waited", "seconds": 1.5, **event})
    assert words(panel.status.value).startswith("Waited 1.50 s for AccessExclusiveLock on users")
    assert len(panel.journal.lines) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("postgres//x", "is no database URL"),
        ("sqlite:////no/such/file.db", "There is no SQLite file /no/such/file.db"),
        ("postgresql://ann:s3cret@127.0.0.1:1/x", "127.0.0.1"),
    ],
)
def test_a_bad_database_is_said_and_no_password_shown(
    panel: RehearsalPanel, words: Words, typed: str, said: str
) -> None:
    panel.database.value = typed
    press(panel, "copy")
    assert said in words(panel.error.value)
    for control in (panel.error, panel.status, panel.database, panel.journal.box):
        assert "s3cret" not in control.value
    assert pressable(panel) == {"copy"}


def test_the_project_s_password_is_hidden_and_used(project: Project) -> None:
    panel = RehearsalPanel(project, "postgresql://ann:s3cret@127.0.0.1:1/x")
    assert panel.database.value == "postgresql+psycopg://ann:***@127.0.0.1:1/x"
    assert panel._chosen_url().password == "s3cret"


def test_a_project_that_cannot_be_run_is_said(project_folder: Path, words: Words) -> None:
    (project_folder / "alembic" / "env.py").write_text("raise RuntimeError('no <settings>')")
    with Project.open(project_folder) as project:
        panel = RehearsalPanel(project)
        assert "no <settings>" in words(panel.error.value)
        assert "<settings>" not in panel.error.value


def test_every_control_explains_itself(panel: RehearsalPanel) -> None:
    def controls(widget: Any) -> Iterator[Any]:
        for child in getattr(widget, "children", ()):
            yield child
            yield from controls(child)

    silent = [
        each for each in controls(panel) if not isinstance(each, ipw.Box) and not each.tooltip
    ]
    assert silent == []


def test_as_text_it_is_short(panel: RehearsalPanel) -> None:
    assert repr(panel) == "<RehearsalPanel>"
