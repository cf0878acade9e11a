"""The small sample database that the notebooks look at when nobody names another."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import URL

from schema.config import find_config
from schema.demo import make_demo
from schema.errors import ScratchError
from schema.folders import cache_folder

__all__ = ["is_bundled", "sample_url"]

#: Small enough to be made while one reads the first lines, big enough for losses to be seen.
REQUESTS, EVENTS = 400, 6_000

_BUNDLED = Path(__file__).resolve().parents[2] / "alembic.ini"


def is_bundled(config: str | Path | None = None) -> bool:
    """Whether ``config``, or what is found without one, is the project that comes with us."""
    named = config or os.environ.get("ALEMBIC_CONFIG")
    if os.environ.get("SCHEMA_SCRIPT_LOCATION") and not named:
        return False  # a project without a config
    return find_config(config).resolve() == _BUNDLED


def sample_url(config: str | Path | None = None) -> URL | None:
    """The sample database of the bundled project, made in the cache folder if it is not there.

    None when another project or another database was chosen: by ``config``, ``ALEMBIC_CONFIG``,
    ``SCHEMA_SCRIPT_LOCATION`` or ``SCHEMA_DATABASE_URL``. Then the project itself knows where its
    database is.
    """
    if os.environ.get("SCHEMA_DATABASE_URL") or not is_bundled(config):
        return None
    path = cache_folder() / "sample.sqlite"
    if not path.exists():
        _make(path)
    return URL.create("sqlite", database=str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        make_demo(path, requests=REQUESTS, events=EVENTS)
    except ScratchError:
        # Another notebook was quicker: what is there is complete, as make_demo leaves nothing else.
        if not path.exists():
            raise
