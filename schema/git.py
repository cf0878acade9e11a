"""Git, asked by its own command: which commits touched some files, and what stood in them.

A repository is untrusted: nothing that its configuration names is run (no pager, hook, filesystem
monitor, external diff, text conversion or signature check), nothing is fetched, and nothing is
written. See https://git-scm.com/docs/git#_environment_variables and, for what a configuration can
run, https://github.com/justinsteven/advisories/blob/main/2022_git_buried_bare_repos_and_fsmonitor_various_abuses.md
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from schema.errors import WorkbenchError
from schema.python_text import decoded

__all__ = ["Change", "Commit", "Repository"]

#: Seconds that one question may take.
TIMEOUT = 30.0

#: A file that holds more bytes than this is no revision file.
MOST_BYTES = 1_000_000

#: More versions of files than these are not read.
MOST_BLOBS = 50_000

_SAFE = (
    "core.fsmonitor=false",
    "core.hooksPath=" + os.devnull,
    "core.pager=cat",
    "core.attributesFile=" + os.devnull,
    "diff.external=",
    "log.showSignature=false",
    "log.mailmap=true",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
)

#: Variables that would lead to another repository, or run something.
_REPLACED = re.compile(
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES"
    r"|NAMESPACE|PREFIX|EXTERNAL_DIFF|PAGER|EDITOR|SSH|SSH_COMMAND|ASKPASS|PROXY_COMMAND|TRACE.*)"
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A partial clone would fetch what it lacks.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}

#: One file of a commit, or of a merge, which tells each parent's mode, blob and status.
_RAW = re.compile(
    r"(?P<colons>:+)(?P<modes>[0-7 ]+) (?P<blobs>[0-9a-f]{40,64}(?: [0-9a-f]{40,64})*) "
    r"(?P<status>[A-Z]+)\0(?P<path>[^\0]+)"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One file in one commit. ``before`` holds its blobs in the parents, ``after`` its blob now;
    None where it is not there."""

    path: str
    before: tuple[str, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with the changes to the files that were asked for. ``place`` is 0 for the newest.

    ``day`` is the author's; None where the commit holds no date that there can be.
    """

    id: str
    author: str
    day: date | None
    subject: str
    place: int
    changes: tuple[Change, ...] = ()

    @property
    def short(self) -> str:
        """``abc1234``"""
        return self.id[:7]


class Repository:
    """The repository around a folder. Its constructor raises WorkbenchError when there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self.root = Path(self._text("rev-parse", "--show-toplevel").rstrip("\n"))
        except WorkbenchError as error:
            raise WorkbenchError(_reason(folder, str(error))) from None

    @cached_property
    def has_commits(self) -> bool:
        return self._ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}").returncode == 0

    @cached_property
    def is_shallow(self) -> bool:
        """Whether older commits were left out when it was cloned."""
        return self._text("rev-parse", "--is-shallow-repository").strip() == "true"

    def commits(self, patterns: Sequence[str]) -> list[Commit]:
        """All commits of all branches, remote-tracking ones and tags that touched these files.

        Newest first. ``patterns`` are Git's pathspecs. Renames are told as one file that went and
        one that came. Merges tell only what agrees with none of their parents.
        """
        if not self.has_commits:
            return []
        mark = secrets.token_hex(8)
        log = self._text(
            "log", "HEAD", "--branches", "--remotes", "--tags", "--full-history", "--date-order",
            "-c", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv",
            "--no-show-signature", f"--format={mark}%H%x00%aN%x00%aI%x00%s%x00{mark}",
            "--", *patterns,
        )  # fmt: skip
        parts = log.split(mark)[1:]
        pairs = zip(parts[::2], parts[1::2], strict=False)
        return [_commit(place, head, raw) for place, (head, raw) in enumerate(pairs)]

    def commits_of(self, path: Path) -> list[Commit]:
        """The same of one file, wherever it is named from; none of one that lies elsewhere."""
        name = self.name_of(path)
        return [] if name is None else self.commits([f":(top,literal){name}"])

    def name_of(self, path: Path) -> str | None:
        """A file or folder as the repository calls it, from its root; None where it is outside."""
        resolved, root = path.resolve(), self.root.resolve()
        return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None

    def commits_in_head(self, patterns: Sequence[str]) -> frozenset[str]:
        """The ids of those that are part of what is checked out."""
        if not self.has_commits:
            return frozenset()
        told = self._text("rev-list", "--full-history", "HEAD", "--", *patterns)
        return frozenset(told.split())

    def read(self, blobs: Iterable[str]) -> dict[str, str]:
        """The texts of blobs; without those that are not there, too large, or no text."""
        wanted = list(dict.fromkeys(blobs))[:MOST_BLOBS]
        told = self._batch("--batch-check", wanted).decode(errors="replace").splitlines()
        rows = [line.split() for line in told]
        small = [row[0] for row in rows if row[1:2] == ["blob"] and int(row[2]) <= MOST_BYTES]
        texts: dict[str, str] = {}
        for name, content in _contents(self._batch("--batch", small)):
            with suppress(UnicodeDecodeError):
                texts[name] = decoded(content)
        return texts

    def is_in_head(self, commit: str) -> bool:
        """Whether a commit is part of what is checked out."""
        return self._ask("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0

    def has_file(self, path: str) -> bool:
        """Whether what is checked out holds a file in its commit; the path is from the root."""
        return self._ask("cat-file", "-e", f"HEAD:{path}").returncode == 0

    def names_with(self, commit: str) -> list[str]:
        """The branches, remote-tracking branches and tags that hold a commit, in that order."""
        found = self._text(
            "for-each-ref", f"--contains={commit}", "--format=%(refname)",
            "refs/heads", "refs/remotes", "refs/tags",
        )  # fmt: skip
        return _short(found.splitlines())

    def names_holding(self, path: str) -> list[str]:
        """The branches, remote-tracking branches and tags whose newest commit has this file.

        The path is from the root. In the same order as ``names_with``.
        """
        if "\n" in path:
            return []
        listed = self._text(
            "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes", "refs/tags"
        ).splitlines()
        given = "".join(f"{name}:{path}\n" for name in listed).encode()
        told = self._checked("cat-file", "--batch-check", "--buffer", given=given).splitlines()
        return _short(n for n, said in zip(listed, told, strict=True) if b" blob " in said)

    def switch_to(self, name: str) -> list[str]:
        """The arguments of ``git switch`` that go to one of the names that ``names_with`` gives.

        A remote's branch gets one here that follows it, where none is called so.
        """
        if self._is_reference(f"refs/heads/{name}"):
            return [name]
        if not self._is_reference(f"refs/remotes/{name}"):
            return ["--detach", name]
        is_taken = self._is_reference(f"refs/heads/{name.partition('/')[2]}")
        return ["--detach" if is_taken else "--track", name]

    def _is_reference(self, name: str) -> bool:
        return self._ask("show-ref", "--verify", "--quiet", name).returncode == 0

    def files_of(self, name: str, folder: str) -> dict[str, bytes]:
        """The files below a folder as a commit, branch or tag has them, by their paths from there.

        Raises WorkbenchError where there is no such commit, and for a partial clone without them.
        """
        found = self._ask(
            "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}"
        )
        if found.returncode:
            raise WorkbenchError(f"{self.root} knows no commit, branch or tag {name!r}.")
        commit = found.stdout.decode().strip()
        there = self._ask("cat-file", "-e", f"{commit}:{folder}").returncode == 0
        if not there:
            return {}
        told = self._checked("ls-tree", "-r", "-z", "--full-tree", f"{commit}:{folder}")
        rows = (row.partition("\t") for row in os.fsdecode(told).split("\0") if row)
        blobs = {path: head.split()[2] for head, _, path in rows if head.split()[1] == "blob"}
        contents = dict(_contents(self._batch("--batch", list(dict.fromkeys(blobs.values())))))
        if len(contents) < len(set(blobs.values())):
            raise WorkbenchError(
                f"{self.root} has not all files of {name!r}: the clone is partial."
            )
        return {path: contents[blob] for path, blob in blobs.items()}

    # -- the command ---------------------------------------------------------------------------

    def _batch(self, mode: str, blobs: Sequence[str]) -> bytes:
        if not blobs:
            return b""
        lines = "".join(f"{blob}\n" for blob in blobs).encode()
        return self._checked("cat-file", mode, "--buffer", given=lines)

    def _text(self, *arguments: str) -> str:
        return self._checked(*arguments).decode(errors="replace")

    def _checked(self, *arguments: str, given: bytes | None = None) -> bytes:
        done = self._ask(*arguments, given=given)
        if done.returncode:
            text = " ".join(done.stderr.decode(errors="replace").split())
            raise WorkbenchError(f"git {arguments[0]} failed: {text or done.returncode}")
        return done.stdout

    def _ask(
        self, *arguments: str, given: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        options = [part for setting in _SAFE for part in ("-c", setting)]
        try:
            return subprocess.run(
                ["git", "--no-pager", "--no-replace-objects", *options, *arguments],
                cwd=self._folder,
                env=_environment(os.environ),
                input=given if given is not None else b"",
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WorkbenchError(f"git {arguments[0]} took more than {TIMEOUT:.0f} s") from None
        except OSError as error:
            raise WorkbenchError(f"git cannot be run: {error.strerror or error}") from None


def _short(references: Iterable[str]) -> list[str]:
    """``feature`` of ``refs/heads/feature``; a remote's only where no branch here is called so."""
    names: dict[str, None] = {}
    for line in references:
        _, kind, name = line.split("/", 2)
        known = kind == "remotes" and name.partition("/")[2] in names
        if not known and not name.endswith("/HEAD"):
            names[name] = None
    return list(names)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in given.items() if not _REPLACED.fullmatch(name)}
    return {**kept, **_ENVIRONMENT}


def _reason(folder: Path, message: str) -> str:
    if "not a git repository" in message:
        return f"{folder} is in no Git repository"
    if "dubious ownership" in message:
        return f"Git refuses {folder}, as another user owns it; see git's safe.directory"
    return message


def _commit(place: int, head: str, raw: str) -> Commit:
    identifier, author, moment, subject = head.split("\0")[:4]
    changes = tuple(_changes(raw))
    return Commit(identifier.strip(), author, _day(moment), subject, place, changes)


def _day(moment: str) -> date | None:
    """The day as Git tells it: a client can have written a zone 518 hours off, or no date."""
    with suppress(ValueError):
        return date.fromisoformat(moment.partition("T")[0])
    return None


def _changes(raw: str) -> Iterator[Change]:
    for found in _RAW.finditer(raw):
        *before, after = (blob if blob.strip("0") else None for blob in found["blobs"].split())
        yield Change(found["path"], tuple(blob for blob in before if blob), after)


def _contents(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What ``cat-file --batch`` answered: a line with name, type and size, then the content."""
    start = 0
    while start < len(data):
        end = data.index(b"\n", start)
        name, kind, *size = data[start:end].decode().split()
        start = end + 1
        if kind == "missing":
            continue
        length = int(size[0])
        yield name, data[start : start + length]
        start += length + 1
