"""The panel for a new revision: presentation of a draft, with nobody at a page."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema.history import read_history
from schema.widgets import NewRevisionPanel

if TYPE_CHECKING:
    from tests.conftest import Shop

ROOT = Path(__file__).resolve().parents[2]
MAIL = "    mail = Column(String(80))\n"


@pytest.fixture
def panel(shop: Shop) -> Iterator[NewRevisionPanel]:
    shutil.copy(ROOT / "alembic" / "script.py.mako", shop.project.script_location)
    made = NewRevisionPanel(shop.project)
    assert made.wait(60)
    yield made
    made.close_draft()


def press(panel: NewRevisionPanel, name: str) -> None:
    button = getattr(panel, name)
    assert not button.disabled
    button.click()
    assert panel.wait(120)
    assert "Unexpected" not in panel.error.value


def test_the_editors_have_a_label_that_is_read_aloud(panel: NewRevisionPanel) -> None:
    assert panel.model.editor.description
    assert panel.revision.editor.description


def test_the_whole_way(panel: NewRevisionPanel, shop: Shop) -> None:
    assert panel.rehearse.disabled
    assert panel.write.disabled
    editor = panel.model.editor
    assert "class Customer" in editor.value
    editor.value = editor.value.replace(MAIL, MAIL + "    age = Column(Integer, nullable=False)\n")
    panel.autogenerate.click()
    assert "type a message" in panel.error.value
    panel.message.value = "Adds <b>ages</b>"
    press(panel, "autogenerate")
    assert panel.error.value == ""
    assert panel.tabs.selected_index == 1
    assert "Adds column customer.age" in panel.read.result.value

    offers = dict(panel.revision.offers.options)
    assert "Fill customer.age in the rows that are there" in offers
    panel.revision.offers.value = offers["Fill customer.age in the rows that are there"]
    assert "must not be NULL" in panel.revision.about.value
    panel.revision.take.click()
    assert panel.wait(60)
    assert "UPDATE customer SET age = 0" in panel.revision.editor.value
    panel.revision.editor.value = panel.revision.editor.value.replace("age = 0", "age = 7")
    panel.revision.check.click()
    assert panel.wait(60)
    assert panel.reading is not None
    assert "age = 7" in panel.reading.text

    panel.made_up.value = True
    press(panel, "rehearse")
    assert panel.rehearsal is not None
    assert "Rehearsed: every way back returns" in panel.status.value
    assert "+    age = Column" in panel.changes.result.value
    assert len(read_history(shop.project)) == 3, "nothing is written yet"
    assert "Until then nothing of the project is changed" in panel.target.value

    panel.models_too.value = True
    press(panel, "write")
    assert "Written:" in panel.status.value
    assert len(read_history(shop.project)) == 4
    assert "age" in shop.models.read_text()
    assert "&lt;b&gt;ages" in panel.read.result.value
    assert "<b>ages" not in panel.read.result.value


def test_errors_are_shown_and_the_text_stays(panel: NewRevisionPanel) -> None:
    panel.message.value = "Breaks"
    panel.model.editor.value += "\nclass:\n"
    panel.autogenerate.click()
    assert "shop.py, line" in panel.error.value
    assert panel.model.editor.value.endswith("class:\n")
    panel.model.editor.value = "import nothing_that_is_there\n"
    press(panel, "autogenerate")
    assert "nothing_that_is_there" in panel.error.value
    assert not panel.autogenerate.disabled
    assert panel.write.disabled


def test_stop_ends_a_revision_that_never_ends(panel: NewRevisionPanel, shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "import time; time.sleep(100)")
    press(panel, "anew")
    panel.message.value = "Never made"
    panel.autogenerate.click()
    deadline = time.monotonic() + 60
    while "ddd444" not in panel.status.value and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "Replaying ddd444" in panel.status.value
    panel.stop.click()
    assert panel.wait(20)
    assert "Stopped. Nothing was changed." in panel.status.value
    assert not panel.autogenerate.disabled


def test_several_heads_are_shown_and_merged(panel: NewRevisionPanel, shop: Shop) -> None:
    shop.revision("ddd444", "ccc333")
    shop.revision("eee555", "ccc333")
    press(panel, "anew")
    assert "There are 2 heads" in panel.status.value
    panel.heads.orders.click()
    assert panel.wait(120)
    assert "The order does not matter" in panel.heads.result.value
    panel.heads.merge.click()
    assert panel.wait(60)
    assert panel.reading is not None
    assert panel.reading.operations == ()
    press(panel, "write")
    assert len(read_history(shop.project).heads) == 1
