"""Results in a file as they come, one JSON object a line: a check can go on where it ended.

The first line says which project they are of; then comes each group before its first member. A
line that was cut in the middle, as by a full disk, is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from schema.accepted import FILE_NAME
from schema.compare import Difference, Differences
from schema.errors import ConfigError
from schema.fleet.result import Group, Member
from schema.history import read_history
from schema.project import Project

__all__ = ["Earlier", "Results", "digest_of"]

_FORMAT = 1


def digest_of(project: Project) -> str:
    """What the verdicts rest on beside the databases: revisions, env.py, models, accepted drift."""
    digest = hashlib.sha256()
    for revision in read_history(project):
        digest.update(f"{revision.id}\0".encode())
        digest.update(hashlib.sha256(revision.path.read_bytes()).digest())
    answer = project.told()
    digest.update((answer.digest or json.dumps(answer.told, sort_keys=True, default=str)).encode())
    accepted = project.root / FILE_NAME
    digest.update(accepted.read_bytes() if accepted.is_file() else b"")
    return digest.hexdigest()[:32]


class Earlier:
    """What a file of results says. Empty where it is of another state of the project."""

    def __init__(self, path: Path, digest: str) -> None:
        self.members: dict[tuple[str, str | None], Member] = {}
        self.groups: dict[str, Group] = {}
        self.models: dict[str, Differences] = {}
        #: Why nothing of it counts; None where it does, and where there is no file.
        self.note: str | None = None
        for told in _lines(path):
            if "fleet" in told:
                self._begin(told, digest, path)
            elif self.note is None:
                self._take(told)

    def _begin(self, told: Mapping[str, Any], digest: str, path: Path) -> None:
        is_ours = told.get("fleet") == _FORMAT and told.get("project") == digest
        other = f"what {path} holds is of another state of the project, so all are checked again"
        self.note = None if is_ours else other
        if self.note:
            self.members.clear()
            self.groups.clear()

    def _take(self, told: Mapping[str, Any]) -> None:
        try:
            if "group" in told:
                group = _group(told["group"])
                self.groups[group.id] = group
            elif "member" in told:
                member = Member.from_dict(told["member"])
                self.members[member.key] = member
            elif "models" in told:
                self.models[told["kind"]] = _differences(told["models"])
        except (AttributeError, KeyError, TypeError, ValueError):
            return


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    found = []
    for line in text.splitlines():
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            found.append(told)
    if text.strip() and not any("fleet" in told for told in found):
        raise ConfigError(f"{path} holds no results of a fleet, and was left as it is.")
    return found


def _group(told: Mapping[str, Any]) -> Group:
    return Group(
        told["id"],
        told["kind"],
        told["verdict"],
        tuple(told["revision"]),
        told["fingerprint"],
        (),
        _differences(told["differences"]),
        tuple(told["pending_revisions"]),
        told["reason"],
        tuple(told["notes"]),
    )


def _differences(told: Any) -> Differences:  # noqa: ANN401 -- JSON
    return Differences(Difference.from_dict(each) for each in told)


class Results:
    """The file that results are written to as they come; what it holds already stays."""

    def __init__(self, path: Path | None, digest: str) -> None:
        self._file: TextIO | None = None
        self._groups: set[str] = set()
        if path is None:
            return
        try:
            # Who may read it learns the names of hosts: its owner only, as with the cache.
            opener = partial(os.open, mode=0o600)
            self._file = open(  # noqa: SIM115 -- only this one takes an opener
                path, "a", encoding="utf-8", errors="replace", opener=opener
            )
            if path.stat().st_size:
                self._file.write("\n")  # after a line that was cut
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
        self._tell({"fleet": _FORMAT, "project": digest})

    def group(self, group: Group) -> None:
        """Write a group, once, without its members: they name it."""
        if group.id not in self._groups:
            self._groups.add(group.id)
            self._tell({"group": {**group.to_dict(), "members": []}})

    def member(self, member: Member) -> None:
        self._tell({"member": member.to_dict()})

    def models(self, kind: str, found: Differences) -> None:
        self._tell({"models": found.to_list(), "kind": kind})

    def _tell(self, told: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
