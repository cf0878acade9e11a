"""A revision's message against what it touches: names of this history that it speaks of in vain.

Many names are English words too. So a bare word counts only where the message says that it is a
table or a column, or sets it in quotes; a name with an underscore or a dot speaks for itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from schema.biography.lives import TABLES, Lives
from schema.compare import Difference
from schema.history import Revision
from schema.oddities.trial import Trial
from schema.python_text import text_of_file

__all__ = ["Broken", "broken_promises"]


class Broken(NamedTuple):
    """A name in a message; ``opposite`` in words where it is touched, but otherwise than said."""

    name: str
    opposite: str = ""


_DOTTED = re.compile(r"\b([^\W\d]\w*)\.([^\W\d]\w*)\b")
_SNAKE = re.compile(r"\b[^\W_]+(?:_[^\W_]+)+\b")
_QUOTED = re.compile(r"[`'\"“]([^\W\d]\w*)[`'\"”]")
_AS_TABLE = re.compile(r"\b([^\W\d]\w*)\s+table\b|\btable\s+([^\W\d]\w*)", re.IGNORECASE)
_AS_COLUMN = re.compile(r"\b([^\W\d]\w*)\s+column\b|\bcolumn\s+([^\W\d]\w*)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d][\w$]*")

_MAKES = re.compile(r"\W*(add|adds|added|adding|create|creates|created|creating)\b", re.I)
_DROPS = re.compile(
    r"\W*(drop|drops|dropped|dropping|remove|removes|removed|removing|delete|deletes|deleted)\b",
    re.I,
)


@dataclass(frozen=True)
class _Names:
    """All names that tables and columns of a history ever had, in small letters."""

    lives: Lives

    @cached_property
    def tables(self) -> Collection[str]:
        return {
            name.name.casefold()
            for life in self.lives.every
            if life.kind in TABLES
            for name in life.names
        }

    @cached_property
    def columns(self) -> Mapping[str, Collection[str]]:
        """By column, the tables that ever had it."""
        found: dict[str, set[str]] = {}
        for life in self.lives.every:
            if life.kind == "column":
                for name in life.names:
                    found.setdefault(name.name.casefold(), set()).add((name.table or "").casefold())
        return found


def broken_promises(
    lives: Lives, trials: Mapping[str, Trial]
) -> Iterator[tuple[Revision, list[Broken]]]:
    """For each revision, the names in its message that it does not touch, or touches otherwise.

    One that changes nothing, or could not be run, is odd by that already.
    """
    names = _Names(lives)
    for step in lives.steps:
        revision, differences = step.revision, step.differences
        trial = trials.get(revision.id)
        is_idle = trial is not None and not (trial.is_trace or trial.writes_data)
        if step.failure is not None or revision.is_merge_point or is_idle:
            continue
        said = dict.fromkeys(_said(revision.message, names))
        if not said:
            continue
        touched = _touched(revision, differences, trial)
        broken = [Broken(each) for each in said if not _is_touched(each, touched)]
        broken += [each for name in said if (each := _opposite(revision, name, differences))]
        if broken:
            yield revision, broken


def _said(message: str, names: _Names) -> Iterator[str]:
    """The tables and columns that a message surely speaks of: ``users`` or ``users.mail``."""
    folded = message.casefold()
    dotted: set[str] = set()
    for table, column in _DOTTED.findall(folded):
        if table in names.tables:
            known = table in names.columns.get(column, ())
            yield f"{table}.{column}" if known else table
            dotted |= {table, column}
    words = [*_SNAKE.findall(folded), *_QUOTED.findall(folded)]
    yield from (w for w in words if w not in dotted and (w in names.tables or w in names.columns))
    for form, known_names in ((_AS_TABLE, names.tables), (_AS_COLUMN, names.columns)):
        for found in form.findall(folded):
            yield from (word for word in found if word in known_names and word not in dotted)


def _touched(
    revision: Revision, differences: Collection[Difference], trial: Trial | None
) -> set[str]:
    """All words of what a revision changed, of the SQL that it ran, and of its code."""
    words: set[str] = set(trial.words if trial is not None else ())
    for item in differences:
        said = [item.name, item.table or "", item.renamed_from or ""]
        said += [str(side) for pair in item.properties.values() for side in pair]
        words |= {word.casefold() for text in said for word in _WORD.findall(text)}
    return words | _words_of_code(text_of_file(revision.path))


def _words_of_code(text: str) -> set[str]:
    """The words in a file without its comments and docstrings."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return {
        word.casefold()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in _WORD.findall(node.value)
    } | {node.id.casefold() for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_touched(name: str, touched: Collection[str]) -> bool:
    """Whether all parts of a name are, or it is a part of a longer name that is touched."""
    parts = name.split(".")
    if all(part in touched for part in parts):
        return True
    last = parts[-1]
    return len(parts) == 1 and any(_is_within(last, word) for word in touched)


def _is_within(name: str, word: str) -> bool:
    """``metrics`` in ``metrics_pool``; ``user_tokens`` in ``old_user_tokens``."""
    return f"_{name}_" in f"_{word}_" or f"_{name}s_" in f"_{word}_"


def _opposite(revision: Revision, name: str, differences: Collection[Difference]) -> Broken | None:
    """Where a message says "add" of what goes, or "drop" of what comes."""
    makes, drops = (form.match(revision.message) for form in (_MAKES, _DROPS))
    if not (makes or drops):
        return None
    last = name.rpartition(".")[2]
    changes = {
        item.change
        for item in differences
        if item.kind in {*TABLES, "column"} and item.name.casefold() == last
    }
    if makes and changes == {"removed"}:
        return Broken(name, f"it says {makes[1]!r}, and drops it")
    if drops and changes == {"added"}:
        return Broken(name, f"it says {drops[1]!r}, and makes it")
    return None
