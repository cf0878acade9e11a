"""Reasons to ignore a hazard, kept as comments in the revision file.

``# schema: ignore <rule>[, <rule>...]: <reason>``, on a line of its own or behind code. A rule may
name the object that it is for, in parentheses: ``data-lost(metrics)``; ``*`` and ``?`` are globs,
and a table's name stands for its columns too. Within ``upgrade()`` the comment holds for the way
up, within ``downgrade()`` for the way down, elsewhere for both.

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
from fnmatch import fnmatchcase

from schema.rehearsal.hazards.hazard import Hazard
from schema.rehearsal.hazards.rule import ANY, rules, seen_only
from schema.rehearsal.steps import Direction

__all__ = ["Ignore", "apply_ignores", "read_ignores"]

_FORM = re.compile(r"#\s*schema:\s*ignore\b\s*(?P<rules>[^:]*):?(?P<reason>.*)", re.I | re.S)
_NAMED = re.compile(r"\s*([\w-]+)\s*(?:\(\s*([^()]*?)\s*\))?\s*(?:,|$)")
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

    ``targets`` are the rules, each with a glob of the objects that it is for. ``direction`` is the
    way that it is for, None for both.
    """

    targets: tuple[tuple[str, str], ...]
    reason: str
    line: int
    direction: Direction | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it names."""
        return tuple(rule for rule, _ in self.targets)

    @property
    def problem(self) -> str | None:
        """Why it ignores nothing; None when it is sound."""
        if not self.rules:
            return "it names no rule"
        if unknown := [name for name in self.rules if name not in rules()]:
            return f"no rule is called {', '.join(unknown)}"
        return None if self.reason else "it gives no reason"

    def unused(self, hazards: Iterable[Hazard]) -> list[str]:
        """What of it no hazard answers to, as it is written."""
        told = list(hazards)
        return [
            rule if pattern == "*" else f"{rule}({pattern})"
            for rule, pattern in self.targets
            if not any(_is_meant(hazard, rule, pattern) for hazard in told)
        ]


def _is_meant(hazard: Hazard, rule: str, pattern: str) -> bool:
    label = hazard.object or ""
    return hazard.rule == rule and (
        fnmatchcase(label, pattern) or fnmatchcase(label, f"{pattern}.*")
    )


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
            tuple((name, pattern or "*") for name, pattern in _NAMED.findall(found["rules"])),
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
    told = [_with_reason(hazard, concerned) for hazard in hazards]
    wrong = [_without_reason(each) for each in concerned if each.problem]
    for ignore in concerned:
        is_known = whole and ignore.direction == direction and not ignore.problem
        if is_known and (unused := ignore.unused(told)):
            wrong.append(_unused(ignore, unused))
    return (*told, *wrong)


def _with_reason(hazard: Hazard, ignores: Iterable[Ignore]) -> Hazard:
    for ignore in ignores:
        if (
            hazard.ignored is None
            and not ignore.problem
            and any(_is_meant(hazard, rule, pattern) for rule, pattern in ignore.targets)
        ):
            return replace(hazard, ignored=ignore.reason)
    return hazard


def _without_reason(ignore: Ignore) -> Hazard:
    message = f"The comment in line {ignore.line} ignores nothing: {ignore.problem}."
    return _told("ignore-without-reason", message)


def _unused(ignore: Ignore, names: Sequence[str]) -> Hazard:
    where = f"The comment in line {ignore.line}"
    return _told("unused-ignore", f"{where} ignores {', '.join(names)}, which finds nothing here.")


def _told(rule: str, message: str) -> Hazard:
    return Hazard(rule, "low", False, None, message, rules()[rule].safer)
