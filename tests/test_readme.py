"""What the README shows is what happens: its commands are run, its output is compared."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLES = [
    (command, output)
    for block in re.findall(r"```console\n(.*?)```", README, re.S)
    for command, output in re.findall(r"\$ (schema .*)\n((?:(?!\$ ).*\n)*)", block)
]
# Opening JupyterLab, and what make does, have tests of their own; see also test_make below.
OTHERS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.S)
    for line in block.splitlines()
    if line.startswith("schema ") and not line.startswith("schema lab")
] + re.findall(r"`(schema compare .*?|schema scratch list)`", README)


def normal(text: str) -> list[str]:
    """Lines without what differs: durations, folders, commits, the width of a table."""
    text = re.sub(r"\d+(\.\d+)? (ms|s)\b", "TIME", text)
    text = re.sub(r" +\([^()]*commit [0-9a-f]+\)", "", text)  # of whatever clone this is
    text = re.sub(r"sqlite:////\S*/", "sqlite:////", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and not re.fullmatch("─+", line)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's first command was run, and with a project without a config."""
    path = tmp_path_factory.mktemp("readme")
    made = schema("schema demo production.sqlite", path)
    assert made.returncode == 0, made.stderr
    shutil.copy(path / "production.sqlite", path / "staging.sqlite")
    shutil.copytree(ROOT / "tests/projects/program_connection/library", path / "library")
    migrate = [sys.executable, "-m", "library.migrate", "sqlite:///live.sqlite"]
    subprocess.run(migrate, cwd=path, check=True)
    return path


def schema(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "150"}
    if "--script-location" not in command:
        environment["ALEMBIC_CONFIG"] = str(ROOT / "alembic.ini")
    arguments = [sys.executable, "-m", *shlex.split(command)]
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=280
    )


@pytest.mark.slow
@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_shown_output_is_what_is_printed(command: str, output: str, folder: Path) -> None:
    printed: Iterator[str] = iter(normal(schema(command, folder).stdout))
    for line in normal(output):
        assert line in printed, f"{command} does not print {line!r} where the README shows it"


@pytest.mark.slow
@pytest.mark.parametrize("command", [each for each in OTHERS if "demo" not in each])
def test_command_runs_as_written(command: str, folder: Path) -> None:
    ran = schema(command, folder)
    assert ran.returncode in {0, 1}, ran.stderr
    assert ran.stderr == "" or "Traceback" not in ran.stderr


def test_the_stories_are_told() -> None:
    shown = [command.split()[1] for command, _ in EXAMPLES]
    assert shown == ["current", "biography", "drift", "rehearse"]
    assert "schema demo production.sqlite" in OTHERS


@pytest.mark.parametrize("target", ["lab", "test"])
def test_make_knows_both_targets(target: str) -> None:
    assert f"make {target}" in README
    planned = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert planned.returncode == 0, planned.stderr
    assert {"lab": "schema lab", "test": "pytest"}[target] in planned.stdout
