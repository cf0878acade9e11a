"""Revisions that were edited after they were applied, proved by replaying their older texts.

A database keeps what a revision's text made when it was run. Git knows the older texts; each is put
in the place of the present one and replayed to live's stamp. Only if live's object is then just as
the replay has it is the edit named.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from schema.archaeology import Archaeology, Version
from schema.archaeology.finds import changed_lines, commit_words
from schema.catalog import Catalog
from schema.compare import Difference
from schema.drift.causes import revision_words
from schema.drift.likeness import Likeness
from schema.errors import WorkbenchError
from schema.history import History, Revision
from schema.project import Project
from schema.python_text import text_of_file

__all__ = ["MOST_REPLAYS", "explain_edits"]

#: What an edit may be the true cause of.
_OPEN = frozenset({"outside-migrations", "missing-migration"})

#: So many older texts are replayed at most, the newest first.
MOST_REPLAYS = 12


@dataclass(frozen=True)
class _Attempt:
    """Older texts to replay in the place of the present ones, by the commit that ended them."""

    versions: tuple[Version, ...]

    def texts(self, history: History) -> dict[Path, str]:
        return {history.get(found.revision).path: found.text for found in self.versions}


def explain_edits(
    changes: Sequence[Difference],
    live: Catalog,
    project: Project,
    history: History,
    applied: Iterable[str],
    archaeology: Archaeology,
    replayed: Callable[[Project], Catalog],
    notes: list[str],
) -> list[Difference]:
    """The changes, those that come from an edited revision with that cause and explanation.

    ``replayed`` gives the catalog at live's stamp of a project with other texts. A replay that
    fails proves nothing and is passed over.
    """
    revisions = [revision for revision in history if revision.id in set(applied)]
    attempts = _attempts(revisions, changes, archaeology)
    told = dict(enumerate(changes))
    open_ = {index for index, change in told.items() if change.cause in _OPEN}
    likeness = Likeness(live, changes)
    for number, attempt in enumerate(attempts):
        if not open_:
            break
        if number == MOST_REPLAYS:
            notes.append(f"of the revisions' older texts only {MOST_REPLAYS} were replayed")
            break
        try:
            with project.with_revisions(attempt.texts(history)) as older:
                catalog = replayed(older)
        except WorkbenchError:
            continue
        for index in [each for each in open_ if likeness.agrees(catalog, changes[each])]:
            open_.remove(index)
            told[index] = _explained(changes[index], attempt, history)
    return [told[index] for index in range(len(changes))]


def _attempts(
    revisions: Sequence[Revision], changes: Sequence[Difference], archaeology: Archaeology
) -> list[_Attempt]:
    """One older text at a time, newest first; then those that one commit ended, together."""
    words = {n.casefold() for each in changes for n in (each.table or each.name, each.name)}
    found: list[Version] = []
    for revision in revisions:
        present = text_of_file(revision.path)
        found += [
            version
            for version in archaeology.older_texts(revision.id)
            if _does_otherwise(version.text, present)
            and any(word in version.text.casefold() + present.casefold() for word in words)
        ]
    found.sort(key=lambda version: -1 if version.ended is None else version.ended.place)
    by_commit: dict[str, dict[str, Version]] = {}
    for version in found:
        end = version.ended.id if version.ended else ""
        by_commit.setdefault(end, {}).setdefault(version.revision, version)
    together = [tuple(group.values()) for group in by_commit.values() if len(group) > 1]
    return [_Attempt((version,)) for version in found] + [_Attempt(group) for group in together]


def _explained(change: Difference, attempt: _Attempt, history: History) -> Difference:
    parts = [_edit(version, history) for version in attempt.versions]
    words = f"{'; '.join(parts)}; live is as the older text made it"
    return replace(change, cause="edited-revision", explanation=words)


def _edit(version: Version, history: History) -> str:
    about = f"{revision_words(history, version.revision)} was edited after it was applied"
    lines = changed_lines(version.text, text_of_file(history.get(version.revision).path))
    if version.ended is None:
        return f"{about}: {lines}, not committed yet"
    return f"{about}: commit {commit_words(version.ended)} changed {lines}"


def _does_otherwise(older: str, present: str) -> bool:
    """Whether two texts differ in more than comments, docstrings and spacing."""
    return _code(older) != _code(present)


@lru_cache(maxsize=512)
def _code(text: str) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return text
    for node in ast.walk(tree):
        # The docstring, and what Alembic's history reads, make nothing in a database.
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            node.body = []
    return ast.dump(tree)
