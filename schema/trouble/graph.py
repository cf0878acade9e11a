"""What is wrong with the graph of the revisions: something missing, twice there, or a circle."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from schema.archaeology import Version
from schema.archaeology.finds import commit_words
from schema.history import History, RevisionFile
from schema.history.files import parents_in
from schema.project import Project, workbench_command
from schema.trouble.past import Lost, Past, bringing, problems_with, restoring, words_of
from schema.trouble.values import Advice, Trouble, command, to_type

__all__ = ["graph_troubles", "missing_in"]


def missing_in(files: Sequence[RevisionFile]) -> dict[str, list[RevisionFile]]:
    """The revisions that are followed, or depended on, and that no file bears; by whom."""
    known = {file.id for file in files} | {label for file in files for label in file.labels}
    found: dict[str, list[RevisionFile]] = {}
    for file in files:
        for name in (*file.parents, *file.depends_on):
            if name not in known and not any(each.startswith(name) for each in known):
                found.setdefault(name, []).append(file)
    return found


def graph_troubles(
    project: Project,
    files: Sequence[RevisionFile],
    past: Past,
    explained: Collection[str],
    history: History,
) -> Iterator[Trouble]:
    """``explained`` are revisions of whose files another trouble tells already."""
    yield from _twice(project, files, past)
    for name, followers in missing_in(files).items():
        if name not in explained:
            yield _missing(project, name, followers, past, {file.id for file in files})
    yield from _circles(project, files, past)
    yield from _others(history)


# -- missing ----------------------------------------------------------------------------------


def _missing(
    project: Project, name: str, followers: Sequence[RevisionFile], past: Past, known: set[str]
) -> Trouble:
    who = " and ".join(f"{file.path.name} (revision {file.id})" for file in followers)
    verb = "follow" if len(followers) > 1 else "follows"
    said = f"{who} {verb} {name}, which no file bears: Alembic cannot load the revisions."
    lost = past.lost_line(name, known)
    if not lost:
        facts = [past.silence(name)]
        facts += past.makers(followers)
        return Trouble("missing-parent", said, tuple(facts), (_ask_around(followers),))
    facts = list(words_of(lost))
    return Trouble("missing-parent", said, tuple(facts), (_bring_back(project, lost, past),))


def _bring_back(project: Project, lost: Sequence[Lost], past: Past) -> Advice:
    """What brings the files back, tried in a copy before."""
    said = bringing(lost)
    problems = problems_with(project, past.texts(lost))
    proof = ": tried in a copy, the graph is whole then." if not problems else (
        f". Tried in a copy, this is left then: {problems[0]}"
    )  # fmt: skip
    return Advice(said + proof, restoring(lost))


def _ask_around(followers: Sequence[RevisionFile]) -> Advice:
    file = followers[0]
    return Advice(
        "Ask who made that file for the one before it, or fetch what others have (git fetch "
        f"--all). If there never was one, correct down_revision in {file.path.name}: nothing here "
        "tells what it should be."
    )


# -- twice ------------------------------------------------------------------------------------


def _twice(project: Project, files: Sequence[RevisionFile], past: Past) -> Iterator[Trouble]:
    by_id: dict[str, list[RevisionFile]] = {}
    for file in files:
        by_id.setdefault(file.id, []).append(file)
    for name, same in by_id.items():
        if len(same) < 2:
            continue
        names = [file.path.name for file in same]
        if len(set(names)) < len(names):
            names = [str(file.path) for file in same]
        said = f"Revision {name} is in {len(same)} files: {' and '.join(names)}."
        facts = past.makers(same)
        facts.append(
            f"Alembic warns of it, and takes {names[-1]}, which it reads last; most of its "
            "commands fail then. The workbench refuses to guess."
        )
        yield Trouble("id-used-twice", said, tuple(facts), tuple(_of_twice(project, same, past)))


def _of_twice(project: Project, same: Sequence[RevisionFile], past: Past) -> Iterator[Advice]:
    texts = {file.path.read_bytes().replace(b"\r\n", b"\n").strip() for file in same}
    if len(texts) == 1:
        loose = [file for file in same if past.added(file.path) == "not committed"]
        chosen = (loose or same)[-1]
        yield Advice("They say the same: delete one.", command("rm", chosen.path))
        return
    yield Advice(
        "They say different things. Give the later one an id of its own (its 'revision', and the "
        "down_revision of what follows it); if it was copied, let it follow the other."
    )
    yield to_type(
        "A database that ran one of the two bears the same stamp as one that ran the other: which "
        "one, its schema tells.",
        workbench_command(project, "locate"),
    )


# -- circles ----------------------------------------------------------------------------------


def _circles(project: Project, files: Sequence[RevisionFile], past: Past) -> Iterator[Trouble]:
    by_id = {file.id: file for file in reversed(files)}
    below = {name: {*file.parents, *file.depends_on} for name, file in by_id.items()}
    while circle := _circle(below):
        yield _of_circle(project, [by_id[name] for name in circle], past)
        for name in circle:
            below[name] -= set(circle)


def _circle(below: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        return list(dict.fromkeys(error.args[1]))
    return []


def _of_circle(project: Project, circle: Sequence[RevisionFile], past: Past) -> Trouble:
    if len(circle) == 1:
        said = f"Revision {circle[0].id} follows itself, in {circle[0].path.name}."
    else:
        names = ", ".join(file.id for file in circle)
        said = f"Revisions {names} follow each other in a circle: none of them can be reached."
    facts = []
    for file in circle:
        facts.append(f"{file.path.name} names {', '.join((*file.parents, *file.depends_on))}.")
    facts += past.makers(circle)
    for file, version in _other_parents(circle, past):
        before = ", ".join(parents_in(version.text)) or "nothing"
        commit = version.ended or version.made
        when = "until commit" if version.ended else "in commit"
        facts.append(f"{file.path.name} followed {before} {when} {commit_words(commit)}.")
        if not problems_with(project, {file.path: version.text}):
            text = repr(parents_in(version.text)[0] if len(parents_in(version.text)) == 1
                        else parents_in(version.text) or None)  # fmt: skip
            advice = Advice(
                f"In {file.path.name} let it be again: down_revision = {text}. Tried in a copy "
                "with the file as it was then, the graph is whole.",
                command("git", "log", "-p", "--", file.path),
            )
            return Trouble("circle", said, tuple(facts), (advice,))
    advice = Advice(
        "Correct the down_revision (or depends_on) of one of them: the one whose parent is newer "
        "than itself. Nothing here proves which."
    )
    return Trouble("circle", said, tuple(facts), (advice,))


def _other_parents(
    circle: Sequence[RevisionFile], past: Past
) -> Iterator[tuple[RevisionFile, Version]]:
    """Earlier texts of those files that followed something else, the newest of each."""
    for file in circle:
        earlier = (v for v in past.earlier(file.id) if parents_in(v.text) != file.parents)
        version = next(earlier, None)
        if version is not None:
            yield file, version


# -- the rest ---------------------------------------------------------------------------------


def _others(history: History) -> Iterator[Trouble]:
    """What the history itself tells, and nothing above."""
    for problem in history.problems:
        if "branch label" in problem:
            advice = Advice("Give each branch a label of its own.")
            yield Trouble("other-graph", problem, (), (advice,))
