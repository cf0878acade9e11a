"""Which tables a step's cost can depend on: those that it locks, writes anew or names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from schema.compare.tokens import tokens
from schema.rehearsal.steps import Statement, Step

__all__ = ["named_in", "touched"]

#: More of a statement than this is values.
_MOST_CHARACTERS = 20_000
_QUOTED = re.compile(r"`(?:[^`]|``)*`|\[[^\]]*\]")


def touched(step: Step) -> frozenset[str]:
    """The tables with rows before the step that it locks, writes anew or names in a statement.

    They are called as in ``rows_before``. Empty when none is known to be touched.
    """
    there = step.rows_before
    found = {lock.relation for lock in step.locks if lock.kind == "table" and not lock.is_new}
    found |= {item.relation for item in step.rewrites if item.kind == "table"}
    return frozenset({*found} & {*there}) | named_in(step.statements, there)


def named_in(statements: Iterable[Statement], known: Mapping[str, int]) -> frozenset[str]:
    """The known tables whose names stand in these statements.

    Only the row counts that a time is compared with depend on it: a name too many, such as a
    column's, makes a fit poorer but not wrong.
    """
    bare: dict[str, set[str]] = {}
    for label in known:
        bare.setdefault(label.rpartition(".")[2].lower(), set()).add(label)
    names: set[str] = set()
    for sql in {statement.sql for statement in statements}:
        names |= _names(sql[:_MOST_CHARACTERS])
    return frozenset(label for name in names for label in bare.get(name, ()))


def _names(sql: str) -> set[str]:
    found = {token.text.lower() for token in tokens(sql) if token.kind == "name"}
    return found | {quoted[1:-1].lower() for quoted in _QUOTED.findall(sql)}
