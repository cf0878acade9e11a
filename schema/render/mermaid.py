"""The history as Mermaid text, to paste into a README or a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from schema.history import History, Revision
from schema.wording import STANDING_MARKS, counted, printable

__all__ = ["mermaid"]

#: Letters that Mermaid would take for its own syntax, as its entity codes
#: (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters).
_CODES = {ord(letter): f"#{ord(letter)};" for letter in '#"`<>&\\[](){}|;'}


def mermaid(history: History, current: Sequence[str] | None = None) -> str:
    """A flowchart from the oldest revision at the top to the heads at the bottom.

    Nodes have made-up names, as Mermaid trips over some words (``end``) in place of a name. In
    JupyterLab it is legible up to some fifteen revisions; ``lane_graph`` is for more.
    """
    standing = history.standing(tuple(current)) if current is not None else {}
    oldest = list(reversed(history))
    names = {revision.id: f"r{n}" for n, revision in enumerate(oldest)}
    labels = {label: revision.id for revision in history for label in revision.labels}
    lines = ["flowchart TD", f"    accTitle: {counted(len(history), 'revision')} and their order"]
    for revision in oldest:
        lines.append(f"    {names[revision.id]}{_label(revision, standing.get(revision.id))}")
    for revision in oldest:
        depended = [labels.get(other, other) for other in revision.depends_on]
        lines += _arrows(names, revision.parents, revision.id, "-->")
        lines += _arrows(names, depended, revision.id, "-.->")
    return "\n".join(lines) + "\n"


def _label(revision: Revision, where: str | None) -> str:
    said = _escaped(f"{revision.id} {revision.message}".strip())
    mark = f"<br/>{STANDING_MARKS[where]} {where}" if where else ""
    return f'["{said}{mark}"]'


def _arrows(names: dict[str, str], above: Sequence[str], below: str, arrow: str) -> list[str]:
    return [f"    {names[name]} {arrow} {names[below]}" for name in above if name in names]


def _escaped(content: str) -> str:
    return " ".join(printable(content).split()).translate(_CODES)
