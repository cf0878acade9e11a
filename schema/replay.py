"""Replay: run the revisions on an empty scratch database to learn the catalog at each.

What was learned is kept in a cache keyed by content: by the revision files from base on, by
``env.py``, by the kind and version of the server, and by the reader's own source. An edited file is
therefore never answered from memory.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from sqlalchemy.engine import URL

from schema import catalog as catalog_package
from schema import folders, scratch
from schema.catalog import Catalog, read_catalog
from schema.database import open_read_only
from schema.errors import RevisionError
from schema.history import History, Revision, read_history
from schema.project import Project

__all__ = ["Replay", "Stamp", "materialised", "replay"]

#: The revisions that a database is at, sorted; empty at base.
Stamp = tuple[str, ...]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]

#: How many catalogs the cache holds; the least recently used go first.
CACHE_LIMIT = 2_000


@dataclass(frozen=True)
class Replay:
    """The catalog after every step of a replay, without Alembic's version table.

    ``catalogs`` maps a stamp to the catalog of a database at it, in the order of the steps; the
    first is ``()``, an empty database.
    """

    dialect: str
    catalogs: Mapping[Stamp, Catalog]

    def at(self, stamp: Iterable[str]) -> Catalog:
        """The catalog at a stamp. Raises RevisionError when the replay did not pass through it."""
        wanted = tuple(sorted(stamp))
        try:
            return self.catalogs[wanted]
        except KeyError:
            shown = ", ".join(wanted) or "base"
            raise RevisionError(f"The replay did not pass through {shown}.") from None

    def nearest(self, distance: Callable[[Catalog], int]) -> tuple[Stamp, int]:
        """The stamp whose catalog has the smallest distance; the newest one among equals."""
        ranked = [(distance(found), -index) for index, found in enumerate(self.catalogs.values())]
        least, index = min(ranked)
        return list(self.catalogs)[-index], least


def replay(
    project: Project,
    dialect: str,
    targets: Sequence[str],
    *,
    server: URL | None = None,
    on_progress: Progress | None = None,
) -> Replay:
    """The catalogs from base to ``targets`` (revision ids, one after another), one for each step.

    ``server`` is where scratch databases of PostgreSQL are made when it allows that; None, and a
    server that does not, mean the embedded one. Raises ProjectCodeError when a revision fails.
    """
    history = read_history(project)
    steps, ahead = _steps(history, targets)
    keys = _keys(project, dialect, server, steps)
    found = {stamp: _recall(key) for stamp, key in zip(ahead, keys, strict=True)}
    if any(known is None for known in found.values()):
        learned = _run(project, dialect, server, steps, ahead, on_progress)
        for stamp, key in zip(ahead, keys, strict=True):
            _remember(key, learned[stamp])
        found = {stamp: learned[stamp] for stamp in ahead}
    kept = {stamp: known for stamp, known in found.items() if known is not None}
    return Replay(dialect, MappingProxyType(kept))


def materialised(project: Project, dialect: str, *, server: URL | None = None) -> Catalog:
    """The catalog of the project's models, created on an empty scratch database of this kind.

    Raises ProjectCodeError when the models cannot be imported or created.
    """
    with scratch.create(dialect, server=server, label="models") as database:
        project.materialise(database)
        return _without_version_table(project, read_catalog(database.url))


def _steps(history: History, targets: Sequence[str]) -> tuple[list[Revision], list[Stamp]]:
    """The revisions in the order they are applied, and the stamp before them and after each."""
    steps: list[Revision] = []
    stamps: list[Stamp] = [()]
    for target in targets:
        for revision in history.upgrade_path(stamps[-1], target):
            steps.append(revision)
            stamps.append(_advance(stamps[-1], revision))
    return steps, stamps


def _advance(stamp: Stamp, revision: Revision) -> Stamp:
    """The stamp after a revision: it takes the place of its parents and its dependencies."""
    replaced = {*revision.parents, *revision.depends_on}
    return tuple(sorted({*stamp, revision.id} - replaced))


def _run(
    project: Project,
    dialect: str,
    server: URL | None,
    steps: Sequence[Revision],
    ahead: Sequence[Stamp],
    on_progress: Progress | None,
) -> dict[Stamp, Catalog]:
    report = on_progress or _silent
    learned: dict[Stamp, Catalog] = {}
    with scratch.create(dialect, server=server, label="replay") as database:
        worker = project.start_worker()
        try:
            learned[()] = _without_version_table(project, read_catalog(database.url))
            for done, (revision, stamp) in enumerate(zip(steps, ahead[1:], strict=True)):
                report(done, len(steps), f"replaying {revision.id} {revision.message}")
                worker.step(database, "up", revision.id)
                learned[stamp] = _without_version_table(project, read_catalog(database.url))
        finally:
            worker.close()
    report(len(steps), len(steps), "replayed")
    return learned


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""


def _without_version_table(project: Project, catalog: Catalog) -> Catalog:
    settings = project.settings()
    return catalog.without_table(settings.version_table, settings.version_table_schema)


def _keys(
    project: Project, dialect: str, server: URL | None, steps: Sequence[Revision]
) -> list[str]:
    """One key for each catalog: a running digest, so that it covers all that came before."""
    digest = hashlib.sha256()
    for part in (dialect, _server_version(dialect, server), _reader_digest()):
        digest.update(part.encode() + b"\0")
    digest.update(_environment_digest(project, [step.path for step in steps]))
    keys = [digest.hexdigest()]
    for step in steps:
        digest.update(step.id.encode() + b"\0" + hashlib.sha256(step.path.read_bytes()).digest())
        keys.append(digest.hexdigest())
    return keys


def _server_version(dialect: str, server: URL | None) -> str:
    if dialect == "sqlite":
        import sqlite3

        return sqlite3.sqlite_version
    if server is None:
        return "embedded"
    with open_read_only(server) as connection:
        return ".".join(str(part) for part in connection.dialect.server_version_info or ())


@lru_cache(maxsize=1)
def _reader_digest() -> str:
    """Of the readers' own source: a better reader must not be answered with an older one's work."""
    folder = Path(catalog_package.__file__).parent
    sources = (path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(b"\0".join(sources)).hexdigest()


def _environment_digest(project: Project, revisions: Sequence[Path]) -> bytes:
    """Of what else can change what a revision does: the config, env.py, and modules it imports.

    Where a revision imports modules of the project (its models, as a rule), every Python file
    below the project's root counts.
    """
    files = {project.config_path, project.script_location / "env.py"}
    if any(_imports_project_code(path) for path in revisions):
        files |= set(_python_files(project.root))
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


def _imports_project_code(path: Path) -> bool:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return True
    known = {"alembic", "sqlalchemy", *sys.stdlib_module_names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else [""]
        else:
            continue
        if any(name.partition(".")[0] not in known for name in names):
            return True
    return False


def _python_files(root: Path) -> Iterable[Path]:
    skipped = {"site-packages", "node_modules", "__pycache__"}
    for folder, names, files in os.walk(root):
        names[:] = [
            name
            for name in names
            if name not in skipped
            and not name.startswith(".")
            and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def _recall(key: str) -> Catalog | None:
    path = folders.replay_folder() / f"{key}.json"
    try:
        found = Catalog.from_json(path.read_text(encoding="utf-8"))
        path.touch()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def _remember(key: str, catalog: Catalog) -> None:
    """Write one catalog, whole or not at all. A cache that cannot be written is no error."""
    folder = folders.replay_folder()
    part: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, suffix=".part", delete=False, encoding="utf-8"
        ) as file:
            part = Path(file.name)
            file.write(catalog.to_json())
        part.replace(folder / f"{key}.json")
        _prune(folder)
    except OSError:
        if part is not None:
            part.unlink(missing_ok=True)


def _prune(folder: Path) -> None:
    files = list(folder.glob("*.json"))
    if len(files) > CACHE_LIMIT:
        files.sort(key=lambda path: path.stat().st_mtime)
        for path in files[: len(files) - CACHE_LIMIT]:
            path.unlink(missing_ok=True)
