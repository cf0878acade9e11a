"""A newcomer's first twenty minutes: from the command that opens JupyterLab through every notebook.

Nobody is told anything: it begins at the address that the command prints, each notebook is run
whole, and the next one is reached by a link in the one before. No cell fails, no picture is empty,
no link and no button leads nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browser.in_lab import NOTEBOOK, PATIENCE, keep, run_all, told, wait_until_ready

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(600),
]

#: What the cells of the notebook in sight say as errors, and on standard error.
TROUBLE = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter(cell => cell.cell_type === 'code')
    .flatMap(cell => cell.toJSON().outputs)
    .filter(output => output.output_type === 'error' || output.name === 'stderr')
    .map(output => output.evalue ?? output.text)"""
#: Pictures in sight with nothing in them; what is folded away is none.
EMPTY = """() => [...window.jupyterapp.shell.currentWidget.node.querySelectorAll('svg[role=img]')]
    .filter(svg => svg.checkVisibility() && svg.querySelectorAll('rect, path, circle').length < 2)
    .map(svg => svg.getAttribute('aria-label'))"""
#: Notes the changes of a cell from now on, and asks for them.
WATCH = """cell => {
    window.happened = 0;
    window.watching?.disconnect();
    window.watching = new MutationObserver(() => { window.happened += 1; });
    window.watching.observe(cell, {
        subtree: true, childList: true, characterData: true, attributes: true,
    });
}"""
HAPPENED = "() => window.happened > 0"
#: The notebooks that the one in sight links to.
LINKS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter(cell => cell.cell_type === 'markdown')
    .flatMap(cell => [...cell.getSource().matchAll(/\\]\\(([^)\\s]+\\.ipynb)\\)/g)])
    .map(found => found[1])"""


#: The tip over a button whose revision is in sight already.
SHOWN = "Shown below"

#: Where its last words lead.
ONWARD = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
    const last = cells.filter(cell => cell.cell_type === 'markdown').at(-1).getSource();
    return [...last.matchAll(/\\]\\(([^)\\s]+\\.ipynb)\\)/g)].map(found => found[1]);
}"""


def test_every_notebook_is_reached_run_and_tried(
    page: Page, fresh_lab: Any, tmp_path: Path
) -> None:
    page.goto(f"{fresh_lab.address}/lab/tree/notebooks/00_start.ipynb?token={fresh_lab.token}")
    left = {path.name for path in (fresh_lab.root / "notebooks").glob("*.ipynb")}
    here = "00_start.ipynb"
    linked: set[str] = set()
    while True:
        run(page, here)
        left.discard(here)
        for name, try_out in TRIED.items():
            if here.startswith(name):
                try_out(page)
        keep(page, tmp_path, f"newcomer-{here.removesuffix('.ipynb')}")
        links = page.evaluate(LINKS)
        linked.update(links)
        following = next((link for link in page.evaluate(ONWARD) if link in left), None)
        if following is None:
            break
        follow(page, following)
        here = following
    assert left == set(), "a newcomer finds every notebook"
    assert linked <= {path.name for path in (fresh_lab.root / "notebooks").glob("*.ipynb")}


def run(page: Page, name: str) -> None:
    """Run the whole notebook, as it says in the first one: Run, Run All Cells."""
    wait_until_ready(page, name)
    run_all(page, timeout=180_000)
    assert page.evaluate(TROUBLE) == [], name
    assert page.evaluate(EMPTY) == [], name
    expect(page.locator(f"{NOTEBOOK} .swb-error")).to_have_count(0)


def follow(page: Page, link: str) -> None:
    """Click the last link to this notebook, as a reader does who has come to the end."""
    page.keyboard.press("Escape")
    page.evaluate(
        """link => {
            const panel = window.jupyterapp.shell.currentWidget;
            const cells = panel.content.widgets;
            const has = cell => cell.model.sharedModel.getSource().includes(link);
            return panel.content.scrollToItem(cells.findLastIndex(has));
        }""",
        link,
    )
    page.locator(
        f"{NOTEBOOK} .jp-MarkdownCell a", has_text=link.removesuffix(".ipynb")
    ).last.click()


# -- widgets, tried out -----------------------------------------------------------------------


def widget(page: Page, call: str) -> Locator:
    """The cell that shows a widget."""
    found = page.locator(f"{NOTEBOOK} .jp-CodeCell").filter(has_text=call)
    found.scroll_into_view_if_needed()
    return found


def press_every_button(cell: Locator) -> None:
    """Each button that can be pressed answers: what it says, what it shows, or itself changes."""
    buttons = cell.locator("button.jupyter-button:visible")
    for number in range(buttons.count()):
        button = buttons.nth(number)
        if not button.is_visible() or button.is_disabled():
            continue
        name = button.get_attribute("title") or button.inner_text()
        if name.startswith(SHOWN):
            continue
        cell.evaluate(WATCH)
        try:
            button.click(timeout=10_000)
        except TimeoutError:  # what was pressed before has just now disabled it
            assert button.is_disabled(), name
            continue
        cell.page.wait_for_function(HAPPENED, timeout=20_000)
        idle(cell)
        assert cell.locator(".swb-error").count() == 0, f"after {name}"


def idle(cell: Locator) -> None:
    """Wait until nothing can be stopped any more."""
    stop = cell.get_by_role("button", name=re.compile("Stop$"))
    expect(stop.locator("visible=true")).to_have_count(0, timeout=PATIENCE)


def try_history(page: Page) -> None:
    cell = widget(page, "HistoryBrowser(project)")
    press_every_button(cell)


def try_tour(page: Page) -> None:
    cell = widget(page, "SchemaTour(project)")
    status = cell.get_by_role("status")
    expect(status.filter(has_text="The tour begins at")).to_be_visible(timeout=PATIENCE)
    press_every_button(cell)

    # The slider answers to the keyboard, and the picture follows it.
    handle = cell.get_by_role("slider").first
    handle.focus()
    page.keyboard.press("Home")
    expect(cell.locator(".swb-er").first).to_have_attribute("aria-label", re.compile(r"tables \+"))
    page.keyboard.press("End")

    # Any word leads to what it finds, and to how that came to be.
    cell.get_by_label("Search").fill("token")
    found = cell.get_by_label("Go to")
    expect(found).to_contain_text("column users.admin_token")
    label = found.locator("option").filter(has_text="column users.admin_token").inner_text()
    found.select_option(label=label)
    expect(status.filter(has_text="About users.admin_token")).to_be_visible(timeout=PATIENCE)
    expect(cell.get_by_role("tab", name="Biography")).to_have_attribute("aria-selected", "true")
    expect(cell).to_contain_text("8c470c3f4331")


def try_fleet(page: Page) -> None:
    cell = widget(page, "FleetPanel(project")
    told(cell, "24 databases checked")
    press_every_button(cell)


TRIED = {"01_history": try_history, "02_tour": try_tour, "06_fleet": try_fleet}
