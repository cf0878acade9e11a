"""What the tests in a browser do with a notebook in JupyterLab: open it, run it, look at it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

#: How long a page may take to show what is expected, in milliseconds.
PATIENCE = 60_000

#: The notebook in sight; those in other tabs are there too, hidden.
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
#: By how many pixels what is in an element stands out of it.
CUT_OFF = "element => element.scrollWidth - element.clientWidth"

_READY = """async name => {
    const panel = window.jupyterapp?.shell.currentWidget;
    if (!panel?.sessionContext || !panel.context.path.endsWith(name)) return false;
    await panel.sessionContext.ready;
    return Boolean(await panel.sessionContext.session?.kernel?.info);
}"""
_ALL_RUN = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const cells = panel.content.model.sharedModel.cells.filter(cell => cell.cell_type === 'code');
    const isIdle = panel.sessionContext.session.kernel.status === 'idle';
    return isIdle && cells.every(cell => cell.execution_count !== null);
}"""
_RUN = "command => window.jupyterapp.commands.execute(command)"
_THEME = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"


def write_as_far_as(lab: Any, name: str, source: str, call: str) -> None:
    """A copy of a notebook that ends with the cell that calls ``call``; the name is its own."""
    notebook = json.loads((NOTEBOOKS / source).read_text())
    cells = notebook["cells"]
    last = next(n for n, cell in enumerate(cells) if f"{call}(" in "".join(cell["source"]))
    notebook["cells"] = cells[: last + 1]
    (lab.root / "notebooks" / name).write_text(json.dumps(notebook))


def open_notebook(page: Page, lab: Any, name: str) -> None:
    """Open a notebook of the folder that this JupyterLab serves, as far as its kernel answers."""
    page.goto(lab.page(name))
    wait_until_ready(page, name)


def wait_until_ready(page: Page, name: str) -> None:
    """Wait until the notebook is in sight and its kernel answers."""
    page.wait_for_function("() => Boolean(window.jupyterapp)")
    page.wait_for_selector(NOTEBOOK)
    page.wait_for_function(_READY, arg=name)


def run(page: Page, command: str) -> None:
    """Run a command of JupyterLab's own, such as ``application:toggle-left-area``."""
    page.evaluate(_RUN, command)


def run_all(page: Page, *, timeout: float = 120_000) -> None:
    """Run all cells, as Run, Run All Cells does. ``timeout`` is in milliseconds."""
    run(page, "notebook:run-all-cells")
    page.wait_for_function(_ALL_RUN, timeout=timeout)
    failed = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    assert failed.all_inner_texts() == []


def change_theme(page: Page, name: str) -> None:
    """``"Dark"`` or ``"Light"``."""
    page.evaluate(_THEME, f"JupyterLab {name}")


def press(panel: Locator, name: str) -> None:
    """Click the button of this name, before which an icon stands."""
    panel.get_by_role("button", name=re.compile(rf"(^|\W){name}$")).click()


def told(cell: Locator, text: str | re.Pattern[str]) -> None:
    """Wait until a status line says so."""
    expect(cell.get_by_role("status").filter(has_text=text).first).to_be_visible(timeout=PATIENCE)


def keep(page: Page, tmp_path: Path, name: str) -> None:
    """A screenshot; in SCHEMA_SCREENSHOTS, when somebody wants to look at it."""
    folder = Path(os.environ.get("SCHEMA_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
