"""A shape: one way in which an Alembic project can be set up, and where it lies.

A whole small project of that shape is the folder ``tests/projects/<name>``. Its database is
``sqlite:///live.db`` wherever its files, its arguments or its environment name one; the tests write
another one in that place, as its people would.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

PROJECTS = Path(__file__).resolve().parents[1] / "projects"

#: What stands for the database in a project.
PLACEHOLDER = "sqlite:///live.db"

KINDS = ("sqlite", "postgresql", "mariadb")

#: What the workbench does with a project, in the order in which it is tried.
FUNCTIONS = ("history", "timeline", "models", "drift", "rehearsal")


@dataclass(frozen=True)
class Shape:
    """What a project is, and what is to be found in it.

    ``about`` is what the document says of it. ``kinds`` are the databases that it works on,
    ``drivers`` the drivers that it names there instead of the usual ones. ``config`` is the file or
    folder that is opened, within the project; None is the project's folder, without a name;
    ``arguments`` are for ``Project.open``, and
    ``environment`` holds variables. ``command`` is what its people run to come to the newest
    revisions, after ``python -m``; with ``"@python"`` first, a script of theirs.

    ``revisions`` is how many there are, ``heads`` the newest, ``tables`` what they and the models
    make, in the order of their names. ``table`` is one that a column can be added to by hand, and
    ``rows`` the statement that fills it. ``walk`` is where a rehearsal goes, from the heads.
    ``makes`` are patterns of the files that the project's own code makes.

    ``build`` completes the copied folder, as ``alembic init`` does. ``edits`` are made in files
    then: path, old text, new text. ``prepare`` are statements for the new database before that.
    ``folder`` is that in ``tests/projects`` where it is not the name; ``live`` is where SQLite's
    file is. ``limits`` names a function that does not work with this shape, and why, in words that
    are told.
    """

    name: str
    about: str
    kinds: tuple[str, ...] = KINDS
    drivers: Mapping[str, str] = field(default_factory=dict)
    config: str | None = "."
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ("alembic", "upgrade", "heads")
    revisions: int = 2
    heads: tuple[str, ...] = ("b2",)
    tables: tuple[str, ...] = ("person",)
    table: str = "person"
    rows: str = "INSERT INTO person (id, name) VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger')"
    walk: tuple[str, ...] = ("a1", "heads", "base")
    makes: tuple[str, ...] = ()
    build: Callable[[Path], object] | None = None
    edits: tuple[tuple[str, str, str], ...] = ()
    prepare: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    live: str = "live.db"

    def __str__(self) -> str:
        return self.name

    def copy(self, target: Path, url: str) -> Path:
        """The project in a folder of its own, with ``url`` for its database."""
        shutil.copytree(
            PROJECTS / (self.folder or self.name),
            target,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        if self.build is not None:
            self.build(target)
        for path, old, new in self.edits:
            text = (target / path).read_text()
            assert old in text, f"{path} has no {old!r}"
            (target / path).write_text(text.replace(old, new))
        for path in sorted(target.rglob("*")):
            if path.is_file() and PLACEHOLDER.encode() in (content := path.read_bytes()):
                # In an ini file, a percent sign has a meaning of its own.
                named = url.replace("%", "%%") if path.suffix in (".ini", ".toml") else url
                path.write_bytes(content.replace(PLACEHOLDER.encode(), named.encode()))
        return target

    def url(self, kind: str, url: URL) -> str:
        """A database's URL as the project's people write it."""
        if kind == "sqlite":
            return PLACEHOLDER.replace(kind, self.drivers.get(kind, kind))
        written = url.set(drivername=self.drivers.get(kind, url.drivername))
        return written.render_as_string(hide_password=False)

    def opening(self, url: str) -> dict[str, Any]:
        """The arguments for ``Project.open``."""
        return {name: _with_url(value, url) for name, value in self.arguments.items()}

    def variables(self, url: str) -> dict[str, str]:
        """The environment variables that are to be set."""
        return {name: _with_url(value, url) for name, value in self.environment.items()}

    def upgrade(self, folder: Path, url: str) -> None:
        """Bring the project's own database to the newest revisions, as its people do."""
        command = [str(_with_url(part, url)) for part in self.command]
        run = command[1:] if command[0] == "@python" else ["-m", *command]
        with tempfile.TemporaryFile() as output:  # a pipe is held by what a project leaves running
            done = subprocess.run(
                [sys.executable, *run],
                cwd=folder,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=120,
            )
            output.seek(0)
            assert done.returncode == 0, output.read().decode(errors="replace")


def _with_url(value: Any, url: str) -> Any:
    if isinstance(value, str):
        return value.replace(PLACEHOLDER, url)
    return [_with_url(each, url) for each in value] if isinstance(value, tuple | list) else value
