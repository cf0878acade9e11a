"""The search: one walk through the commits that touched revision files, then their texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from schema.archaeology.finds import Origin, Version, commit_words, revision_in
from schema.archaeology.mentions import mentions, verb_for
from schema.compare import Difference
from schema.errors import WorkbenchError
from schema.git import Change, Commit, Repository
from schema.python_text import decoded

__all__ = ["Archaeology"]

#: Folders that Alembic keeps revisions in by default: a project's may have lain elsewhere once.
_USUAL = ":(top,glob)**/versions/**"


_Walk = tuple[list[Commit], Mapping[str, str]]


class _Located(Protocol):
    """The part of a Project that is searched."""

    @property
    def version_locations(self) -> tuple[Path, ...]: ...


class Archaeology:
    """Searches the repository around a project's revision files.

    ``note`` says why there is nothing to search, or why it is not all there; "" when it is.
    ``repository`` is None where there is none; one that cannot be read counts as such.
    """

    def __init__(self, project: _Located) -> None:
        self.note = ""
        self._folders = [folder for folder in project.version_locations if folder.is_dir()]
        self.repository: Repository | None = None
        try:
            if not self._folders:
                raise WorkbenchError("the project has no folder of revisions yet")
            self.repository = Repository(self._folders[0].resolve())
            if self.repository.is_shallow:
                self.note = "the clone is shallow: commits before it were not searched"
        except WorkbenchError as error:
            self.note = f"Git was not searched: {error}"

    # -- questions -----------------------------------------------------------------------------

    def origin(self, change: Difference) -> Origin | None:
        """Where a live object that no present revision explains was made, dropped or changed.

        A file that is gone or on another branch counts before an older text of one that is here,
        and in each the newest. Other folders count where these hold nothing.
        """
        fitting = [v for v, folded in self._lost if _touches(v, folded, change)]
        chosen = next((v for v in fitting if v.revision not in self._present_ids), None)
        chosen = chosen or next(iter(fitting), None)
        if chosen is None:
            chosen = next((v for v, folded in self._strays if _touches(v, folded, change)), None)
        return None if chosen is None else self._origin(chosen, verb_for(change))

    def revision(self, identifier: str) -> Origin | None:
        """Where the revision of a stamp stands that no present file bears."""
        found = next((v for v in self._versions if v.revision == identifier), None)
        if found is None:
            found = next((v for v, _ in self._strays if v.revision == identifier), None)
        return None if found is None else self._origin(found, "")

    def older_texts(self, identifier: str) -> list[Version]:
        """What the file of a revision said before, newest first; without what it says now."""
        return [
            version
            for version in self._versions
            if version.revision == identifier and _plain(version.text) not in self._present
        ]

    def versions(self, identifier: str) -> list[Version]:
        """The texts that the file of a revision had in what is checked out, newest first.

        The last is the one that it was added with. Empty for a revision that no commit holds.
        """
        return [each for each in self._versions_here if each.revision == identifier]

    # -- what was read -------------------------------------------------------------------------

    @cached_property
    def _lost(self) -> list[tuple[Version, str]]:
        """What is not here any more, with its text for a quick look."""
        return list(self._looked_over(self._versions))

    @cached_property
    def _strays(self) -> list[tuple[Version, str]]:
        """The same of other folders; a walk over all of a repository, for when all else failed."""
        if self.repository is None:
            return []
        excluded = [f":(top,exclude,literal){name}" for name in self._names]
        return list(self._looked_over(self._read([_USUAL, *excluded])))

    def _looked_over(self, versions: Iterable[Version]) -> Iterator[tuple[Version, str]]:
        lost = (version for version in versions if _plain(version.text) not in self._present)
        return ((version, version.text.casefold()) for version in lost)

    @cached_property
    def _present(self) -> frozenset[str]:
        """The texts of the files as they are now, committed or not."""
        return frozenset(_plain(text) for text in self._present_texts)

    @cached_property
    def _present_ids(self) -> frozenset[str]:
        return frozenset(name for text in self._present_texts if (name := revision_in(text)))

    @cached_property
    def _present_texts(self) -> list[str]:
        files = (path for folder in self._folders for path in sorted(folder.rglob("*.py")))
        return [decoded(path.read_bytes(), "replace") for path in files if path.is_file()]

    @cached_property
    def _versions(self) -> list[Version]:
        """Every text of every revision file in the project's folders, newest first."""
        return list(_versions(*self._walk))

    @cached_property
    def _versions_here(self) -> list[Version]:
        """The same of the commits alone that are part of what is checked out."""
        commits, texts = self._walk
        try:
            here = self._git.commits_in_head(self._own) if commits else frozenset()
        except WorkbenchError as error:
            self.note = f"Git was not searched: {error}"
            return []
        return list(_versions([commit for commit in commits if commit.id in here], texts))

    @cached_property
    def _walk(self) -> _Walk:
        """The commits that touched the project's folders, and the texts in them."""
        return ([], {}) if self.repository is None else self._walked(self._own)

    def _read(self, patterns: Sequence[str]) -> list[Version]:
        """The texts of the files that these patterns name; none where Git says nothing."""
        return list(_versions(*self._walked(patterns)))

    def _walked(self, patterns: Sequence[str]) -> _Walk:
        try:
            commits = self._git.commits(patterns)
            blobs = {blob for commit in commits for blob in _blobs(commit)}
            return commits, self._git.read(sorted(blobs))
        except WorkbenchError as error:
            self.note = f"Git was not searched: {error}"
            return [], {}

    @property
    def _own(self) -> list[str]:
        """The project's folders as Git's pathspecs."""
        return [f":(top,literal){name}" for name in self._names]

    @cached_property
    def _names(self) -> list[str]:
        """The project's folders, as the repository calls them."""
        names = map(self._git.name_of, self._folders)
        return [name for name in names if name is not None]

    # -- in words ------------------------------------------------------------------------------

    def _origin(self, version: Version, verb: str) -> Origin:
        about = f"revision {version.revision}"
        about += f" ({version.message})" if version.message else ""
        about = f"{verb} by {about}" if verb else about
        if not self._is_ours(version.path):
            about += f" in {version.path}"
        if not self._git.is_in_head(version.made.id):
            names = self._git.names_with(version.made.id)
            return Origin(version, f"{about} {_on(names, version)}", tuple(names))
        return Origin(version, f"{about}, {self._end(version)}")

    def _end(self, version: Version) -> str:
        """What became of a file that was here."""
        if version.ended is None:
            if version.revision in self._present_ids:
                return "whose file was edited since, which is not committed"
            if not self._git.has_file(version.path):
                return "which a merge left out"
            return "whose file is gone, which is not committed"
        if version.is_deleted:
            return f"deleted in commit {commit_words(version.ended)}"
        return f"whose text was changed in commit {commit_words(version.ended)}"

    @property
    def _git(self) -> Repository:
        assert self.repository is not None  # noqa: S101 -- a version came from it
        return self.repository

    def _is_ours(self, path: str) -> bool:
        full = (self._git.root / path).resolve()
        return any(full.is_relative_to(folder.resolve()) for folder in self._folders)


