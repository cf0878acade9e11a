"""Shapes that Alembic's and Flask-Migrate's own templates have, as they are installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from tests.shapes.shape import PLACEHOLDER, Shape

__all__ = ["GENERATED"]

_URL = "driver://user:pass@localhost/dbname"
_FLASK = {"FLASK_APP": "library:create_app"}


@cache
def _made_by(*command: str, flask: bool = False) -> dict[str, bytes]:
    """The files that a command makes in an empty folder; it is run once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if flask:
            shutil.copytree(Path(__file__).parents[1] / "projects/flask_migrate", folder / "app")
            shutil.rmtree(folder / "app/migrations")
            folder = folder / "app"
        before = set(folder.rglob("*"))
        subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            check=True,
            capture_output=True,
            env={**os.environ, **(_FLASK if flask else {}), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        made = [path for path in folder.rglob("*") if path.is_file() and path not in before]
        return {str(path.relative_to(folder)): path.read_bytes() for path in made}


def _add(folder: Path, *command: str, flask: bool = False) -> None:
    for path, content in _made_by(*command, flask=flask).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _alembic(template: str) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        _add(folder, "alembic", "init", "-t", template, "migrations")

    return build


_flask = partial(_add, flask=True)

_EDITS = (
    ("alembic.ini", _URL, PLACEHOLDER),
    (
        "migrations/env.py",
        "target_metadata = None",
        "from models import Base\n\ntarget_metadata = Base.metadata",
    ),
)
_EDITS_OF_MULTIDB = (
    ("alembic.ini", "databases = engine1, engine2", "databases = people, audit"),
    ("alembic.ini", "[engine1]", "[people]"),
    ("alembic.ini", "[engine2]", "[audit]"),
    ("alembic.ini", f"{_URL}2", "sqlite:///audit.db"),
    ("alembic.ini", _URL, PLACEHOLDER),
    (
        "migrations/env.py",
        "target_metadata = {}",
        "from models import Audit, Base\n\n"
        'target_metadata = {"people": Base.metadata, "audit": Audit.metadata}',
    ),
)
_ASYNC = {"sqlite": "sqlite+aiosqlite", "mariadb": "mariadb+aiomysql"}

GENERATED = (
    Shape(
        "template_generic",
        "`alembic init`, with URL and models filled in",
        build=_alembic("generic"),
        edits=_EDITS,
    ),
    Shape(
        "template_pyproject",
        "`alembic init -t pyproject`",
        build=_alembic("pyproject"),
        edits=_EDITS,
    ),
    Shape(
        "template_async",
        "`alembic init -t async`",
        drivers=_ASYNC,
        build=_alembic("async"),
        edits=_EDITS,
    ),
    Shape(
        "template_pyproject_async",
        "`alembic init -t pyproject_async`",
        drivers=_ASYNC,
        build=_alembic("pyproject_async"),
        edits=_EDITS,
    ),
    Shape(
        "template_multidb",
        "`alembic init -t multidb`, one of its databases chosen by `--engine`",
        arguments={"engine": "people"},
        build=_alembic("multidb"),
        edits=_EDITS_OF_MULTIDB,
    ),
    Shape(
        "flask_migrate",
        "`flask db init`, and an application that a function makes",
        config="migrations",
        environment=_FLASK,
        command=("flask", "db", "upgrade"),
        build=lambda folder: _flask(folder, "flask", "db", "init"),
        live="instance/live.db",
    ),
    Shape(
        "flask_migrate_multidb",
        "`flask db init --multidb`, its own database chosen by `--engine default`",
        config="migrations",
        environment=_FLASK,
        arguments={"engine": "default"},
        command=("flask", "db", "upgrade"),
        build=lambda folder: _flask(folder, "flask", "db", "init", "--multidb"),
        live="instance/live.db",
    ),
    Shape(
        "flask_wsgi",
        "an application in `wsgi.py`, and an env.py written by hand",
        config="migrations",
        command=("flask", "db", "upgrade"),
        live="instance/live.db",
    ),
)
