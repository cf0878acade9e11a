"""Reasons to ignore a hazard, kept as comments in the revision file.

``# schema: ignore <rule>[, <rule>...]: <reason>``, on a line of its own or behind code. Within
``upgrade()`` it holds for the way up, within ``downgrade()`` for the way down, elsewhere for both.
A comment without a reason, or that names no rule, ignores nothing and is told; so is one that no
hazard answers to any more.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.rehearsal.hazards.hazard import Hazard
from schema.rehearsal.hazards.rule import ANY, rules, seen_only
from schema.rehearsal.steps import Direction

__all__ = ["Ignore", "apply_ignores", "read_ignores"]

_FORM = re.compile(r"#\s*schema:\s*ignore\b\s*(?P<rules>[^:]*):?(?P<reason>.*)", re.I | re.S)
_DOCS = "https://alembic.sqlalchemy.org/en/latest/tutorial.html"
_WAYS: Mapping[str, Direction] = {"upgrade": "up", "downgrade": "down"}

seen_only(
    "unused-ignore",
    ANY,
    "low",
    """A comment ignores a rule that finds nothing in this revision any more.""",
    "# take the comment out",
    _DOCS,
)
seen_only(
    "ignore-without-reason",
    ANY,
    "low",
    """A comment ignores a rule without saying why, or names a rule that is not there.

    It ignores nothing.""",
    "# schema: ignore <rule>: <reason>",
    _DOCS,
)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: the rules that it names, its reason ("" when it has none), and its line.

    ``direction`` is the way that it is for, None for both.
    """

    rules: tuple[str, ...]
    reason: str
    line: int
    direction: Direction | None = None

    @property
    def problem(self) -> str | None:
        """Why it ignores nothing; None when it is sound."""
        if not self.rules:
            return "it names no rule"
        if unknown := [name for name in self.rules if name not in rules()]:
            return f"no rule is called {', '.join(unknown)}"
        return None if self.reason else "it gives no reason"


def read_ignores(text: str) -> tuple[Ignore, ...]:
    """The comments of a revision file that ignore something, in order.

    Empty for a text that is no Python: running it will tell.
    """
    try:
        tree = ast.parse(text)
        comments = list(_comments(text))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return ()
    return tuple(
        Ignore(
            tuple(filter(None, (name.strip() for name in found["rules"].split(",")))),
            " ".join(found["reason"].split()),
            line,
            _way_of(tree, line),
        )
        for line, found in comments
    )


def _comments(text: str) -> Iterable[tuple[int, re.Match[str]]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (found := _FORM.match(token.string)):
            yield token.start[0], found


def _way_of(tree: ast.Module, line: int) -> Direction | None:
    """Which of the two functions a line stands in. A comment at a function's end is inside too."""
    inside = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return _WAYS.get(inside[0]) if inside else None


def apply_ignores(
    hazards: Iterable[Hazard],
    ignores: Sequence[Ignore],
    *,
    direction: Direction | None = None,
    whole: bool = True,
) -> tuple[Hazard, ...]:
    """The hazards, those that a comment names with its reason; and what is wrong with comments.

    ``direction`` is the way that the hazards are of, None when they are of both; comments for the
    other way are left alone, and those for both are called unused only when it is None. ``whole``
    is False where not all hazards can be known, as before a revision was run or on a copy without
    rows: then no comment is called unused.
    """
    concerned = [each for each in ignores if direction in {None, each.direction or direction}]
    reasons = {name: each.reason for each in concerned if not each.problem for name in each.rules}
    told = [
        replace(hazard, ignored=reasons[hazard.rule])
        if hazard.ignored is None and hazard.rule in reasons
        else hazard
        for hazard in hazards
    ]
    met = {hazard.rule for hazard in told}
    for ignore in concerned:
        unused = [name for name in ignore.rules if name not in met]
        if ignore.problem is not None:
            told.append(_without_reason(ignore))
        elif unused and whole and ignore.direction == direction:
            told.append(_unused(ignore, unused))
    return tuple(told)


def _without_reason(ignore: Ignore) -> Hazard:
    message = f"The comment in line {ignore.line} ignores nothing: {ignore.problem}."
    return _told("ignore-without-reason", message)


def _unused(ignore: Ignore, names: Sequence[str]) -> Hazard:
    where = f"The comment in line {ignore.line}"
    return _told("unused-ignore", f"{where} ignores {', '.join(names)}, which finds nothing here.")


def _told(rule: str, message: str) -> Hazard:
    return Hazard(rule, "low", False, None, message, rules()[rule].safer)
