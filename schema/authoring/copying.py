"""A project's files in a folder of their own, as far as they are needed to import and to migrate.

Folders keep their places towards each other, so that relative paths in a config hold there too;
absolute ones are replaced. What is no code is left out where it is large: databases, data, virtual
environments, Git. A link is followed, so that nothing in the copy leads back to the original.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from schema import stopping
from schema.config import ConfigFiles
from schema.errors import ConfigError
from schema.variant import separator

__all__ = ["Copied", "copy_project"]

#: A file of data that is larger (bytes) is left out.
MOST_DATA = 5_000_000
#: As many files that are no code are copied of one folder; of more, none.
MOST_IN_A_FOLDER = 1_000
#: More files, or more bytes, are no project to be copied.
MOST_FILES, MOST_BYTES = 50_000, 500_000_000

_CODE = frozenset({".py", ".ini", ".toml", ".cfg", ".mako", ".sql", ".pyi"})
_DATABASES = frozenset({".db", ".sqlite", ".sqlite3", ".db3"})
_SQLITE = b"SQLite format 3\x00"
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "__pypackages__"})


@dataclass
class Copied:
    """The copy: where each original folder went, and what was left out, each with the reason."""

    folder: Path
    files: ConfigFiles
    base: Path
    left_out: dict[str, str] = field(default_factory=dict)

    def inside(self, original: Path) -> Path:
        """Where a file of the original is in the copy."""
        return self.folder / _absolute(original).relative_to(self.base)

    def original(self, copied: Path) -> Path:
        """Where a file of the copy is, or belongs, in the original."""
        return self.base / _absolute(copied).relative_to(self.folder)


def copy_project(files: ConfigFiles, told: Mapping[str, Any], folder: Path) -> Copied:
    """Copy a project to an empty folder. ``told`` is what ``Project.model_files`` answers.

    Raises ConfigError when it is too large, or cannot be read.
    """
    modules = _modules(told)
    outside = [files.script_location, *files.version_locations, *(each.top for each in modules)]
    sources = _outermost([files.root, *outside])
    base = Path(os.path.commonpath([*map(str, sources)])) if len(sources) > 1 else sources[0]
    base = base.parent if base.is_file() else base
    copied = Copied(folder, files, base)
    copier = _Copier(base, folder, copied.left_out)
    for source in sources:
        copier.copy(source)
    copied.files = _moved(files, copied, _search_paths(modules, told["path"], copied))
    return copied


@dataclass(frozen=True)
class _Module:
    """A module of the project: the folder that it was found in, and what of that it is part of."""

    root: Path
    top: Path


def _modules(told: Mapping[str, Any]) -> list[_Module]:
    found: dict[Path, _Module] = {}
    for each in told["modules"]:
        path, parts = _absolute(Path(each["file"])), each["name"].split(".")
        place = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if tuple(place.parts[-len(parts) :]) != tuple(parts):
            continue  # loaded by its path, as a plugin is
        root = place.parents[len(parts) - 1]
        top = root / parts[0]
        top = top if top.is_dir() else path
        found.setdefault(top, _Module(root, top))
    return list(found.values())


def _search_paths(
    modules: Iterable[_Module], searched: Sequence[str], copied: Copied
) -> tuple[Path, ...]:
    """Where the copies of the project's modules are found, before any original could be."""
    order = {Path(name): number for number, name in enumerate(searched)}
    roots = dict.fromkeys(each.root for each in modules)
    ranked = sorted(roots, key=lambda root: order.get(root, len(order)))
    inside = [root for root in ranked if root.is_relative_to(copied.base) or root == copied.base]
    return tuple(copied.inside(root) for root in inside if copied.inside(root).is_dir())


def _outermost(folders: Iterable[Path]) -> list[Path]:
    """Without those that lie in another, and without those that are not there."""
    there = [_absolute(each) for each in dict.fromkeys(folders) if each.exists()]
    return [
        each for each in there if not any(each != up and each.is_relative_to(up) for up in there)
    ]


