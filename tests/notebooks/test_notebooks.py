"""Every notebook runs from top to bottom with nobody clicking, here and on another project."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
OTHER = Path(__file__).resolve().parents[1] / "projects" / "generic"


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=180, resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute(env={**os.environ, "PYTHONWARNINGS": "default"})
    return notebook


def shown(notebook: nbformat.NotebookNode) -> str:
    """All that the cells put out, as text."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return "\n".join(str(output.get("data", output.get("text", ""))) for output in outputs)


def test_there_is_a_notebook_for_each_question() -> None:
    names = [path.stem for path in NOTEBOOKS]
    assert names[:4] == ["00_start", "01_history", "02_drift", "03_rehearsal"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_and_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    cells = code_cells(notebook)
    assert cells[0].metadata.tags == ["parameters"]
    for cell in cells:
        assert cell.outputs == []
        assert not re.search(r"^\s*(def|class|for|while) ", cell.source, re.MULTILINE)
        assert len(cell.source.splitlines()) <= 8


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_with_nobody_clicking(path: Path) -> None:
    notebook = run(path)
    assert "Traceback" not in shown(notebook)


@pytest.mark.notebook
def test_the_drift_notebook_shows_the_eight_changes() -> None:
    text = shown(run(next(path for path in NOTEBOOKS if path.stem == "02_drift")))
    assert "8 changes outside migrations" in text
    for name in ("pool_outages", "ix_guest_events_guestname", "guest_requests_skip_same_state"):
        assert name in text


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_takes_another_project_by_its_parameters(path: Path, tmp_path: Path) -> None:
    import shutil
    import sqlite3

    import papermill

    project = tmp_path / "other"
    shutil.copytree(OTHER, project)
    live = sqlite3.connect(project / "other.sqlite")
    live.executescript(
        "CREATE TABLE person (id INTEGER NOT NULL, name VARCHAR(50) NOT NULL, PRIMARY KEY (id));"
        "INSERT INTO person VALUES (1, 'Ada');"
        "CREATE TABLE generic_version (version_num VARCHAR(32) NOT NULL);"
        "INSERT INTO generic_version VALUES ('a1');"
    )
    live.close()
    parameters = {
        "config": str(project / "alembic.ini"),
        "url": f"sqlite:///{project / 'other.sqlite'}",
    }
    notebook = papermill.execute_notebook(
        str(path), None, parameters, cwd=str(path.parent), progress_bar=False, log_output=False
    )
    assert str(project) in shown(notebook) or "person" in shown(notebook)
