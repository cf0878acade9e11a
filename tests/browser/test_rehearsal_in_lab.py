"""In a browser: Copy and Up are clicked, the page is reloaded meanwhile, the theme switched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.in_lab import (
    CUT_OFF,
    NOTEBOOK,
    change_theme,
    keep,
    open_notebook,
    press,
    run,
    run_all,
    wait_until_ready,
    write_as_far_as,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


#: How long a page may take to show what is expected: longer than the slow revision sleeps, since
#: on a quick machine the page is back before that is through. Milliseconds.
expect.set_options(timeout=30_000)

LAST_CELL = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel
    .cells.at(-1).executionState"""
BLOCK = """async seconds => {
    const panel = window.jupyterapp.shell.currentWidget;
    const cells = panel.content.model.sharedModel;
    cells.insertCell(cells.cells.length, {
        cell_type: 'code', source: `import time; time.sleep(${seconds})`
    });
    panel.content.activeCellIndex = cells.cells.length - 1;
    window.jupyterapp.commands.execute('notebook:run-cell');
}"""
CONTRAST = """element => {
    const channels = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = text => {
        const [r, g, b] = channels(text).map(c => c / 255).map(
            c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(element);
    const pair = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""


@pytest.fixture
def outside(page: Page, lab: Any) -> list[str]:
    """Fills with what the page asks of other servers."""
    asked: list[str] = []
    own = urlsplit(lab.address).netloc

    def note(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws"} and parts.netloc != own:
            asked.append(request.url)

    page.on("request", note)
    return asked


def open_rehearsal(page: Page, lab: Any, name: str) -> None:
    """Open the notebook as far as the panel, under a name, and so with a kernel, of its own.

    The cells below it, which run all of it again without buttons, have tests of their own.
    """
    write_as_far_as(lab, name, "04_rehearsal.ipynb", "RehearsalPanel")
    open_notebook(page, lab, name)


def panel_of(page: Page) -> Locator:
    """The cell that shows the rehearsal panel."""
    return page.locator(f"{NOTEBOOK} .jp-CodeCell").filter(has_text="RehearsalPanel(project)")


def opener(panel: Locator, revision: str) -> Locator:
    """The button that opens the step of this revision."""
    return panel.get_by_role("button", name=re.compile(f"[↑↓] {revision}"))


def test_the_copy_is_rehearsed_in_the_browser(
    page: Page, lab: Any, outside: list[str], tmp_path: Path
) -> None:
    open_rehearsal(page, lab, "04_rehearsal.ipynb")
    run_all(page)
    panel = panel_of(page)
    status = panel.get_by_role("status")
    panel.scroll_into_view_if_needed()
    expect(status).to_contain_text("Press Copy")

    press(panel, "Plan")
    expect(status).to_contain_text("6 revisions would be run. Nothing was run yet.")
    expect(panel.locator("details").filter(has_text="8f7a33b3e529")).to_contain_text("high hazard")

    press(panel, "Copy")
    expect(status).to_have_text("The copy is at e454a81bd5a2. 6 revisions to head.")
    press(panel, "Up")
    expect(status).to_contain_text("edbe5a51f52a is done")
    expect(panel).to_contain_text("1 of 1")
    step = opener(panel, "edbe5a51f52a")
    expect(step).to_contain_text("Adding metrics_failover_success table")
    picture = panel.get_by_role("img", name=re.compile("^Locks within"))
    expect(picture).to_be_visible()
    expect(panel.get_by_role("log")).to_contain_text("CREATE TABLE metrics_failover_success")
    keep(page, tmp_path, "rehearsal-light")

    # A step is closed and opened by keyboard alone.
    step.focus()
    page.keyboard.press("Enter")
    expect(picture).to_have_count(0)
    page.keyboard.press("Enter")
    expect(picture).to_be_visible()

    # Light and dark: what is on the page already is repainted, and stays legible.
    change_theme(page, "Dark")
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    swb = panel.locator(".swb").first
    page.wait_for_timeout(500)
    assert swb.evaluate(CONTRAST) > 7
    keep(page, tmp_path, "rehearsal-dark")

    # The page goes away while a step runs; the step does not.
    press(panel, "Run to")
    expect(status).to_contain_text("Running ↑ 5104000000aa Wait a while, 5 of 5")
    run(page, "docmanager:save")
    page.reload()
    wait_until_ready(page, "04_rehearsal.ipynb")
    panel = panel_of(page)
    panel.scroll_into_view_if_needed()
    status = panel.get_by_role("status")
    expect(status).to_contain_text("5104000000aa is done")
    expect(panel.get_by_role("button", name=re.compile("↑"))).to_have_count(6)
    expect(panel).to_contain_text("5 of 5")

    # And the buttons of the new page lead to the same copy.
    press(panel, "Down")
    expect(status).to_contain_text("The copy is at 7adee582ada3")
    assert outside == []


def test_nothing_is_cut_off_where_the_page_is_narrow(page: Page, lab: Any, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 750, "height": 1000})
    open_rehearsal(page, lab, "narrow.ipynb")
    run(page, "application:toggle-left-area")
    run_all(page)
    panel = panel_of(page)
    panel.scroll_into_view_if_needed()
    press(panel, "Copy")
    expect(panel.get_by_role("status")).to_contain_text("The copy is at e454a81bd5a2")
    panel.get_by_label("Target", exact=True).select_option(
        label="8f7a33b3e529 Adds guest_requests.ctime"
    )
    press(panel, "Run to")
    expect(panel.get_by_role("status")).to_contain_text("8f7a33b3e529 is done")
    keep(page, tmp_path, "rehearsal-750")
    for part in panel.locator(".swb").all():
        assert part.evaluate(CUT_OFF) <= 1, part.inner_text()


def test_work_goes_on_while_another_cell_runs(page: Page, lab: Any, tmp_path: Path) -> None:
    open_rehearsal(page, lab, "busy.ipynb")
    run_all(page)
    panel = panel_of(page)
    panel.scroll_into_view_if_needed()
    status = panel.get_by_role("status")
    press(panel, "Copy")
    expect(status).to_contain_text("The copy is at e454a81bd5a2")
    press(panel, "Run to")
    page.evaluate(BLOCK, 60)
    expect(status).to_contain_text("5104000000aa Wait a while, 6 of 6")
    press(panel, "Stop")
    expect(panel.get_by_text("✗ failed")).to_be_visible()
    expect(panel).to_contain_text("Stopped before it was done.")
    keep(page, tmp_path, "stopped")
    assert page.evaluate(LAST_CELL) == "running"
