"""What stands in revision files, remembered by their content: hundreds need not be parsed again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from schema import cache
from schema.errors import WorkbenchError
from schema.history.files import RevisionFile, Values, read_file

__all__ = ["read_files"]


def read_files(
    paths: Iterable[Path], values: Values | None = None
) -> tuple[list[RevisionFile], list[str]]:
    """The files that could be read, and one sentence on each that could not.

    ``values`` is asked about a file whose values are no literals; without it such a file counts as
    one that could not be read. What such a file says is asked each time.
    """
    paths = list(paths)
    source = cache.source_of(Path(__file__).parent)
    key = cache.key_of("files", source, *sorted({str(path.parent) for path in paths}))
    reader = _Reader(_recall(key), values)
    files: list[RevisionFile] = []
    problems: list[str] = []
    for path in paths:
        try:
            files.append(reader.read(path))
        except WorkbenchError as error:
            problems.append(str(error))
    if reader.kept != reader.known:
        cache.write({key: json.dumps(reader.kept)})
    return files, problems


class _Reader:
    """Reads files: from ``known`` what is there; ``kept`` is what may be known the next time."""

    def __init__(self, known: dict[str, Any], values: Values | None) -> None:
        self.known = known
        self.kept: dict[str, Any] = {}
        self._values = values
        self._asked = False

    def read(self, path: Path) -> RevisionFile:
        digest, entry = _digest(path), self.known.get(str(path))
        file = _remembered(entry, path, digest)
        if file is not None:
            self.kept[str(path)] = entry
            return file
        self._asked = False
        file = read_file(path, self._ask if self._values else None)
        if not self._asked:
            self.kept[str(path)] = [digest, _told(file)]
        return file

    def _ask(self, path: Path) -> Mapping[str, Any]:
        self._asked = True
        return self._values(path) if self._values else {}


def _recall(key: str) -> dict[str, Any]:
    try:
        found = json.loads(cache.read(key) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _remembered(entry: Any, path: Path, digest: str) -> RevisionFile | None:  # noqa: ANN401 -- JSON
    try:
        then, told = entry
        date = told["date"] and datetime.fromisoformat(told["date"])
        lists = {name: tuple(told[name]) for name in ("parents", "labels", "depends_on")}
        file = RevisionFile(**{**told, **lists, "date": date, "path": path})
    except (TypeError, ValueError, KeyError):
        return None
    return file if then == digest else None


def _told(file: RevisionFile) -> dict[str, Any]:
    told = {name: value for name, value in asdict(file).items() if name != "path"}
    return {**told, "date": file.date and file.date.isoformat()}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
