"""The database that a notebook looks at when nobody named one."""

from __future__ import annotations

import os

from sqlalchemy.engine import URL

from schema import folders
from schema.database import parse_url
from schema.demo import bundled_config, make_demo
from schema.errors import ConfigError, ScratchError
from schema.project import Project

__all__ = ["live_or_sample"]

#: Small enough to be made while a notebook starts, large enough to have something to lose.
REQUESTS = 2_000
EVENTS = 20_000


def live_or_sample(project: Project) -> URL:
    """The project's live database; for the bundled project, when none was named, a small sample.

    A database is named by ``Project.open(url=…)`` or by ``SCHEMA_DATABASE_URL``. The sample is made
    once, in the cache folder, in some seconds. Raises as ``Project.database_url`` does.
    """
    named = project.url is not None or os.environ.get("SCHEMA_DATABASE_URL")
    if named or not _is_bundled(project):
        return project.database_url()
    path = folders.cache_folder() / "sample" / "production.sqlite"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            make_demo(path, requests=REQUESTS, events=EVENTS)
        except ScratchError:
            if not path.exists():  # another kernel may have made it at the same moment
                raise
    return parse_url(f"sqlite:///{path}")


def _is_bundled(project: Project) -> bool:
    try:
        return project.config_path.resolve() == bundled_config()
    except ConfigError:
        return False
