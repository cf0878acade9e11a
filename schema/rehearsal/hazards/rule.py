"""Rules of hazards: each with its reason, its source, and the safer form."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.hazard import Severity
from schema.rehearsal.hazards.scene import Scene

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ANY", "LITE", "MY", "PG", "Effect", "Finding", "Rule", "register", "rule", "rules",
           "rules_frame", "seen_only"]  # fmt: skip

PG = ("postgresql",)
MY = ("mysql", "mariadb")
LITE = ("sqlite",)
ANY = (*PG, *MY, *LITE)

#: What a rule's hazard does, and so what of a rehearsal shows it: a lock that others wait for, a
#: table written anew, rows lost, an object gone or renamed, a revision that fails at that
#: statement; or nothing but text shows it.
Effect = Literal["lock", "rewrite", "loss", "change", "failure", "text"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, before anybody asks what the rehearsal saw.

    ``what`` goes on after "The text shows that". ``object`` is the table or thing concerned, taken
    from the action where it is None. ``severity`` and ``advice`` are the rule's unless given.
    ``sized`` is False where a table's size has no say. ``seen`` is what the rule itself took from
    the rehearsal, in words, ``seconds`` for how long others waited by that.
    """

    what: str
    action: Action | None = None
    object: str | None = None
    severity: Severity | None = None
    advice: str | None = None
    sized: bool = True
    seen: tuple[str, ...] = ()
    seconds: float | None = None


Find = Callable[[Scene], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``reason`` says why it is one, ``source`` is a public page that says so too.

    ``safer`` is the safer form, code for a revision file where there is code for it. ``is_style``
    marks what people fight over; ``is_opt_in`` what is told only to those who ask for it.
    """

    id: str
    databases: tuple[str, ...]
    severity: Severity
    effect: Effect
    title: str
    reason: str
    safer: str
    source: str
    find: Find
    is_style: bool = False
    is_opt_in: bool = False


_RULES: dict[str, Rule] = {}


def register(found: Rule) -> None:
    """Take a rule into the registry; two of one id are an error."""
    if found.id in _RULES:
        raise ValueError(f"there are two rules {found.id}")
    _RULES[found.id] = found


def rule(
    identifier: str,
    databases: tuple[str, ...],
    severity: Severity,
    *,
    effect: Effect = "text",
    safer: str,
    source: str,
    is_style: bool = False,
    is_opt_in: bool = False,
) -> Callable[[Find], Find]:
    """Make a rule of a function: its docstring's first line is the title, all of it the reason."""

    def made(find: Find) -> Find:
        reason = inspect.getdoc(find) or ""
        title = reason.partition("\n")[0].rstrip(".")
        register(
            Rule(
                identifier,
                databases,
                severity,
                effect,
                title,
                " ".join(reason.split()),
                inspect.cleandoc(safer),
                source,
                find,
                is_style,
                is_opt_in,
            )
        )
        return find

    return made


def seen_only(
    identifier: str,
    databases: tuple[str, ...],
    severity: Severity,
    reason: str,
    safer: str,
    source: str,
) -> None:
    """Register a rule that no statement's text shows: a rehearsal or a file finds it."""

    def find(_: Scene) -> Iterator[Finding]:
        return iter(())

    find.__doc__ = reason
    rule(identifier, databases, severity, safer=safer, source=source)(find)


def rules() -> dict[str, Rule]:
    """All rules by their ids."""
    return dict(_RULES)


def rules_frame() -> pd.DataFrame:
    """One row a rule: ``rule, databases, severity, style, opt_in, meaning, safer, source``."""
    import pandas as pd

    rows = [
        (
            each.id, ", ".join(each.databases), each.severity, each.is_style, each.is_opt_in,
            each.reason, each.safer, each.source,
        )
        for each in _RULES.values()
    ]  # fmt: skip
    columns = ["rule", "databases", "severity", "style", "opt_in", "meaning", "safer", "source"]
    return pd.DataFrame(rows, columns=columns)
