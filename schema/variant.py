"""A project whose revision files say something else: copies of them, in a folder of their own.

The config, ``env.py`` and the models stay where they are; only ``version_locations`` leads to the
copies. So a replay shows what the revisions made when their texts were older.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from schema.config import ConfigFiles
from schema.errors import ConfigError
from schema.python_text import encoded

__all__ = ["separator", "with_folders", "with_texts"]

#: A folder of revisions that holds more than this (bytes) is not copied.
MOST_BYTES = 200_000_000


def with_texts(files: ConfigFiles, folder: Path, texts: Mapping[Path, str]) -> ConfigFiles:
    """The config with its revision files copied to ``folder``, some of them with other texts.

    Raises ConfigError when a folder is too large to copy or cannot be read.
    """
    moved: dict[Path, Path] = {}
    for number, location in enumerate(files.version_locations):
        moved[location] = folder / f"versions{number}"
        _copy(location, moved[location])
    for path, text in texts.items():
        places = [place for place in moved if path.is_relative_to(place)]
        if not places:
            raise ConfigError(f"{path} is no revision file of {files.path}.")
        copied = moved[places[0]] / path.relative_to(places[0])
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(encoded(text))
    return _located(files, [moved[location] for location in files.version_locations])


def with_folders(
    files: ConfigFiles, folder: Path, contents: Mapping[Path, Mapping[str, bytes]]
) -> ConfigFiles:
    """The config with other revision files in place of all of its own: those of another time.

    ``contents`` has, for each of the config's folders, the files by their paths from there.
    """
    locations = []
    for number, location in enumerate(files.version_locations):
        made = folder / f"versions{number}"
        made.mkdir()
        for name, content in contents.get(location, {}).items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        locations.append(made)
    return _located(files, locations)


def _located(files: ConfigFiles, locations: Sequence[Path]) -> ConfigFiles:
    told = separator(files.options).join(map(str, locations))
    replaced = {**files.replaced, "version_locations": told}
    return replace(files, version_locations=tuple(locations), replaced=replaced)


def separator(options: Mapping[str, str]) -> str:
    """What the config parts folders by; the option holds for ``prepend_sys_path`` too, and stays.

    Without one, Alembic parts them by blanks.
    """
    name = options.get("path_separator") or options.get("version_path_separator") or "space"
    return {"space": " ", "newline": "\n", "os": os.pathsep}.get(name, name)


def _copy(location: Path, target: Path) -> None:
    if not location.is_dir():
        target.mkdir()
        return
    size = sum(path.stat().st_size for path in location.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        raise ConfigError(f"{location} holds {size:,} bytes: too many to copy for a replay.")
    try:
        shutil.copytree(location, target, ignore=shutil.ignore_patterns("__pycache__"))
    except (OSError, shutil.Error) as error:
        raise ConfigError(f"{location} cannot be copied for a replay: {error}") from None
