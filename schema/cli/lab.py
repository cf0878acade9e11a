"""``schema lab``: JupyterLab, opened on the notebooks with the project's files beside them."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from schema.cli.options import alembic_arguments, database, note, project_options

__all__ = ["lab"]

#: The repository: of an editable install, the folder that holds the package.
ROOT = Path(__file__).resolve().parents[2]
FIRST = "notebooks/00_start.ipynb"
#: Holds overrides.json, which answers the question about news that Lab asks on a fresh machine.
SETTINGS = Path(__file__).resolve().parent / "lab_settings"


@click.command()
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="By default 8888, or the next free.")
@project_options
def lab(
    no_browser: bool, port: int | None, config: str | None, url: str | None, python: str | None
) -> None:
    """Open the notebooks in JupyterLab.

    The options are handed to the notebooks: they look at that project and that database. Stop it
    with Ctrl-C, twice.

    \b
    Example:
      schema lab
      schema lab --no-browser --port 9000 -c service/alembic.ini --url production.sqlite
    """
    from schema.errors import ConfigError

    if not (ROOT / FIRST).is_file():
        raise ConfigError(
            f"There is no {FIRST} in {ROOT}: the package was installed without its repository. "
            "Clone the repository and run `make lab` there, or install it with: pip install -e ."
        )
    os.environ.update(_for_kernels(config, url, python))
    _launch(_arguments(no_browser, port))


def _for_kernels(config: str | None, url: str | None, python: str | None) -> dict[str, str]:
    """The environment of the kernels; what is wrong with an option is said before Lab starts."""
    from schema.config import find_config

    # abspath, as resolve() would follow the link that a virtual environment's interpreter is.
    chosen = {}
    if config is not None:
        chosen["ALEMBIC_CONFIG"] = os.path.abspath(find_config(config))  # noqa: PTH100
    if url is not None:
        chosen["SCHEMA_DATABASE_URL"] = database(url).render_as_string(hide_password=False)
    given = alembic_arguments()
    if given["section"] is not None:
        chosen["SCHEMA_CONFIG_SECTION"] = given["section"]
    if given["x"] is not None:
        chosen["SCHEMA_X_ARGUMENTS"] = shlex.join(given["x"])
    if given["engine"] is not None:
        chosen["SCHEMA_ENGINE"] = given["engine"]
    if given["before_base"] is not None:
        chosen["SCHEMA_BEFORE_BASE"] = given["before_base"]
    if given["script_location"] is not None:
        chosen["SCHEMA_SCRIPT_LOCATION"] = _location(config, given["script_location"], python)
    if given["metadata"] is not None:
        chosen["SCHEMA_METADATA"] = given["metadata"]
    if python is not None:
        chosen["SCHEMA_PYTHON"] = os.path.abspath(python)  # noqa: PTH100
    return chosen


def _location(config: str | None, location: str, python: str | None) -> str:
    """The folder of env.py as an absolute path: a kernel runs in another folder."""
    from schema.project import Project

    with Project.open(config, python=python, script_location=location) as project:
        return str(project.script_location)


def _arguments(no_browser: bool, port: int | None) -> list[str]:
    """Lab's own options. ``root_dir`` makes all of the repository reachable, not just notebooks."""
    arguments = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        f"--LabApp.app_settings_dir={SETTINGS}",
    ]
    if no_browser:
        arguments.append("--no-browser")
    if port is not None:
        arguments.append(f"--port={port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        note("running as root, so JupyterLab gets --allow-root")
        arguments.append("--allow-root")
    return arguments


def _launch(arguments: list[str]) -> None:
    """Run Lab in this process until it is stopped."""
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(arguments)
