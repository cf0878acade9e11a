"""Several heads, such as two colleagues' revisions on one parent: does their order matter?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.compare import Differences, compare
from schema.display import Displayed
from schema.errors import RevisionError
from schema.history import Revision
from schema.rehearsal.ledger import DataVerdict
from schema.rehearsal.preview import make_plan
from schema.rehearsal.steps import Direction, State, Step
from schema.rehearsal.walk import Walk

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Order", "Orders", "run_both_orders"]


@dataclass(frozen=True)
class Order:
    """The heads in one order, and the steps that led through them."""

    heads: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def error(self) -> str | None:
        """Why it ended early; None when all ran."""
        return next((step.error for step in self.steps if step.failed), None)

    @property
    def seconds(self) -> float:
        """All steps together."""
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True)
class Orders(Displayed):
    """The same heads in an order and in its reverse, both from the same start.

    ``differences`` are those of the schema that the first order (left) and the second (right) end
    with; ``data`` is how the data of the second differs from the first's, None when that was not
    looked at or one order failed.
    """

    first: Order
    second: Order
    differences: Differences
    data: DataVerdict | None = None

    @property
    def is_same(self) -> bool:
        """Whether both ran, and ended with the same schema and the same data."""
        ran = self.first.error is None and self.second.error is None
        data = self.data is None or self.data.verdict == "unchanged"
        return ran and data and all(item.is_cosmetic for item in self.differences)

    @property
    def verdict(self) -> str:
        """One sentence."""
        failed = [order for order in (self.first, self.second) if order.error is not None]
        if len(failed) == 2:
            return "fails in either order"
        if failed:
            return f"fails in the order {', '.join(failed[0].heads)}: {failed[0].error}"
        return "the order does not matter" if self.is_same else "the order matters"

    def __repr__(self) -> str:
        return f"<Orders of {', '.join(self.first.heads)}: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row an order: ``order, revisions, seconds, error``."""
        import pandas as pd

        rows = [
            (", ".join(order.heads), len(order.steps), order.seconds, order.error)
            for order in (self.first, self.second)
        ]
        return pd.DataFrame(rows, columns=["order", "revisions", "seconds", "error"])

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "is_same": self.is_same,
            "orders": [
                {
                    "heads": list(order.heads),
                    "seconds": round(order.seconds, 6),
                    "error": order.error,
                    "revisions": [step.revision for step in order.steps],
                }
                for order in (self.first, self.second)
            ],
            "differences": self.differences.to_list(),
            "data": None if self.data is None else self.data.to_dict(),
        }


def run_both_orders(walk: Walk, start: Callable[[Direction, Revision], None]) -> Orders:
    """Run all pending heads in their order and in the reverse; the copy ends as it began.

    ``start`` is told of each step before it begins. Raises RevisionError when fewer than two heads
    are pending.
    """
    current, history = walk.current, walk.history
    standing = history.standing(current)
    heads = tuple(head for head in history.heads if standing[head] == "pending")
    if len(heads) < 2:
        said = ", ".join(heads) or "none"
        raise RevisionError(f"An order needs two heads or more; pending here: {said}.")
    with walk.remembered() as origin:
        before = walk.state()
        first, one = _run(walk, heads, before, start)
        with walk.remembered() as end:
            walk.restore(origin)
            second, other = _run(walk, heads[::-1], before, start)
            whole = one is not None and other is not None
            both_ran = whole and first.error is None and second.error is None
            data = walk.judge(one, other, end) if both_ran and one and other else None
        walk.restore(origin)
    unlike = compare(one.catalog, other.catalog, cosmetic=True) if one and other else Differences()
    return Orders(first, second, unlike, data)


def _run(
    walk: Walk,
    heads: tuple[str, ...],
    before: State,
    start: Callable[[Direction, Revision], None],
) -> tuple[Order, State | None]:
    steps: list[Step] = []
    state: State | None = before
    for head in heads:
        for direction, revision in make_plan(walk.history, walk.current, head):
            if state is None or walk.stopping.is_set():
                break
            start(direction, revision)
            step, state = walk.run(direction, revision, state)
            steps.append(step)
            if step.failed:
                return Order(heads, tuple(steps)), state
    return Order(heads, tuple(steps)), state
