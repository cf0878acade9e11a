"""The notebooks run from top to bottom with nobody clicking, on our project and on another's."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import papermill
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))

#: A notebook that was run and saved, with all that it shows, stays smaller than this.
MOST_BYTES = 2_000_000

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# What Jupyter's own packages warn of is not ours to mend.
theirs = pytest.mark.filterwarnings("ignore")


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def everything_shown(notebook: Any) -> str:
    """All outputs as text, those of HTML included."""
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    parts = [str(value) for output in outputs for value in output.get("data", {}).values()]
    return "\n".join([*parts, *(output.get("text", "") for output in outputs)])


def red(notebook: Any) -> list[str]:
    """What was written to standard error: in a notebook it stands in red."""
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    return [output.text for output in outputs if output.get("name") == "stderr"]


def links(path: Path) -> list[str]:
    """What the words of a notebook link to, other servers aside."""
    cells = nbformat.read(path, as_version=4).cells
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", words) if "://" not in link]


def test_each_story_has_a_notebook() -> None:
    stories = {
        "00_start", "01_history", "02_tour", "03_drift", "04_rehearsal", "05_new_revision",
        "06_fleet",
    }  # fmt: skip
    assert stories <= {path.stem for path in NOTEBOOKS}


@each_notebook
def test_its_links_lead_somewhere(path: Path) -> None:
    assert [link for link in links(path) if not (path.parent / link).is_file()] == []


def test_the_first_leads_to_all_others() -> None:
    first, *others = NOTEBOOKS
    assert {path.name for path in others} <= set(links(first))


@each_notebook
def test_it_is_committed_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in code(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


@each_notebook
def test_its_first_code_cell_takes_the_parameters(path: Path) -> None:
    first = code(nbformat.read(path, as_version=4))[0]
    assert first.metadata.tags == ["parameters"]
    names: dict[str, object] = {}
    exec(first.source, names)
    assert {"config": names["config"], "url": names["url"]} == {"config": None, "url": None}


@each_notebook
def test_its_cells_are_short_and_define_nothing(path: Path) -> None:
    for cell in code(nbformat.read(path, as_version=4)):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= 9, cell.source
        assert not any(line.lstrip().startswith(("def ", "class ", "for ")) for line in lines)


@theirs
@pytest.mark.notebook
@each_notebook
def test_it_runs_with_nobody_clicking(path: Path, root: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=240, resources=resources).execute()
    assert red(notebook) == []
    assert "No such file" not in everything_shown(notebook)
    assert len(nbformat.writes(notebook).encode()) < MOST_BYTES
    changed = ["git", "status", "--porcelain", "--ignored=no", "notebooks", "alembic"]
    assert not [
        line
        for line in subprocess.check_output(changed, cwd=root, text=True).splitlines()
        if line.startswith("??")
    ], "a notebook leaves no file behind"


@theirs
@pytest.mark.notebook
@each_notebook
def test_it_runs_on_another_project(path: Path, foreign: Path, tmp_path: Path) -> None:
    live = foreign / "live.db"
    before = hashlib.sha256(live.read_bytes()).hexdigest()
    parameters = {"config": str(foreign / "alembic.ini"), "url": f"sqlite:///{live}"}
    written = papermill.execute_notebook(
        path, tmp_path / "out.ipynb", parameters, cwd=path.parent, progress_bar=False
    )
    shown = everything_shown(written)
    assert str(foreign) in shown
    assert "guest_requests" not in shown
    assert red(written) == []
    assert hashlib.sha256(live.read_bytes()).hexdigest() == before


@theirs
@pytest.mark.notebook
def test_the_history_needs_no_database_and_stays_light(foreign: Path, tmp_path: Path) -> None:
    (foreign / "live.db").unlink()
    path = next(path for path in NOTEBOOKS if path.stem == "01_history")
    parameters = {"config": str(foreign / "alembic.ini"), "url": None}
    written = papermill.execute_notebook(
        path, tmp_path / "out.ipynb", parameters, cwd=path.parent, progress_bar=False
    )
    assert "unknown" in everything_shown(written)
    assert red(written) == []
    assert not (foreign / "live.db").exists()
    assert (tmp_path / "out.ipynb").stat().st_size < 1_000_000


@theirs
@pytest.mark.notebook
@pytest.mark.parametrize("name", ["00_start", "02_tour"])
def test_it_tells_the_schema_without_a_database(name: str, foreign: Path, tmp_path: Path) -> None:
    path = next(each for each in NOTEBOOKS if each.stem == name)
    (foreign / "live.db").unlink()
    parameters = {"config": str(foreign / "alembic.ini"), "url": f"sqlite:///{foreign}/live.db"}
    written = papermill.execute_notebook(
        path, tmp_path / "out.ipynb", parameters, cwd=path.parent, progress_bar=False
    )
    shown = everything_shown(written)
    assert "<svg" in shown
    assert "person" in shown
    assert red(written) == []
    assert not (foreign / "live.db").exists()
