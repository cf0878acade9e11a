"""Who added each revision file, when, and in which commit, as Git knows it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schema import cache

__all__ = ["Added", "additions_of", "authors_of"]

#: Seconds. A history must appear also where Git is slow; it then has no authors.
_TIMEOUT = 15


@dataclass(frozen=True, slots=True)
class Added:
    """The commit that added a file: ``commit`` is Git's short id of it, ``day`` the author's.

    ``day`` is None where the commit holds no date that there can be.
    """

    commit: str
    day: date | None
    author: str


def authors_of(locations: Sequence[Path]) -> Mapping[Path, str]:
    """The author of the commit that added each file in these folders, by resolved path."""
    return {path: added.author for path, added in additions_of(locations).items()}


def additions_of(locations: Sequence[Path]) -> Mapping[Path, Added]:
    """The commit that added each file in these folders, by resolved path.

    Empty without Git, outside of a repository, or when Git refuses. A file that is not committed
    is not in it. One ``git log`` for all folders of the repository that holds the first.
    """
    folders = [location.resolve() for location in locations if location.is_dir()]
    root = _repository(folders[0]) if folders else None
    if root is None:
        return {}
    inside = [str(folder) for folder in folders if folder.is_relative_to(root)]
    return _parsed(root, _known_log(root, inside))


def _repository(folder: Path) -> Path | None:
    """The folder that holds ``.git``, which in a worktree is a file."""
    return next((up for up in (folder, *folder.parents) if (up / ".git").exists()), None)


def _known_log(root: Path, folders: Sequence[str]) -> str:
    """The log, which takes seconds in a long history; the same commit always has the same one."""
    commit = _git(root, "rev-parse", "HEAD", "--is-shallow-repository")
    mailmap = root / ".mailmap"
    names = mailmap.read_bytes() if mailmap.is_file() else b""
    key = cache.key_of("additions", str(root), commit, names, *folders)
    known = cache.read(key) if commit else None
    if known is None:
        known = _log(root, folders)
        if known and commit:
            cache.write({key: known})
    return known


def _log(root: Path, folders: Sequence[str]) -> str:
    # NUL ends each name (-z), so that no name needs quoting; %x01 begins a commit, %x02 parts it.
    return _git(
        root, "-c", "log.showSignature=false", "log", "--diff-filter=A", "--no-renames",
        "--name-only", "-z", "--format=%x01%h%x02%aI%x02%aN", "--", *folders,
    )  # fmt: skip


def _git(root: Path, *arguments: str) -> str:
    """What a command of Git's prints; nothing where it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=root,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def _parsed(root: Path, log: str) -> dict[Path, Added]:
    """Newest first, so the commit that added a file last is the one that counts."""
    added: dict[Path, Added] = {}
    for part in log.split("\x01")[1:]:
        head, *names = (each.strip("\n") for each in part.split("\0"))
        commit, moment, author = head.split("\x02", 2)
        found = Added(commit, _day(moment), author)
        for name in filter(None, names):
            added.setdefault(root / name, found)
    return added


def _day(moment: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(moment.partition("T")[0])
    return None
