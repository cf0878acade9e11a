"""The ways in which a table's rows can keep its checks, and columns that agree with each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from schema.synthetic.conditions import Alternative, Bound, Hint, alternatives, combined
from schema.synthetic.distributions import Spread
from schema.synthetic.tables import Table

__all__ = ["relate", "ways"]


def ways(
    table: Table, spread: Mapping[str, Spread], fold: Callable[[str], str]
) -> list[Alternative]:
    """All ways that checks, partitions and the bounds that the caller gave leave, at least one."""
    names = {fold(column.name): column.name for column in table.columns}
    checks = [alternatives(text, names, fold) for text in table.checks]
    given = {
        name: Hint(
            lows=(Bound(each.low, False),) if each.low is not None else (),
            highs=(Bound(each.high, False),) if each.high is not None else (),
        )
        for name, each in spread.items()
        if each.low is not None or each.high is not None
    }
    return combined([*checks, _partitions(table, names), [Alternative(given)]])


def _partitions(table: Table, names: Mapping[str, str]) -> list[Alternative]:
    """One way a partition, where a single column tells them apart."""
    found = re.fullmatch(r"(LIST|RANGE) \((.+)\)", table.partition_key or "")
    column = names.get(found[2].strip('"').replace('""', '"')) if found else None
    if column is None:
        return [Alternative({})]
    hints = [hint for bound in table.bounds if (hint := _within(bound)) is not None]
    return [Alternative({column: hint}) for hint in hints] or [Alternative({})]


def _within(bound: str) -> Hint | None:
    """What a partition's bound asks of its column; None for the default partition."""
    if members := re.search(r"IN \((.*)\)", bound):
        return Hint(values=tuple(_constants(members[1])), null=False)
    if ends := re.search(r"FROM \((.*)\) TO \((.*)\)", bound):
        low, high = (_constants(end) for end in ends.groups())
        return Hint(
            lows=(Bound(low[0], False),) if low else (),
            highs=(Bound(high[0], True),) if high else (),
            null=False,
        )
    return None


def _constants(text: str) -> list[str]:
    """The constants in a partition's bound; none for MINVALUE and MAXVALUE."""
    found = re.findall(r"'((?:[^']|'')*)'|(-?[\d.]+|true|false)", text)
    return [(quoted or bare).replace("''", "'") for quoted, bare in found]


def relate(
    made: dict[str, list[Any]],
    relation: tuple[str, str, str],
    fixed: set[str],
    spare: tuple[str, list[Any]],
) -> None:
    """Make two columns agree, row by row. Those in ``fixed`` stay as they are.

    ``spare`` is a column that may be changed, and other values for it.
    """
    left, operator, right = relation
    if operator in {">", ">="}:
        left, right = right, left
    if operator == "=":
        target, other = (right, left) if right not in fixed else (left, right)
        made[target] = list(made[other])
    elif operator != "<>":
        _sort(made, left, right, not fixed & {left, right}, spare)


def _sort(
    made: dict[str, list[Any]],
    low: str,
    high: str,
    both_free: bool,
    spare: tuple[str, list[Any]],
) -> None:
    """Exchange values that stand in the wrong order; where one is fixed, take another one."""
    name, more = spare
    for place, (one, two) in enumerate(zip(made[low], made[high], strict=True)):
        if one is None or two is None or _compared(one) < _compared(two):
            continue
        if both_free and _compared(one) > _compared(two):
            made[low][place], made[high][place] = two, one
        else:
            made[name][place] = more[place]


def _compared(value: Any) -> tuple[int, Decimal, str]:  # noqa: ANN401
    """A value for comparing: a number where it is one, also as text."""
    try:
        return (0, Decimal(str(value)), "")
    except InvalidOperation:
        return (1, Decimal(0), str(value))
