"""In a browser: a fleet is checked, its groups are opened, its members filtered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.in_lab import (
    CUT_OFF,
    NOTEBOOK,
    change_theme,
    keep,
    open_notebook,
    run,
    run_all,
    told,
    write_as_far_as,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def panel(page: Page, lab: Any) -> Locator:
    """The cell of the panel, in a notebook of its own, all of it run."""
    name = "fleet-in-lab.ipynb"
    write_as_far_as(lab, name, "06_fleet.ipynb", "FleetPanel")
    open_notebook(page, lab, name)
    run_all(page)
    cell = page.locator(f"{NOTEBOOK} .jp-CodeCell").filter(has_text="FleetPanel(project")
    cell.scroll_into_view_if_needed()
    return cell


def test_a_fleet_is_looked_through_in_the_browser(
    page: Page, panel: Locator, tmp_path: Path
) -> None:
    told(panel, "24 databases checked")
    expect(panel.get_by_role("status").filter(has_text="15 ").first).to_be_visible()
    panel.get_by_role("button", name=re.compile("south-02")).click()
    expect(panel).to_contain_text("pool_outages")
    panel.get_by_label("Against").select_option(label="the largest group")
    expect(panel).to_contain_text("Largest group")
    keep(page, tmp_path, "fleet-light")

    panel.get_by_role("tab", name="Databases").click()
    panel.get_by_label("Verdict").select_option(label="! could not be opened (1)")
    expect(panel).to_contain_text("file is not a database")
    panel.get_by_label("Verdict").select_option(index=0)
    panel.get_by_label("Filter").fill("drifted outside")
    expect(panel).to_contain_text("north-07.sqlite")
    expect(panel.locator("table").last).not_to_contain_text("north-01.sqlite")
    change_theme(page, "Dark")
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    keep(page, tmp_path, "fleet-dark")


@pytest.mark.parametrize("width", [1280, 750])
def test_nothing_is_cut_off_at_the_side(
    page: Page, panel: Locator, width: int, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    if width < 1000:
        run(page, "application:toggle-left-area")
    page.wait_for_timeout(500)
    told(panel, "24 databases checked")
    panel.get_by_role("button", name=re.compile("north-11")).click()
    expect(panel).to_contain_text("ix_guest_events_guestname")
    keep(page, tmp_path, f"fleet-{width}")
    for each in panel.locator(".swb").all():
        assert each.evaluate(CUT_OFF) <= 1, each.inner_text()
