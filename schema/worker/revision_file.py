"""The text of a new revision file, by the project's own template; nothing is written anywhere."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from typing import Any, Dict

from .environment import Environment
from .failure import from_exception

#: What Alembic calls a file when the config has no file_template.
_DEFAULT_NAME = "{rev}_{slug}.py"


def revision_file(environment: Environment, request: Dict[str, Any]) -> Dict[str, str]:
    """Fill ``script.py.mako`` as ``alembic revision`` does, and name the file as it would.

    The request holds ``revision, down_revision, title, message, imports, upgrades, downgrades``.
    """
    script = environment.script
    created = _created(script)
    try:
        text = _filled(environment, request, created)
    except Exception as error:
        raise from_exception(error, environment.root, "script.py.mako failed") from None
    return {"text": text, "filename": _name(script, request, created)}


def _filled(environment: Environment, request: Dict[str, Any], created: datetime) -> str:
    from alembic import util

    template = _template(environment)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "revision.py")
        util.template_to_file(
            template,
            path,
            "utf-8",
            up_revision=request["revision"],
            down_revision=_scalar(request["down_revision"]),
            branch_labels=None,
            depends_on=None,
            create_date=created,
            comma=util.format_as_comma,
            message=request["message"],
            imports=request["imports"],
            upgrades=request["upgrades"],
            downgrades=request["downgrades"],
            config=environment.config(),
        )
        with open(path, encoding="utf-8") as file:
            return file.read()


def _template(environment: Environment) -> str:
    """The project's; Alembic's own where a project that writes its files by hand has none."""
    own = os.path.join(str(environment.script.dir), "script.py.mako")
    if os.path.isfile(own):
        return own
    folder = environment.config().get_template_directory()
    return os.path.join(str(folder), "generic", "script.py.mako")


def _scalar(parents: Any) -> Any:
    return tuple(parents) if len(parents) > 1 else (parents[0] if parents else None)


def _created(script: Any) -> datetime:
    """Now, in the time zone that the config asks for."""
    try:
        created: datetime = script._generate_create_date()
    except Exception:
        return datetime.now()
    return created


def _name(script: Any, request: Dict[str, Any], created: datetime) -> str:
    """By the config's file_template, folders included; Alembic has no public name for this."""
    try:
        path = script._rev_path("", request["revision"], request["title"], created)
    except Exception:
        slug = "_".join(request["title"].lower().split())[:40]
        return _DEFAULT_NAME.format(rev=request["revision"], slug=slug)
    return os.path.basename(str(path))
