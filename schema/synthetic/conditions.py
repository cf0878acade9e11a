"""What checks say of columns: constants, bounds, lengths and patterns, mined from their text.

A check is taken apart into alternatives: ways to satisfy it, each of which says something of single
columns. What is not understood says nothing; the database judges the rows in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from schema.catalog.sqlite_text import DDLError
from schema.synthetic.expressions import Node, parse
from schema.synthetic.patterns import of_glob, of_like, of_similar

__all__ = ["ANYTHING", "Alternative", "Hint", "alternatives", "combined"]

#: More alternatives than these are not tried.
_LIMIT = 24


class Bound(NamedTuple):
    """A constant that values are compared with; ``open`` where it itself is excluded."""

    text: str
    open: bool


@dataclass(frozen=True)
class Hint:
    """What is known of one column's values, in one alternative. Constants are text.

    ``values`` None means any; ``null`` True: it has to be NULL, False: it must not be.
    """

    values: tuple[str, ...] | None = None
    excluded: frozenset[str] = frozenset()
    lows: tuple[Bound, ...] = ()
    highs: tuple[Bound, ...] = ()
    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    null: bool | None = None
    case: str | None = None
    is_json: bool = False

    def __and__(self, other: Hint) -> Hint | None:
        """Both together; None when they contradict each other."""
        values = self.values
        if values is None:
            values = other.values
        elif other.values is not None:
            values = tuple(value for value in values if value in other.values)
        excluded = self.excluded | other.excluded
        if values is not None:
            values = tuple(value for value in values if value not in excluded)
        lengths = [each for each in (self.max_length, other.max_length) if each is not None]
        if values == () or {self.null, other.null} == {True, False}:
            return None
        return Hint(
            values,
            excluded,
            self.lows + other.lows,
            self.highs + other.highs,
            max(self.min_length, other.min_length),
            min(lengths, default=None),
            self.patterns + other.patterns,
            self.null if other.null is None else other.null,
            self.case or other.case,
            self.is_json or other.is_json,
        )


ANYTHING = Hint()


@dataclass(frozen=True)
class Alternative:
    """One way to satisfy checks: hints by column, and comparisons of columns (a, operator, b)."""

    hints: Mapping[str, Hint]
    relations: tuple[tuple[str, str, str], ...] = ()

    def __and__(self, other: Alternative) -> Alternative | None:
        hints = dict(self.hints)
        for name, hint in other.hints.items():
            both = hints.get(name, ANYTHING) & hint
            if both is None:
                return None
            hints[name] = both
        return Alternative(hints, self.relations + other.relations)


_OPEN = Alternative({})


def alternatives(
    text: str, columns: Mapping[str, str], same: Callable[[str], str] = str
) -> list[Alternative]:
    """The ways to satisfy a check.

    ``columns`` gives a column's name by its name as ``same`` folds it. A check that is not
    understood has one alternative, which says nothing.
    """
    try:
        return _ways(parse(text, columns, same), True) or [_OPEN]
    except (DDLError, RecursionError):
        return [_OPEN]


def combined(checks: Iterable[list[Alternative]]) -> list[Alternative]:
    """The ways to satisfy all checks at once; those that contradict each other are left out."""
    found = [_OPEN]
    for ways in checks:
        both = [one & other for one in found for other in ways]
        found = _few([each for each in both if each is not None]) or found
    return found


def _few(found: list[Alternative]) -> list[Alternative]:
    """At most ``_LIMIT`` of them, from all over the list."""
    if len(found) <= _LIMIT:
        return found
    return [found[place * len(found) // _LIMIT] for place in range(_LIMIT)]


# -- from the tree of an expression ---------------------------------------------------------------

_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"=": "=", "<>": "<>", "<": ">", ">=": "<=", ">": "<", "<=": ">="}
_PATTERNS: dict[str, Callable[[str], str]] = {
    "like": of_like, "glob": of_glob, "similar": of_similar, "regex": str,
}  # fmt: skip
_LENGTHS = {"length", "char_length", "character_length", "octet_length"}


def _ways(node: Node, wanted: bool) -> list[Alternative]:
    """How the expression becomes true, or false where that is wanted."""
    kind, parts = node.kind, node.parts
    if kind == "not":
        return _ways(parts[0], not wanted)
    if kind in {"and", "or"}:
        each = [_ways(part, wanted) for part in parts]
        return _all(each) if (kind == "and") == wanted else _few([w for ways in each for w in ways])
    if kind == "null":
        return _null(parts[0], wanted)
    if kind == "in":
        return _in(node, wanted)
    if kind == "match":
        return _match(node, wanted)
    if kind == "column":
        return [_of(node.text, Hint(values=("true" if wanted else "false",)))]
    if kind == "constant":
        return [_OPEN] if (node.text.lower() not in {"false", "0"}) == wanted else []
    if kind == "compare":
        return _compare(node.text if wanted else _NEGATED[node.text], *parts)
    if kind == "function" and node.text in {"json_valid", "is_json"} and wanted:
        return [_of(part.text, Hint(is_json=True)) for part in parts if part.kind == "column"]
    return [_OPEN]


def _all(each: list[list[Alternative]]) -> list[Alternative]:
    found = [_OPEN]
    for ways in each:
        both = [one & other for one, other in product(found, ways or [_OPEN])]
        found = _few([way for way in both if way is not None])
    return found


def _of(name: str, hint: Hint) -> Alternative:
    return Alternative({name: hint})


def _null(operand: Node, wanted: bool) -> list[Alternative]:
    if operand.kind == "column":
        return [_of(operand.text, Hint(null=wanted))]
    return [_OPEN]


def _in(node: Node, wanted: bool) -> list[Alternative]:
    operand, *rest = node.parts
    column, hint = _column(operand)
    if column is None or not all(each.kind == "constant" for each in rest):
        return [_OPEN]
    values = tuple(each.text for each in rest if each.text != "NULL" or each.quoted)
    if wanted:
        return [_of(column, replace(hint, values=values))]
    return [_of(column, Hint(excluded=frozenset(values)))]


def _column(operand: Node) -> tuple[str | None, Hint]:
    """The column that an operand stands for, and what a function around it asks for."""
    if operand.kind == "column":
        return operand.text, ANYTHING
    if operand.kind == "function" and len(operand.parts) == 1:
        inner = operand.parts[0]
        if inner.kind == "column" and operand.text in {"lower", "upper", "trim", "btrim"}:
            return inner.text, Hint(case=operand.text if operand.text.endswith("er") else None)
    return None, ANYTHING


def _match(node: Node, wanted: bool) -> list[Alternative]:
    operand, pattern = node.parts
    column, hint = _column(operand)
    if column is None or pattern.kind != "constant" or not wanted:
        return [_OPEN]
    found = _PATTERNS[node.text](pattern.text)
    return [_of(column, replace(hint, patterns=(found,)))]


def _compare(operator: str, left: Node, right: Node) -> list[Alternative]:
    if left.is_condition and right.is_condition and operator in {"=", "<>"}:
        equal = operator == "="
        return [
            way
            for wanted in (True, False)
            for way in _all([_ways(left, wanted), _ways(right, wanted == equal)])
        ]
    if left.kind in {"constant", "now"}:
        left, right, operator = right, left, _TURNED[operator]
    if left.kind == "function" and left.text in {"num_nulls", "num_nonnulls"}:
        return _counted_nulls(operator, left, right)
    if left.kind == "function" and left.text in _LENGTHS and right.kind == "constant":
        return _length(operator, left, right)
    if left.kind == "column" and right.kind == "column":
        return [Alternative({}, ((left.text, operator, right.text),))]
    if operator == "=" and right.kind == "column" and left.kind == "function":
        left, right = right, left
    if operator == "=" and left.kind == "column" and right.kind == "function":
        column, hint = _column(right)
        return [_of(left.text, hint)] if column == left.text else [_OPEN]
    column, hint = _column(left)
    if left.kind == "function" and left.text == "json_valid" and right.text in {"1", "true"}:
        return _ways(left, operator == "=")
    if column is None or right.kind not in {"constant", "now"}:
        return [_OPEN]
    return [_of(column, replace(_against(operator, right), case=hint.case))]


def _against(operator: str, right: Node) -> Hint:
    """What comparing with a constant says; for the time of day, dates far enough from now."""
    if operator in {"<", "<="}:
        return Hint(highs=(Bound(right.text or "2024-06-01", operator == "<"),))
    if operator in {">", ">="}:
        return Hint(lows=(Bound(right.text or "2040-01-01", operator == ">"),))
    return Hint(values=(right.text,)) if operator == "=" else Hint(excluded=frozenset([right.text]))


def _length(operator: str, left: Node, right: Node) -> list[Alternative]:
    column, _ = _column(left.parts[0]) if left.parts else (None, None)
    try:
        number = int(right.text)
    except ValueError:
        return [_OPEN]
    if column is None:
        return [_OPEN]
    least = {">": number + 1, ">=": number, "=": number}.get(operator, 0)
    most = {"<": number - 1, "<=": number, "=": number}.get(operator)
    if operator == "<>":
        least = number + 1
    return [_of(column, Hint(min_length=least, max_length=most))]


def _counted_nulls(operator: str, left: Node, right: Node) -> list[Alternative]:
    """``num_nonnulls(a, b) = 1``: each column alone, and so on for other numbers."""
    names = [part.text for part in left.parts if part.kind == "column"]
    if len(names) != len(left.parts) or not right.text.isdigit() or len(names) > 6:
        return [_OPEN]
    wanted, found = int(right.text), []
    for nulls in product((False, True), repeat=len(names)):
        count = sum(nulls) if left.text == "num_nulls" else len(names) - sum(nulls)
        holds = {"=": count == wanted, "<>": count != wanted, "<": count < wanted,
                 "<=": count <= wanted, ">": count > wanted, ">=": count >= wanted}  # fmt: skip
        if holds[operator]:
            found.append(
                Alternative(
                    {n: Hint(null=is_null) for n, is_null in zip(names, nulls, strict=True)}
                )
            )
    return _few(found)
