"""The Flask application that an env.py asks for: found and made as ``flask db`` does it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Iterator

from .failure import Failure, project_frames

_TROUBLE = (
    "env.py asks for Flask's current_app, and the application cannot be made: {} The workbench "
    "finds it by the variable FLASK_APP, as in FLASK_APP=module:function."
)


@contextlib.contextmanager
def application(env_py: str) -> Iterator[None]:
    """Within this block Flask's ``current_app`` is there, if env.py uses it.

    The application is the one that ``FLASK_APP`` names, also by a ``.flaskenv``, else that of a
    ``wsgi.py`` or ``app.py`` (https://flask.palletsprojects.com/en/stable/cli/).
    """
    if not _is_asked_for(env_py):
        yield
        return
    with _made().app_context():
        yield


def _is_asked_for(env_py: str) -> bool:
    try:
        with open(env_py, "rb") as file:
            return b"current_app" in file.read()
    except OSError:
        return False


def _made() -> Any:
    try:
        from flask import cli, has_app_context
    except ImportError:
        # Another library's current_app, or an interpreter without Flask: env.py itself says which.
        return _NoApplication()
    if has_app_context():
        return _NoApplication()
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        cli.load_dotenv()
        return cli.ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()
    except Exception as error:
        frames = "".join(project_frames(error.__traceback__, here))
        said = " ".join(str(error).split()) or type(error).__name__
        raise Failure("project", _TROUBLE.format(said), {"traceback": frames}) from None


class _NoApplication:
    def app_context(self) -> Any:
        return contextlib.nullcontext()
