"""Two heads: who made them, whether their order matters, and the file that merges them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

from schema.authoring import Branch, Heads, read_heads
from schema.errors import WorkbenchError
from schema.git import Repository
from schema.history import History
from schema.project import Project, alembic_command
from schema.replay import Progress
from schema.trouble.past import Past
from schema.trouble.values import Advice, Offer, Trouble, to_type

__all__ = ["are_meant", "heads_trouble"]

#: As many made-up rows a table hold the rehearsal of both orders.
_ROWS = 50


def are_meant(history: History) -> bool:
    """Whether the heads are branches that somebody keeps apart: each with a label, or a base.

    A branch that only depends on another one (``depends_on``) is none of that one's.
    """
    ways = {head: _way(history, head) for head in history.heads}
    labels = {item.id: item.labels for item in history}
    for head, way in ways.items():
        others = set().union(*(other for name, other in ways.items() if name != head))
        own = way - others
        if way & others and not any(labels.get(name) for name in own):
            return False
    return True


def _way(history: History, head: str) -> set[str]:
    """The head and what lies below it, by ``down_revision`` alone."""
    seen: set[str] = set()
    todo = [head]
    while todo:
        if (name := todo.pop()) not in seen:
            seen.add(name)
            todo.extend(history.get(name).parents)
    return seen


def heads_trouble(
    project: Project,
    history: History,
    past: Past,
    *,
    is_quick: bool = False,
    on_progress: Progress | None = None,
) -> Trouble | None:
    """The trouble of a history with several heads that nobody meant; None where there is none.

    ``is_quick``: nothing is replayed or rehearsed.
    """
    if len(history.heads) < 2 or history.problems or are_meant(history):
        return None
    heads = history.heads
    named = ", ".join(heads[:-1]) + f" and {heads[-1]}"
    said = (
        f"There are {len(heads)} heads, {named}: alembic upgrade head does not know which one is "
        "meant."
    )
    facts = list(_makers(project, history, past))
    if is_quick:
        return Trouble("two-heads", said, tuple(facts))
    advised: list[Advice] = []
    offer = None
    try:
        found = read_heads(project, on_progress=on_progress)
        facts += _tables(found)
        found = _rehearsed(found, facts, on_progress)
    except WorkbenchError as error:
        facts.append(f"They could not be run: {error}")
    else:
        advised = list(_advised(found, project))
        if found.orders is None or found.orders.is_same:
            offer = _merge(project, heads, facts)
    return Trouble("two-heads", said, tuple(facts), tuple(advised), offer)


def _makers(project: Project, history: History, past: Past) -> Iterator[str]:
    own = _own_branches(project, history)
    for head in history.heads:
        revision = history.get(head)
        written = f", written {revision.date:%Y-%m-%d}" if revision.date else ""
        branches = f"; it came from {', '.join(own[head][:3])}" if own.get(head) else ""
        message = f" ({revision.message})" if revision.message else ""
        added = past.added(revision.path)
        who = f"{revision.path.name} was {added}{branches}" if added else revision.path.name
        yield f"{head}{message}{written}: {who}."


def _own_branches(project: Project, history: History) -> dict[str, list[str]]:
    """For each head the branches that have its commit and not that of all the others."""
    names: dict[str, list[str]] = {}
    try:
        repository = Repository(project.root)
        for head in history.heads:
            commits = repository.commits_of(history.get(head).path)
            names[head] = repository.names_with(commits[-1].id) if commits else []
    except WorkbenchError:
        return {}
    common = set.intersection(*map(set, names.values())) if names else set()
    return {head: [name for name in found if name not in common] for head, found in names.items()}


def _tables(found: Heads) -> Iterator[str]:
    for branch in found.branches:
        yield f"{branch.head} touches {_listed(branch)}."
    shared = found.shared_tables
    yield f"Both touch {', '.join(shared)}." if shared else "They touch no table in common."


def _listed(branch: Branch) -> str:
    return ", ".join(branch.tables) or "no table's schema"


def _rehearsed(found: Heads, facts: list[str], on_progress: Progress | None) -> Heads:
    try:
        found = found.rehearse(rows=_ROWS, made_up=True, on_progress=on_progress)
    except WorkbenchError as error:
        facts.append(f"Their orders could not be rehearsed: {error}")
        return found
    if found.orders is not None:
        first, second = found.orders.first.heads, found.orders.second.heads
        facts.append(
            f"Rehearsed in both orders ({', '.join(first)}; {', '.join(second)}) on made-up rows: "
            f"{found.orders.verdict}."
        )
        facts += [f"What differs then: {item.describe()}" for item in found.orders.differences[:5]]
    return found


def _advised(found: Heads, project: Project) -> Iterator[Advice]:
    heads = [branch.head for branch in found.branches]
    named = " and ".join(heads)
    merge = alembic_command(project, "merge", "-m", f"merge {named}", *heads)
    if found.orders is not None and found.orders.is_same:
        yield to_type(
            "Merge them: a database may get either one first, and is the same afterwards.", merge
        )
    elif found.orders is None:
        yield to_type("Merge them; whether their order matters is not known.", merge)
    else:
        yield Advice(
            "Do not merge them as they are: what a database becomes depends on which one it got "
            "first. Put one after the other (in its file, down_revision); what that means for "
            "databases that have one already, this says: "
            f"project.heads().reparented({heads[1]!r}, {heads[0]!r})"
        )
    yield Advice("With a copy of the database's own rows: project.heads().rehearse()")


def _merge(project: Project, heads: Sequence[str], facts: list[str]) -> Offer | None:
    """The file that merges them, by the project's own template."""
    title = f"merge {' and '.join(heads)}"
    try:
        text, name = project.revision_file(
            secrets.token_hex(6), heads, title=title, message=title, imports="",
            upgrades="pass", downgrades="pass",
        )  # fmt: skip
    except WorkbenchError as error:
        facts.append(f"A merge file could not be written: {error}")
        return None
    return Offer(name, text)
