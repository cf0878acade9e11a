"""JupyterLab as ``schema lab`` starts it, on a copy of the repository, and a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

#: One more revision, which takes long enough for a page to be reloaded meanwhile.
SLOW = '''
"""Wait a while"""
import time

revision = "5104000000aa"
down_revision = "7adee582ada3"

def upgrade():
    time.sleep(8)

def downgrade():
    pass
'''


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, the token, and the folder that it serves."""

    address: str
    token: str
    root: Path

    def page(self, notebook: str) -> str:
        """A notebook's address; nothing that another page had open is opened again."""
        return f"{self.address}/lab/tree/notebooks/{notebook}?token={self.token}&reset"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium: the one that CHROMIUM names, or one on the search path."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("There is no Chromium: install it (apt-get install chromium), or set CHROMIUM.")
    return found


#: Nothing is asked of a network.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    """A page that is as large as a laptop's; an error of the page's own fails the test."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert errors == []


@pytest.fixture(scope="session")
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, started by the command that people use. What it saves, it saves in a copy."""
    folder = tmp_path_factory.mktemp("lab")
    repository = _copy_of(root, folder / "repository")
    (repository / "alembic" / "versions" / "5104000000aa_slow.py").write_text(SLOW)
    with _started(folder, repository) as found:
        yield found


@pytest.fixture
def fresh_lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The same as somebody finds it who has just got the repository: nothing added, no cache."""
    folder = tmp_path_factory.mktemp("fresh")
    with _started(folder, _copy_of(root, folder / "repository")) as found:
        yield found


@contextmanager
def _started(folder: Path, repository: Path) -> Iterator[Lab]:
    log = folder / "lab.log"
    port = _free_port()
    command = [sys.executable, "-m", "schema", "lab", "--no-browser", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=repository,
            env=_environment(folder, repository),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Lab(f"http://127.0.0.1:{port}", _token(process, log, port), repository)
    finally:
        # Kernels are children of the server: they end with its group.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _copy_of(root: Path, repository: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("schema", "alembic", "notebooks"):
        shutil.copytree(root / name, repository / name, ignore=ignored)
    shutil.copy(root / "alembic.ini", repository)
    return repository


def _environment(folder: Path, repository: Path) -> dict[str, str]:
    """Nothing of the user's own Jupyter is read or written; the app can be asked from a test."""
    config = folder / "config"
    config.mkdir()
    (config / "jupyter_server_config.json").write_text(
        '{"LabApp": {"expose_app_in_browser": true}}'
    )
    return {
        **os.environ,
        "PYTHONPATH": str(repository),
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "SCHEMA_CACHE_DIR": str(folder / "cache"),
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _token(process: subprocess.Popen[bytes], log: Path, port: int) -> str:
    """The token that the server prints, once it answers."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"[?&]token=([0-9a-f]+)", log.read_text())
        if found and _answers(f"http://127.0.0.1:{port}/api?token={found[1]}"):
            return found[1]
        time.sleep(0.3)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
