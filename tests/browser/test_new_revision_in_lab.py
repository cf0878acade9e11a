"""In a browser: a model is edited, a revision made, read, mended and rehearsed, none written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.in_lab import (
    CUT_OFF,
    change_theme,
    keep,
    open_notebook,
    press,
    run,
    write_as_far_as,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


#: Milliseconds: at head stands a revision that sleeps for eight seconds.
expect.set_options(timeout=90_000)


def open_panel(page: Page, lab: Any, name: str) -> Locator:
    """The notebook as far as the panel, under a name, and so with a kernel, of its own."""
    write_as_far_as(lab, name, "05_new_revision.ipynb", "RevisionPanel")
    open_notebook(page, lab, name)
    run(page, "application:toggle-left-area")
    run(page, "notebook:run-all-cells")
    panel = page.locator(".jp-CodeCell").filter(has_text="NewRevisionPanel(project)")
    expect(panel.get_by_role("status")).to_contain_text("Edit a model and press Autogenerate")
    panel.scroll_into_view_if_needed()
    return panel


def test_a_revision_is_made_in_the_browser_and_none_is_written(
    page: Page, lab: Any, tmp_path: Path
) -> None:
    versions = sorted((lab.root / "alembic" / "versions").glob("*.py"))
    models = (lab.root / "schema" / "models" / "guests.py").read_text()
    panel = open_panel(page, lab, "revision.ipynb")
    status = panel.get_by_role("status")
    keep(page, tmp_path, "revision-model")
    editor = panel.locator(".swb-editor textarea").first
    editor.fill(models.replace("post_install_script", "setup_script"))
    panel.get_by_label("Message").fill("Rename the script")

    press(panel, "Autogenerate")
    expect(status).to_contain_text("1 difference that Alembic does not see")
    reading = panel.get_by_role("region", name="What Alembic does not see")
    expect(reading).to_contain_text("renamed from post_install_script")
    keep(page, tmp_path, "revision-reading")

    # The tabs and the offers are reached by keyboard alone.
    panel.get_by_role("tab", name="Reading").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name=re.compile("Take$"))).to_be_visible()
    panel.get_by_role("button", name=re.compile("Take$")).focus()
    page.keyboard.press("Enter")
    expect(status).to_contain_text("It makes what the models say")
    keep(page, tmp_path, "revision-mended")

    change_theme(page, "Dark")
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    page.set_viewport_size({"width": 750, "height": 1000})
    press(panel, "Rehearse")
    expect(status).to_contain_text("Rehearsed: every way back returns")
    keep(page, tmp_path, "revision-rehearsed-dark-750")
    for name in ("Reading", "Revision", "Changes", "Model"):
        panel.get_by_role("tab", name=name).click()
        page.wait_for_timeout(300)
        keep(page, tmp_path, f"revision-{name.lower()}-dark-750")
        for part in panel.locator(".swb:visible").all():
            assert part.evaluate(CUT_OFF) <= 1, part.inner_text()

    assert sorted((lab.root / "alembic" / "versions").glob("*.py")) == versions
    assert (lab.root / "schema" / "models" / "guests.py").read_text() == models