def _moved(files: ConfigFiles, copied: Copied, paths: tuple[Path, ...]) -> ConfigFiles:
    """The config of the copy. Absolute paths in its file lead to the original: not there."""

    def inside(path: Path | None) -> Path | None:
        return None if path is None else copied.inside(path)

    if files.folder is not None:
        return _moved_without_file(files, copied, paths)
    named = files.replaced.get("script_location")
    is_own = named in (None, str(files.path.parent))
    read = ConfigFiles.read(
        copied.inside(files.path),
        section=files.section,
        x_arguments=files.x_arguments,
        engine=files.engine or files.replaced.get("databases"),
        location=None if is_own else str(copied.inside(files.script_location)),
        metadata=files.metadata,
        before_base=files.before_base,
    )
    script = copied.inside(files.script_location)
    versions = tuple(copied.inside(each) for each in files.version_locations)
    replaced = dict(read.replaced)
    if read.script_location != script:
        replaced["script_location"] = f"{script}{os.sep}"
    if read.version_locations != versions:
        replaced["version_locations"] = separator(files.options).join(map(str, versions))
    return replace(
        read, ini=inside(files.ini), toml=inside(files.toml), script_location=script,
        version_locations=versions, recursive=files.recursive, replaced=replaced, paths=paths,
    )  # fmt: skip


def _moved_without_file(files: ConfigFiles, copied: Copied, paths: tuple[Path, ...]) -> ConfigFiles:
    script = copied.inside(files.script_location)
    own = tuple(copied.inside(each) for each in files.paths)
    return replace(
        files, path=copied.inside(files.path), script_location=script,
        version_locations=tuple(copied.inside(each) for each in files.version_locations),
        replaced={**files.replaced, "script_location": f"{script}{os.sep}"},
        paths=tuple(dict.fromkeys((*paths, *own))), folder=copied.inside(files.root),
    )  # fmt: skip


class _Copier:
    """Copies folders below one base, and counts."""

    def __init__(self, base: Path, target: Path, left_out: dict[str, str]) -> None:
        self._base = base
        self._target = target
        self._left_out = left_out
        self._count = self._bytes = 0
        self._open: set[str] = set()

    def copy(self, source: Path) -> None:
        try:
            if source.is_dir():
                self._folder(source, self._place(source))
            else:
                self._place(source).parent.mkdir(parents=True, exist_ok=True)
                self._file(source, self._place(source))
        except OSError as error:
            raise ConfigError(f"The project cannot be copied for a draft: {error}") from None

    def _place(self, source: Path) -> Path:
        return self._target / source.relative_to(self._base)

    def _folder(self, source: Path, target: Path) -> None:
        real = os.path.realpath(source)
        if real in self._open:
            self._leave_out(source, "a link into itself")
            return
        self._open.add(real)
        stopping.check()
        target.mkdir(parents=True, exist_ok=True)
        with os.scandir(source) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        data = [each for each in entries if _is_data(each)]
        too_many = len(data) > MOST_IN_A_FOLDER
        if too_many:
            self._leave_out(source / "*", f"{len(data):,} files of data")
        for entry in entries:
            path = source / entry.name
            if entry.is_dir():
                if not self._is_skipped(path):
                    self._folder(path, target / entry.name)
            elif not (too_many and _is_data(entry)):
                self._file(path, target / entry.name)
        self._open.discard(real)

    def _is_skipped(self, path: Path) -> bool:
        name = path.name
        is_environment = (path / "pyvenv.cfg").exists()
        return name in _SKIPPED or name.startswith(".") or is_environment

    def _file(self, path: Path, target: Path) -> None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return  # a link that leads nowhere, or a file that has gone meanwhile
        if not stat.S_ISREG(status.st_mode) or path.suffix == ".pyc":
            return
        reason = _reason(path, status.st_size)
        if reason is not None:
            self._leave_out(path, reason)
            return
        self._count += 1
        self._bytes += status.st_size
        if self._count > MOST_FILES or self._bytes > MOST_BYTES:
            raise ConfigError(
                f"{self._base} holds more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes: too "
                "much to copy for a draft. Give the project's config a folder of its own."
            )
        shutil.copy(path, target)
        target.chmod(status.st_mode | stat.S_IWUSR)

    def _leave_out(self, path: Path, reason: str) -> None:
        self._left_out[str(path.relative_to(self._base))] = reason


def _is_data(entry: os.DirEntry[str]) -> bool:
    return not entry.is_dir() and Path(entry.name).suffix not in _CODE


def _reason(path: Path, size: int) -> str | None:
    """Why a file is left out; None when it is copied."""
    name = path.name
    if path.suffix in _DATABASES or name.endswith(("-wal", "-shm", "-journal")):
        return "a database"
    if path.suffix not in _CODE:
        if size > MOST_DATA:
            return f"{size:,} bytes of data"
        if size >= 512 and _begins_as_database(path):
            return "a database"
    return None


def _begins_as_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == _SQLITE


def _absolute(path: Path) -> Path:
    """With links as they are: where one leads is another place."""
    return Path(os.path.normpath(path.absolute()))
