"""Reasons to ignore a hazard, kept as comments in the revision file.

``# schema: ignore <rule>[, <rule>...]: <reason>``, anywhere in the file, on a line of its own or
behind code. It holds for the whole revision, both ways. A comment without a reason, or that names
no rule, ignores nothing and is told; so is one that no hazard answers to any more.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from schema.rehearsal.hazards.hazard import Hazard
from schema.rehearsal.hazards.observing import seen_only
from schema.rehearsal.hazards.rule import ANY, rules

__all__ = ["Ignore", "apply_ignores", "read_ignores"]

_FORM = re.compile(r"#\s*schema:\s*ignore\b\s*(?P<rules>[^:]*):?(?P<reason>.*)", re.I | re.S)
_DOCS = "https://alembic.sqlalchemy.org/en/latest/tutorial.html"

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
    """One comment: the rules that it names, its reason ("" when it has none), and its line."""

    rules: tuple[str, ...]
    reason: str
    line: int

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
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and (match := _FORM.match(token.string)):
                names = [name.strip() for name in match["rules"].split(",")]
                told = tuple(name for name in names if name)
                found.append(Ignore(told, match["reason"].strip(), token.start[0]))
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(found)


def apply_ignores(
    hazards: Iterable[Hazard], ignores: Sequence[Ignore], *, whole: bool = True
) -> tuple[Hazard, ...]:
    """The hazards, those that a comment names with its reason; and what is wrong with comments.

    ``whole`` is False where not all hazards of a revision can be known, as before it was run or in
    one direction only: then no comment is called unused.
    """
    reasons = {
        name: ignore.reason for ignore in ignores if ignore.problem is None for name in ignore.rules
    }
    told = [
        replace(hazard, ignored=reasons[hazard.rule]) if hazard.rule in reasons else hazard
        for hazard in hazards
    ]
    met = {hazard.rule for hazard in told}
    for ignore in ignores:
        if ignore.problem is not None:
            told.append(_told("ignore-without-reason", ignore, ignore.problem))
        elif whole and (unused := [name for name in ignore.rules if name not in met]):
            told.append(_told("unused-ignore", ignore, f"{', '.join(unused)} finds nothing"))
    return tuple(told)


def _told(rule: str, ignore: Ignore, why: str) -> Hazard:
    message = f"The comment in line {ignore.line} ignores nothing: {why}."
    if rule == "unused-ignore":
        message = f"The comment in line {ignore.line} ignores what is not there: {why} here."
    return Hazard(rule, "low", False, None, message, rules()[rule].safer)
