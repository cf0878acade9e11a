"""In a browser: drift is filtered and looked at, a repair proposed, proved and saved."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.in_lab import (
    CUT_OFF,
    NOTEBOOK,
    NOTEBOOKS,
    change_theme,
    keep,
    open_notebook,
    run,
    run_all,
    told,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def explorer(page: Page, lab: Any) -> Locator:
    """The cell of the explorer in a notebook, and so with a kernel, of its own, all of it run."""
    name = "drift-in-lab.ipynb"
    shutil.copy(NOTEBOOKS / "03_drift.ipynb", lab.root / "notebooks" / name)
    open_notebook(page, lab, name)
    run_all(page)
    cell = page.locator(f"{NOTEBOOK} .jp-CodeCell").filter(has_text="DriftExplorer(project)")
    cell.scroll_into_view_if_needed()
    return cell


def test_drift_is_looked_at_and_repaired_in_the_browser(
    page: Page, explorer: Locator, lab: Any, tmp_path: Path
) -> None:
    told(explorer, "8 changes outside migrations")
    told(explorer, re.compile(r"8 of \d+ differences shown"))

    # Words filter while they are typed.
    explorer.get_by_label("Filter").fill("fingerprint")
    told(explorer, re.compile(r"1 of \d+ differences shown"))
    expect(explorer.locator(".swb-differences")).not_to_contain_text("pool_outages")
    explorer.get_by_label("Filter").fill("")

    # What is no drift is there when it is asked for.
    explorer.get_by_label(re.compile("^pending")).check()
    expect(explorer.get_by_role("heading", name="Pending migration")).to_be_visible()
    explorer.get_by_label(re.compile("^pending")).uncheck()

    explorer.get_by_label("In full").select_option(label="column guest_requests.address changed")
    expect(explorer.locator("table").last).to_contain_text("nullable")
    keep(page, tmp_path, "drift-light")

    # A repair of one difference is proposed, proved and saved; the database is left as it is.
    explorer.get_by_role("tab", name="Repair").click()
    explorer.get_by_role("button", name=re.compile("Untick these")).click()
    explorer.get_by_label(re.compile("^column sshkeys.fingerprint")).check()
    told(explorer, "1 of 8 differences ticked")
    explorer.get_by_role("button", name=re.compile("Propose")).click()
    told(explorer, re.compile("Proved: nothing left"))
    expect(explorer.locator("pre.swb-file")).to_contain_text("fingerprint")
    expect(explorer).to_contain_text("can lose data")
    path = lab.root / "taken.sql"
    explorer.get_by_label("File", exact=True).fill(str(path))
    explorer.get_by_role("button", name=re.compile("Save")).click()
    told(explorer, "It was not run")
    assert "fingerprint" in path.read_text()
    explorer.get_by_role("button", name=re.compile("Save")).click()
    expect(explorer.get_by_role("alert")).to_contain_text("exists, and was left as it is")
    keep(page, tmp_path, "repair-light")

    change_theme(page, "Dark")
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    keep(page, tmp_path, "repair-dark")


@pytest.mark.parametrize("width", [1280, 750])
def test_nothing_is_cut_off_at_the_side(
    page: Page, explorer: Locator, width: int, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    if width < 1000:
        run(page, "application:toggle-left-area")
    page.wait_for_timeout(500)
    told(explorer, "8 changes outside migrations")
    keep(page, tmp_path, f"drift-{width}")
    for panel in explorer.locator(".swb").all():
        assert panel.evaluate(CUT_OFF) <= 1, panel.inner_text()
