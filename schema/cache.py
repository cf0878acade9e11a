"""What was learned and may be learned again, kept as files between runs, under keys of its content.

A file is written whole or not at all, so that any number of processes may read and write at once;
what cannot be read is as good as absent. Files are open to their owner only.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from schema import folders

__all__ = ["MOST_BYTES", "MOST_FILES", "clear", "has", "key_of", "read", "read_bytes", "size",
           "source_of", "write", "write_bytes"]  # fmt: skip

#: The least recently used files go when there are more, or when they take more space.
MOST_FILES = 4_000
MOST_BYTES = 500_000_000

_ENDING = ".json.gz"
_BYTES = ".bin.gz"
_PART = ".part"
_ABANDONED = 3600.0  # seconds after which a half-written file is nobody's work any more
_KEY = re.compile(r"[\w-]+")


def key_of(kind: str, *parts: str | bytes) -> str:
    """A key for something of this kind that follows from ``parts``, and from nothing else."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))  # so that no two lists of parts look alike
        digest.update(data)
    return f"{kind}-{digest.hexdigest()}"


@lru_cache
def source_of(*places: Path) -> str:
    """A digest of Python files, of a folder all that are in it: for a key of what they found out.

    Better code may find out more, and must not be answered with an older one's work.
    """
    folders = (sorted(each.glob("*.py")) if each.is_dir() else [each] for each in places)
    texts = (path.read_bytes() for folder in folders for path in folder)
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def read(key: str) -> str | None:
    """The text under a key; None when there is none, or none that can be read."""
    try:
        return (_read(_path(key)) or b"").decode() or None
    except UnicodeDecodeError:
        return None


def read_bytes(key: str) -> bytes | None:
    """What ``write_bytes`` kept under a key; None when there is none, or none that can be read."""
    return _read(_path(key, _BYTES))


def has(key: str, *, as_bytes: bool = False) -> bool:
    """Whether there is a file under a key; whether it can be read, only reading it tells."""
    return _path(key, _BYTES if as_bytes else _ENDING).exists()


def write(texts: Mapping[str, str]) -> None:
    """Keep texts under their keys. A cache that cannot be written is no error."""
    with suppress(OSError):
        for key, text in texts.items():
            _write(_path(key), gzip.compress(text.encode(), compresslevel=1, mtime=0))
        _prune()


def write_bytes(key: str, data: bytes) -> None:
    """Keep what is no text, apart from any text under the same key."""
    with suppress(OSError):
        _write(_path(key, _BYTES), gzip.compress(data, compresslevel=1, mtime=0))
        _prune()


def size() -> tuple[int, int]:
    """How many files there are, and how many bytes they take."""
    found = [status.st_size for _, status in _files()]
    return len(found), sum(found)


def clear() -> int:
    """Remove all; returns how many files went. Another process then learns anew, as after none."""
    return _remove(path for path, _ in _files())


def _path(key: str, ending: str = _ENDING) -> Path:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key.")
    return folders.replay_folder() / f"{key}{ending}"


def _read(path: Path) -> bytes | None:
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
    with suppress(OSError):
        os.utime(path)  # used just now; touch() would make it anew where another removed it
    return data


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=_PART, delete=False) as file:
        part = Path(file.name)
        try:
            file.write(data)
            file.close()
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _files() -> Iterator[tuple[Path, os.stat_result]]:
    """The files of the cache, half-written ones too; one that goes meanwhile is left out."""
    for path in folders.replay_folder().glob("*"):
        if path.name.endswith((_ENDING, _BYTES, _PART)):
            with suppress(OSError):
                yield path, path.stat()


def _prune() -> None:
    now = time.time()
    there = []
    for path, status in _files():
        if not path.name.endswith(_PART):
            there.append((status.st_mtime, status.st_size, path))
        elif now - status.st_mtime > _ABANDONED:
            path.unlink(missing_ok=True)
    there.sort(reverse=True)
    taken, kept = 0, 0
    for _, used, _ in there[:MOST_FILES]:
        taken += used
        kept += taken <= MOST_BYTES
    _remove(path for _, _, path in there[kept:])


def _remove(paths: Iterable[Path]) -> int:
    gone = 0
    for path in paths:
        with suppress(OSError):
            path.unlink()
            gone += 1
    return gone
