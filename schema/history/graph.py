"""The graph of revisions: what is wrong with it, and Alembic's own map of what is right."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from alembic.script.revision import Revision as Node
from alembic.script.revision import RevisionMap

from schema.history.files import RevisionFile

__all__ = ["build_map", "sound"]


def sound(files: Iterable[RevisionFile]) -> tuple[list[RevisionFile], list[str]]:
    """The files with every edge taken out that Alembic's map could not hold, and what was wrong.

    Alembic refuses a broken graph as a whole. Here the rest is still to be shown.
    """
    problems: list[str] = []
    kept = _without_duplicates(files, problems)
    kept = _without_doubled_labels(kept, problems)
    kept = _without_missing(kept, problems)
    kept = _without_cycles(kept, problems)
    return kept, problems


def build_map(files: Sequence[RevisionFile]) -> RevisionMap:
    """Alembic's map of sound files: it knows heads, labels, abbreviations, and the ways between."""
    nodes = [
        Node(file.id, file.parents, file.depends_on or None, file.labels or None) for file in files
    ]
    revisions = RevisionMap(lambda: iter(nodes))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        revisions.heads  # noqa: B018 -- reads the nodes now
    return revisions


def _without_duplicates(files: Iterable[RevisionFile], problems: list[str]) -> list[RevisionFile]:
    kept: dict[str, RevisionFile] = {}
    for file in files:
        first = kept.setdefault(file.id, file)
        if first is not file:
            problems.append(
                f"Revision {file.id} is in two files, {first.path.name} and {file.path.name}; "
                "the second is left out. Give it an id of its own."
            )
    return list(kept.values())


def _without_doubled_labels(
    files: Sequence[RevisionFile], problems: list[str]
) -> list[RevisionFile]:
    ids = {file.id for file in files}
    count = Counter(label for file in files for label in file.labels)
    kept = []
    for file in files:
        for label in file.labels:
            if count[label] > 1 or label in ids:
                problems.append(f"The branch label {label!r} of {file.id} is used by another too.")
        labels = tuple(x for x in file.labels if count[x] == 1 and x not in ids)
        kept.append(replace(file, labels=labels))
    return kept


def _without_missing(files: Sequence[RevisionFile], problems: list[str]) -> list[RevisionFile]:
    ids = {file.id for file in files}
    known = ids | {label for file in files for label in file.labels}
    for file in files:
        for parent in file.parents:
            if parent not in ids:
                problems.append(
                    f"{file.path.name}: revision {file.id} follows {parent}, which no file bears. "
                    "Bring that file back, or correct down_revision."
                )
        for other in file.depends_on:
            if other not in known:
                problems.append(
                    f"{file.path.name}: revision {file.id} depends on {other}, which no file bears."
                )
    return [
        replace(
            file,
            parents=tuple(parent for parent in file.parents if parent in ids),
            depends_on=tuple(other for other in file.depends_on if other in known),
        )
        for file in files
    ]


def _without_cycles(files: Sequence[RevisionFile], problems: list[str]) -> list[RevisionFile]:
    by_id = {file.id: file for file in files}
    labels = {label: file.id for file in files for label in file.labels}
    while cycle := _cycle(by_id, labels):
        problems.append(
            f"Revisions {', '.join(cycle)} follow each other in a circle; none can be reached. "
            "Correct the down_revision or depends_on of one of them."
        )
        members = set(cycle)
        for name in cycle:
            file = by_id[name]
            by_id[name] = replace(
                file,
                parents=tuple(x for x in file.parents if x not in members),
                depends_on=tuple(x for x in file.depends_on if labels.get(x, x) not in members),
            )
    return list(by_id.values())


def _cycle(files: dict[str, RevisionFile], labels: dict[str, str]) -> list[str]:
    below = {
        file.id: [*file.parents, *(labels.get(other, other) for other in file.depends_on)]
        for file in files.values()
    }
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        return list(dict.fromkeys(error.args[1]))
    return []
