"""In a browser: the history is filtered, a revision chosen by keyboard, and its tabs are opened."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.in_lab import (
    CUT_OFF,
    NOTEBOOK,
    PATIENCE,
    change_theme,
    keep,
    open_notebook,
    run,
    told,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

#: By how many pixels the middle of a row's dot lies off the middle of its button.
OUT_OF_STEP = """cell => {
    const middle = box => (box.top + box.bottom) / 2;
    const dots = [...cell.querySelectorAll('.swb-strip circle[r="4.5"]')];
    const rows = [...cell.querySelectorAll('button.swb-row')].filter(row => row.offsetHeight);
    const facts = [...cell.querySelectorAll('.swb-facts tbody tr')];
    return Math.max(...rows.flatMap((row, n) => [dots[n], facts[n]].map(other =>
        Math.abs(middle(row.getBoundingClientRect()) - middle(other.getBoundingClientRect())))));
}"""
#: Milliseconds from a click on a row until the heading of its page is there.
ANSWER = """async ([cell, id]) => {
    const row = [...cell.querySelectorAll('button.swb-row')]
        .find(button => button.innerText.includes(id));
    const began = performance.now();
    row.click();
    while (!cell.querySelector('h3')?.innerText.includes(id))
        await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""

CELLS = (
    "from schema import HistoryBrowser, Project\nfrom schema.demo.sample import sample_url",
    "HistoryBrowser(Project.open(url=sample_url(None)))",
)


@pytest.fixture
def cell(page: Page, lab: Any) -> Locator:
    """The cell of the browser, in a notebook and with a kernel of its own."""
    name = "history-in-lab.ipynb"
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": [{**code, "id": f"c{n}", "source": text} for n, text in enumerate(CELLS)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (lab.root / "notebooks" / name).write_text(json.dumps(notebook))
    open_notebook(page, lab, name)
    run(page, "notebook:run-all-cells")
    found = page.locator(f"{NOTEBOOK} .jp-CodeCell").filter(has_text="HistoryBrowser(Project")
    told(found, "15 revisions. The database is at")
    return found


def tab(cell: Locator, name: str, text: str | re.Pattern[str]) -> None:
    """Open a tab, and wait until it shows this."""
    cell.get_by_role("tab", name=name).click()
    shown = cell.locator(".jupyter-widget-tab .swb:visible").filter(has_text=text)
    expect(shown.first).to_be_visible(timeout=PATIENCE)


def test_a_revision_is_found_and_read_by_keyboard_in_light_and_dark(
    page: Page, cell: Locator, tmp_path: Path
) -> None:
    # Words filter while they are typed, long before the replay is through.
    cell.get_by_label("Words").fill("tokens role")
    told(cell, "1 of 15 revisions match")
    expect(cell.locator("button.swb-row:visible")).to_have_count(1)
    cell.get_by_role("button", name="Clear filters").click()
    told(cell, "15 revisions. The database")

    # From the filters, Tab leads to each row, and Enter opens it.
    row = cell.get_by_role("button", name=re.compile("^487f52cc5aef"))
    row.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell.get_by_role("heading", name=re.compile("^487f52cc5aef"))).to_be_visible()
    expect(cell.get_by_role("button", name=re.compile("^▸ 487f52cc5aef"))).to_be_focused()
    assert cell.evaluate(OUT_OF_STEP) <= 1.5

    # So do the tabs, with the arrows.
    cell.get_by_role("tab", name="Data").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    tab(cell, "SQL", "UPDATE guest_requests SET user_data='{}'")
    tab(cell, "Source", "def upgrade() -> None:")
    tab(cell, "Data", "As its text says")

    # What was seen in the replay is there when that is through.
    told(cell, "was seen on a scratch SQLite")
    tab(cell, "Schema", "nullable")
    tab(cell, "Biography", "Adding guest_requests.user_data column")
    tab(cell, "Picture", "What 487f52cc5aef changed")
    expect(cell.locator("svg.swb-er")).to_be_visible()
    keep(page, tmp_path, "history-light")
    change_theme(page, "Dark")
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    keep(page, tmp_path, "history-dark")
    change_theme(page, "Light")

    cell.get_by_label("Table", exact=True).select_option("sshkeys (1)")
    told(cell, "1 of 15 revisions match")
    cell.get_by_role("button", name="Clear filters").click()
    tab(cell, "About", "In the schema")
    answers = [
        cell.evaluate("(cell, id) => (" + ANSWER + ")([cell, id])", name)
        for name in ("8c470c3f4331", "85e51f3435b4", "1d54a4ff03e8", "a31dd2a66069")
    ]
    assert min(answers) < 500, answers  # a fifth of a second where the machine has nothing to do

    # A narrow page cuts nothing off, and its rows are still in step.
    page.set_viewport_size({"width": 750, "height": 1000})
    run(page, "application:toggle-left-area")
    page.wait_for_timeout(500)
    keep(page, tmp_path, "history-750")
    assert cell.evaluate(OUT_OF_STEP) <= 1.5
    for name in ("About", "Schema", "Data", "SQL", "Source"):
        cell.get_by_role("tab", name=name).click()
        page.wait_for_timeout(200)
        for panel in cell.locator(".jupyter-widget-tab .swb:visible").all():
            assert panel.evaluate(CUT_OFF) <= 1, (name, panel.inner_text())
    print("answers in ms:", [round(each) for each in answers])
