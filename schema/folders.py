"""Where the workbench keeps files of its own on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["cache_folder", "embedded_folder", "replay_folder", "scratch_folder"]


def cache_folder() -> Path:
    """The root of everything kept between runs: ``SCHEMA_CACHE_DIR``, else the user's cache folder.

    The folder need not exist yet.
    """
    chosen = os.environ.get("SCHEMA_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    return platformdirs.user_cache_path("schema-workbench")


def scratch_folder() -> Path:
    """Where scratch SQLite files are made: ``SCHEMA_SCRATCH_DIR``, else below the cache folder."""
    chosen = os.environ.get("SCHEMA_SCRATCH_DIR")
    return Path(chosen).expanduser().resolve() if chosen else cache_folder() / "scratch"


def embedded_folder() -> Path:
    """The data folder of the embedded PostgreSQL server."""
    return cache_folder() / "postgresql"


def replay_folder() -> Path:
    """Where what was learned, such as catalogs by replay, is cached; see schema.cache."""
    return cache_folder() / "replay"
