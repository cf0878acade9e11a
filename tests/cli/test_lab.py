"""``schema lab``: what it hands to JupyterLab, and that a server answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schema.cli import lab as lab_module

Schema = Callable[..., Any]


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What Lab would have been started with; it is not started."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    calls: list[list[str]] = []
    monkeypatch.setattr("schema.cli.lab._launch", calls.append)
    return calls


@pytest.mark.usefixtures("launched")
def test_hands_config_and_url_to_the_kernels(
    schema: Schema, root: Path, production: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(production.parent)
    config = os.path.relpath(root / "tests" / "projects" / "generic", production.parent)
    ran = schema("lab", "-c", config, "--url", "production.sqlite", "--python", sys.executable)
    assert ran.code == 0, ran
    assert os.environ["ALEMBIC_CONFIG"] == str(root / "tests/projects/generic/alembic.ini")
    assert os.environ["SCHEMA_DATABASE_URL"] == f"sqlite:///{production}"
    assert os.environ["SCHEMA_PYTHON"] == sys.executable


@pytest.mark.usefixtures("launched")
def test_a_project_without_a_config_is_handed_to_the_kernels_too(
    schema: Schema, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from schema.demo.sample import is_bundled
    from schema.project import Project

    folder = root / "tests" / "projects" / "program_connection"
    monkeypatch.chdir(folder)
    models = "library.models:Base.metadata"
    ran = schema("lab", "--script-location", "library:migrations", "--metadata", models)
    assert ran.code == 0, ran
    monkeypatch.chdir(root / "notebooks")  # where kernels run
    assert os.environ["SCHEMA_SCRIPT_LOCATION"] == str(folder / "library" / "migrations")
    assert os.environ["SCHEMA_METADATA"] == models
    assert not is_bundled()
    with Project.open() as project:
        assert project.root == folder
        assert project.settings().tables == ("person",)


def test_roots_the_files_at_the_repository(
    schema: Schema, root: Path, launched: list[list[str]]
) -> None:
    assert schema("lab", "--no-browser", "--port", 9999).code == 0
    [arguments] = launched
    assert f"--ServerApp.root_dir={root}" in arguments
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start.ipynb" in arguments
    assert {"--no-browser", "--port=9999"} <= set(arguments)


@pytest.mark.parametrize("uid", [0, 1000])
def test_allows_root_only_to_root(
    schema: Schema, launched: list[list[str]], monkeypatch: pytest.MonkeyPatch, uid: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    ran = schema("lab")
    assert ("--allow-root" in launched[0]) == (uid == 0)
    assert ("root" in ran.err) == (uid == 0)


def test_says_what_to_do_without_the_repository(
    schema: Schema, launched: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_module, "ROOT", tmp_path)
    schema("lab").refused("make lab", str(tmp_path))
    assert launched == []


def test_wrong_option_is_told_before_lab_starts(schema: Schema, launched: list[list[str]]) -> None:
    schema("lab", "-c", "no/such.ini").refused("no/such.ini")
    schema("lab", "--url", "nothing").refused("nothing")
    assert launched == []


def test_settings_answer_the_question_about_news() -> None:
    settings = json.loads((lab_module.SETTINGS / "overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def answer(url: str, seconds: float) -> Any:
    """The JSON that a URL on this machine answers, once there is a server."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return json.load(response)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.mark.slow
def test_serves_the_first_notebook(root: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = os.environ | {
        "JUPYTER_TOKEN": "t0ken",
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }
    command = [sys.executable, "-m", "schema", "lab", "--no-browser", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=log, stdout=log)
    try:
        found = answer(f"{address}/api/contents/notebooks?token=t0ken", seconds=60)
        settings = answer(
            f"{address}/lab/api/settings/@jupyterlab/apputils-extension:notification?token=t0ken",
            seconds=10,
        )
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert "notebooks/00_start.ipynb" in [item["path"] for item in found["content"]]
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert "/lab/tree/notebooks/00_start.ipynb?token=" in (tmp_path / "log").read_text()
