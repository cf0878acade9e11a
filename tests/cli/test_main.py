"""The command itself: its help, its exit codes, and what it does not import."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from schema.cli import COMMANDS, main
from schema.errors import WorkbenchError

HEAVY = {"jupyterlab", "ipywidgets", "pandas", "numpy", "IPython"}


def every_command() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {each}", found) for each, found in command.commands.items())


@pytest.mark.parametrize(("name", "command"), list(every_command()))
def test_every_command_has_help_with_an_example(
    schema: Callable[..., Any], name: str, command: click.Command
) -> None:
    shown = schema(*name.split(), "--help")
    assert shown.code == 0
    assert re.search(rf"Example:\n +schema {name}", shown.out)
    assert all(getattr(option, "help", "") for option in command.params if option.opts[0] == "-")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_help_says(name: str) -> None:
    command = dict(every_command())[name]
    assert command.help is not None
    assert command.help.splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("code", ["import schema", "import schema.cli.rehearse, schema.cli.lab"])
def test_importing_loads_nothing_heavy(code: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"{code}, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not HEAVY & {name.partition(".")[0] for name in loaded.stdout.split()}


def test_help_loads_nothing_heavy() -> None:
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "schema", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "rehearse" in shown.stdout
    loaded = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert "schema.cli" in loaded
    assert not HEAVY & loaded


def failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("history", callback=fail)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (WorkbenchError("No such thing."), 2, "schema: No such thing.\n"),
        (KeyboardInterrupt(), 130, "schema: interrupted\n"),
        (click.UsageError("Not so."), 2, "Not so."),
    ],
)
def test_exit_code_of_an_error(
    schema: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr("schema.cli.history.history", failing(error))
    ran = schema("history")
    assert ran.code == code
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_a_defect_exits_with_trouble_and_not_with_found(
    schema: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.cli.history.history", failing(ZeroDivisionError()))
    ran = schema("history")
    assert ran.code == 2
    assert "ZeroDivisionError" in ran.err


def test_a_full_disk_is_told_without_a_traceback(
    schema: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("schema.cli.history.history", failing(error))
    ran = schema("history")
    assert ran.code == 2
    assert ran.err == "schema: the output could not be written: No space left on device.\n"


def test_details_are_shown_when_asked_for(
    schema: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = WorkbenchError("No.", details={"sql": "SELECT 1"})
    monkeypatch.setattr("schema.cli.history.history", failing(error))
    assert "SELECT 1" not in schema("history").err
    assert "SELECT 1" in schema("--details", "history").err


@pytest.mark.parametrize("arguments", [["nothing"], ["history", "--nothing"], ["compare", "one"]])
def test_wrong_usage_is_trouble(schema: Callable[..., Any], arguments: list[str]) -> None:
    assert schema(*arguments).code == 2


def test_the_installed_command_is_the_same(root: Path) -> None:
    command = Path(sys.executable).with_name("schema")
    both = [
        subprocess.run([*start, "--version"], capture_output=True, text=True, check=True).stdout
        for start in ([str(command)], [sys.executable, "-m", "schema"])
    ]
    assert both[0] == both[1]
