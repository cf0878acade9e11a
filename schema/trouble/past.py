"""What Git knows of revisions that no file bears any more, or not yet."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from schema.archaeology import Archaeology, Version
from schema.archaeology.finds import commit_words, revision_in
from schema.errors import WorkbenchError
from schema.history import Added, RevisionFile, additions_of, read_history
from schema.history.files import parents_in
from schema.project import Project
from schema.wording import capitalised

__all__ = ["Lost", "Past", "bringing", "problems_with", "restoring", "words_of"]


@dataclass(frozen=True)
class Lost:
    """A revision that no present file bears, as Git has it.

    ``words`` says where, in one clause; ``branches`` are those (and tags) that have its file now;
    ``was_here`` is whether it was ever part of what is checked out. ``path`` is where its file
    would be.
    """

    version: Version
    words: str
    branches: tuple[str, ...]
    was_here: bool
    path: Path

    @property
    def id(self) -> str:
        """The revision's."""
        return self.version.revision


class Past:
    """The repository around a project, asked once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._archaeology = Archaeology(project)

    @property
    def has_git(self) -> bool:
        """Whether there is a repository around the project that can be asked."""
        return self._archaeology.repository is not None

    @property
    def note(self) -> str:
        """Why nothing, or not all, could be searched; "" where it was."""
        return self._archaeology.note

    def lost(self, identifier: str) -> Lost | None:
        """What Git has of a revision that no file bears; None where it has nothing."""
        origin = self._archaeology.revision(identifier)
        git = self._archaeology.repository
        if origin is None or git is None:
            return None
        version = origin.version
        names, was_here = git.names_holding(version.path), git.is_in_head(version.made.id)
        return Lost(version, origin.words, tuple(names), was_here, git.root / version.path)

    def lost_line(self, identifier: str, known: Collection[str]) -> list[Lost]:
        """The same with all that it needs and that no file bears either; what Git lacks is not in
        it. ``known`` are the revisions that files bear."""
        found: dict[str, Lost] = {}
        todo = [identifier]
        while todo:
            name = todo.pop()
            if name in found or name in known or (lost := self.lost(name)) is None:
                continue
            found[name] = lost
            todo += parents_in(lost.version.text)
        return list(found.values())

    def texts(self, lost: Iterable[Lost]) -> dict[Path, str]:
        """Their texts by where they belong, to be tried with ``Project.with_revisions``."""
        return {self._inside(path): each.version.text for each, path in _placed(lost)}

    def switch_to(self, name: str) -> list[str]:
        """The arguments of ``git switch`` that go to a branch or tag of a lost revision."""
        git = self._archaeology.repository
        assert git is not None  # noqa: S101 -- the revision came from it
        return git.switch_to(name)

    def earlier(self, identifier: str) -> Iterator[Version]:
        """What the file of a revision said before, newest first."""
        yield from self._archaeology.older_texts(identifier)

    def silence(self, identifier: str) -> str:
        """Why Git has nothing of a revision, as a sentence."""
        if self.note:
            return f"{capitalised(self.note)}."
        return f"No commit of any branch, remote-tracking branch or tag holds {identifier}."

    def added(self, path: Path) -> str:
        """Who added a file, in one clause; "" where there is no Git to tell."""
        found = self._additions.get(path.resolve())
        if found is None:
            return "" if self.note else "not committed"
        day = f" on {found.day.isoformat()}" if found.day else ""
        return f"added in commit {found.commit}{day} by {found.author}"

    def makers(self, files: Iterable[RevisionFile]) -> list[str]:
        """Who added each of these files, a sentence each; none where there is no Git to tell."""
        told = ((file, self.added(file.path)) for file in files)
        return [f"{file.path.name} was {said}." for file, said in told if said]

    @cached_property
    def _additions(self) -> Mapping[Path, Added]:
        return additions_of(self._project.version_locations)

    def _inside(self, path: Path) -> Path:
        """A place that a copy of the project's folders has, also for a file of another folder."""
        folders = self._project.version_locations
        resolved = {folder.resolve(): folder for folder in folders}
        for real, folder in resolved.items():
            if path.resolve().is_relative_to(real):
                return folder / path.resolve().relative_to(real)
        return folders[0] / path.name


def restoring(lost: Iterable[Lost]) -> str:
    """The commands that bring the files back, from wherever in the repository they are run.

    No file that is there now is written over: beside such a one they get a name of their own.
    """
    sources: dict[str, list[str]] = {}
    beside = []
    for each, path in _placed(lost):
        commit = each.version.made.id[:12]
        if path == each.path:
            sources.setdefault(commit, []).append(f":/{each.version.path}")
        else:
            shown = shlex.join(["git", "show", f"{commit}:{each.version.path}"])
            beside.append(f"{shown} > {shlex.quote(str(path))}")
    lines = (
        shlex.join(["git", "restore", f"--source={commit}", "--", *paths])
        for commit, paths in sources.items()
    )
    return "\n".join([*lines, *beside])


def bringing(lost: Sequence[Lost]) -> str:
    """What ``restoring`` does, in words that go on: ``Bring the file back``."""
    said = "Bring the file back" if len(lost) == 1 else f"Bring the {len(lost)} files back"
    moved = [(each, path) for each, path in _placed(lost) if path != each.path]
    told = [f"that of {each.id} as {path.name}, for {_taken(each.path)}" for each, path in moved]
    return f"{said} ({'; '.join(told)})" if told else said


def _placed(lost: Iterable[Lost]) -> Iterator[tuple[Lost, Path]]:
    """Where each file can be brought back to: its own place, or one beside it if that is taken."""
    used: set[Path] = set()
    for each in lost:
        path, number = each.path, 1
        while path in used or os.path.lexists(path):
            end = f"_{number}" if number > 1 else ""
            path = each.path.with_name(f"{each.path.stem}_{each.id}{end}{each.path.suffix}")
            number += 1
        used.add(path)
        yield each, path


def _taken(path: Path) -> str:
    """What has the place of a file now, in one clause."""
    try:
        bears = revision_in(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        bears = None
    return f"{path.name} now bears {f'revision {bears}' if bears else 'another text'}"


def words_of(lost: Iterable[Lost]) -> Iterator[str]:
    """Where Git has them, a few sentences each."""
    for each in lost:
        yield f"Git has it: {each.words}."
        last = commit_words(each.version.made)
        yield f"Its file was {each.version.path}, last in commit {last}."
        if each.branches and each.was_here:
            yield f"It still stands in {', '.join(each.branches[:5])}."


def problems_with(project: Project, texts: Mapping[Path, str]) -> list[str]:
    """What would still be wrong with the history, were these the texts of its files."""
    try:
        with project.with_revisions(texts) as tried:
            return list(read_history(tried).problems)
    except (WorkbenchError, OSError) as error:
        return [f"it could not be tried: {error}"]
