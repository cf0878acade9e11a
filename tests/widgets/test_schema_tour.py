"""The tour goes from stop to stop, its picture through the revisions; pages and words lead on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schema.project import Project
from schema.widgets import SchemaTour
from schema.widgets.tour_pictures import WHOLE

Words = Callable[[str], str]

#: Seconds in which a click is answered, warm; a busy machine is given some more here.
AT_ONCE = 0.2


def toured(project: Project) -> SchemaTour:
    made = SchemaTour(project)
    assert made.wait(120)
    assert made.pages.wait(120)
    return made


@pytest.fixture(scope="module")
def shared(root: Path, demo_url: str) -> Iterator[SchemaTour]:
    """One tour for all tests that only look."""
    with Project.open(root, url=demo_url) as project:
        yield toured(project)


@pytest.fixture
def tour(shared: SchemaTour) -> SchemaTour:
    """That tour as it is at the beginning."""
    shared.distance.value = WHOLE
    shared.time.go(len(shared.time.list.options))
    shared.pages.unmasked.value = False
    shared.show("pools")
    assert shared.pages.wait(60)
    return shared


def test_it_begins_at_the_centre_and_with_what_all_revisions_make(
    tour: SchemaTour, words: Words
) -> None:
    assert tour.error.value == ""
    assert words(tour.status.value) == "17 tables in 14 revisions. The tour begins at pools."
    assert tour.table.value == "pools"
    assert "8 tables lead here" in words(tour.station.value)
    assert tour.time.label == "now: after all revisions"
    assert "<svg" in tour.picture.value
    assert "guest_tags" in words(tour.picture.value)


def test_stops_follow_one_another_to_the_end(tour: SchemaTour, words: Words) -> None:
    assert tour.back.disabled
    seen = [tour.table.value]
    while not tour.forward.disabled:
        tour.forward.click()
        seen.append(tour.table.value)
        assert tour.table.value in words(tour.station.value)
    assert seen == [station.table for station in tour.tour or ()]
    assert tour.stop_number.value == "Stop 17 of 17"
    tour.back.click()
    assert tour.table.value == seen[-2]


def test_the_slider_moves_the_picture(tour: SchemaTour, words: Words) -> None:
    tour.time.go(0)
    assert tour.time.back.disabled
    first = words(tour.picture.value)
    assert "57f5d41c7200" in first
    assert "guest_tags" not in first
    tour.time.forward.click()
    assert tour.time.list.description, "without it a screen reader reads no name"
    assert tour.time.list.layout.min_width == "0", "long names would make a narrow page scroll"
    assert tour.time.list.value == tour.time.slider.value == 1
    assert "user_data" in words(tour.picture.value)
    assert "a3c173dfd6f5" in words(tour.picture.value)
    tour.time.list.value = 13
    assert tour.time.slider.value == 13
    assert "14 of 14: 7adee582ada3" in tour.time.label
    tour.time.forward.click()
    assert tour.time.forward.disabled
    assert tour.time.label == "now: after all revisions"
    tour.time.slider.value = 0
    assert words(tour.picture.value) == first


def test_a_step_is_answered_at_once_when_it_was_drawn_before(tour: SchemaTour) -> None:
    for place in range(15):
        tour.time.go(place)
    for place in range(14, -1, -1):
        started = time.perf_counter()
        tour.time.go(place)
        assert time.perf_counter() - started < AT_ONCE


def test_the_picture_is_drawn_around_the_table(tour: SchemaTour, words: Words) -> None:
    tour.show("sshkeys")
    tour.distance.value = 1
    near = words(tour.picture.value)
    assert "guest_requests" in near
    assert "metrics_failover" not in near
    tour.distance.value = 3
    assert "metrics_failover" in words(tour.picture.value)
    tour.table.value = "guest_tags"
    tour.time.go(0)
    assert "There is no table guest_tags at this revision" in words(tour.picture.value)


def test_the_table_is_told_below_with_its_rows_masked(tour: SchemaTour, words: Words) -> None:
    tour.show("users")
    assert tour.pages.wait(60)
    masked = words(tour.pages.page.value)
    assert "provisioning_token" in masked
    tour.pages.unmasked.value = True
    assert tour.pages.wait(60)
    assert words(tour.pages.page.value) != masked
    assert tour.pages.error.value == ""
    # What was read once is there at once.
    started = time.perf_counter()
    tour.pages.unmasked.value = False
    assert words(tour.pages.page.value) == masked
    assert time.perf_counter() - started < AT_ONCE


def test_a_biography_is_a_click_away(tour: SchemaTour, words: Words) -> None:
    tour.show("guest_requests")
    assert tour.pages.wait(60)
    told = words(tour.pages.biography.value)
    assert "57f5d41c7200" in told
    assert "e454a81bd5a2" in told
    tour.pages.column.value = "user_data"
    assert tour.pages.wait(60)
    told = words(tour.pages.biography.value)
    assert "487f52cc5aef" in told
    assert "e454a81bd5a2" not in told


def test_of_many_tables_asked_for_quickly_the_last_is_shown(tour: SchemaTour, words: Words) -> None:
    for station in tour.tour or ():
        tour.table.value = station.table
    last = tour.table.value
    assert tour.pages.wait(60)
    deadline = time.monotonic() + 30
    while f"About {last}." not in words(tour.pages.status.value):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def choose(tour: SchemaTour, words: str, start: str) -> None:
    """Type words, and choose what begins so of what they find."""
    tour.find.words.value = words
    tour.find.found.value = next(
        value for label, value in tour.find.found.options if label.startswith(start)
    )
    assert tour.pages.wait(60)


def test_words_lead_to_what_they_find(tour: SchemaTour, words: Words) -> None:
    assert tour.find.found.disabled
    choose(tour, "sshkeys owner", "column sshkeys.ownername")
    assert tour.table.value == "sshkeys"
    assert tour.pages.column.value == "ownername"
    assert "sshkeys.ownername" in words(tour.pages.biography.value)
    choose(tour, "SHA256", "revision 8c470c3f4331")
    assert "8c470c3f4331" in tour.time.label
    choose(tour, "ADMIN", "enum value")
    assert (tour.table.value, tour.pages.column.value) == ("users", "role")
    choose(tour, "GuestEvent", "class GuestEvent")
    assert tour.table.value == "guest_events"
    tour.find.words.value = "zzzzqqqq"
    assert [label for label, _ in tour.find.found.options] == ["nothing has these words"]
    tour.find.words.value = ""
    assert tour.find.found.disabled


def test_what_was_dropped_is_found_with_its_biography(tour: SchemaTour, words: Words) -> None:
    choose(tour, "metrics _id dropped", "column metrics._id")
    assert tour.table.value == "metrics"
    assert "48609a3f5d7a" in words(tour.pages.biography.value)


def test_without_a_database_it_is_a_tour_all_the_same(
    project_folder: Path, tmp_path: Path, words: Words
) -> None:
    with Project.open(project_folder, url=f"sqlite:///{tmp_path}/none.db") as project:
        tour = toured(project)
        assert tour.error.value == ""
        assert "<svg" in tour.picture.value
        assert tour.pages.error.value == ""
        assert "poolname" in words(tour.pages.page.value)
    assert not (tmp_path / "none.db").exists()


def test_what_env_py_raises_stands_under_the_widget(
    project_folder: Path, demo_url: str, words: Words
) -> None:
    env = project_folder / "alembic" / "env.py"
    future = "from __future__ import annotations\n"
    env.write_text(env.read_text().replace(future, f"{future}import not_there\n"))
    with Project.open(project_folder, url=demo_url) as project:
        made = SchemaTour(project)
        assert made.wait(60)
        assert "not_there" in words(made.error.value)
        assert not made.refresh.disabled


def test_a_history_that_cannot_be_walked_leaves_the_models(
    project_folder: Path, demo_url: str, words: Words
) -> None:
    versions = project_folder / "alembic" / "versions"
    next(versions.glob("2a205a7d6150*")).unlink()
    with Project.open(project_folder, url=demo_url) as project:
        tour = toured(project)
        assert tour.error.value == ""
        assert "The revisions could not be replayed" in words(tour.status.value)
        assert "<svg" in tour.picture.value
        assert tour.time.slider.disabled
        assert "There are no revisions to tell of" in words(tour.pages.biography.value)


def test_refresh_reads_all_of_it_again(
    project: Project, project_folder: Path, words: Words
) -> None:
    tour = toured(project)
    tour.show("users")
    path = next((project_folder / "alembic" / "versions").glob("7adee582ada3*"))
    path.unlink()
    tour.refresh.click()
    assert tour.wait(120)
    assert "16 tables in 13 revisions" in words(tour.status.value)
    assert tour.table.value == "users"


def test_hostile_names_are_harmless(project_folder: Path, demo_url: str, words: Words) -> None:
    (project_folder / "alembic" / "versions" / "evil.py").write_text(
        '"""<script>alert(1)</script>"""\n'
        "from alembic import op\nimport sqlalchemy as sa\n"
        'revision = "evil"\ndown_revision = "7adee582ada3"\n'
        "def upgrade():\n"
        "    op.create_table('<script>alert(2)</script>', sa.Column('<b>', sa.Text()))\n"
        "def downgrade():\n    pass\n"
    )
    with Project.open(project_folder, url=demo_url) as project:
        tour = toured(project)
        tour.show("<script>alert(2)</script>")
        assert tour.pages.wait(60)
        shown = (tour.station, tour.picture, tour.pages.page, tour.pages.biography, tour.status)
        assert not [each for each in shown if "<script>" in each.value]
        assert "<script>alert(2)</script>" in words(tour.station.value)