def _on(names: Sequence[str], version: Version) -> str:
    if not names:
        return f"in commit {commit_words(version.made)}, which no branch holds"
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"of {shown}, which is not merged here (commit {commit_words(version.made)})"


def _touches(version: Version, folded: str, change: Difference) -> bool:
    # Most texts need no parsing. A constraint may have got its name from the database.
    if not any(name.casefold() in folded for name in (change.name, change.table) if name):
        return False
    return any(mention.fits(change) for mention in _mentions(version.text))


_mentions = lru_cache(maxsize=4096)(mentions)


def _plain(text: str) -> str:
    """A text without what an editor or a checkout changes by itself."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _blobs(commit: Commit) -> Iterator[str]:
    for change in commit.changes:
        if change.path.endswith(".py"):
            yield from change.before
            yield from [change.after] if change.after else []


def _versions(commits: Sequence[Commit], texts: Mapping[str, str]) -> Iterator[Version]:
    """Each text of each revision once, with the commit that brought it and that which ended it."""
    made: dict[tuple[str, str], tuple[Commit, Change]] = {}
    ended: dict[tuple[str, str], Commit] = {}
    left: dict[str, set[str]] = defaultdict(set)
    names = {blob: revision_in(text) for blob, text in texts.items()}
    for commit in commits:
        for change in commit.changes:
            if change.after is not None and (name := names.get(change.after)):
                made[name, change.after] = commit, change  # in the end the oldest
                left[commit.id].add(name)
            for blob in change.before:
                if (name := names.get(blob)) and blob != change.after:
                    ended.setdefault((name, blob), commit)  # the newest
    for key in sorted(made, key=lambda key: made[key][0].place):
        (name, blob), (commit, change) = key, made[key]
        end = ended.get(key)
        deleted = end is not None and name not in left[end.id]
        yield Version(name, change.path, texts[blob], commit, end, deleted)
