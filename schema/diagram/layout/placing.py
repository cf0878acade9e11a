"""Which column each box stands in, and in which order: lines are to be short, and seldom cross.

A box is put where its lines are shortest, those that most depends on first; then each is taken out
and put where it is better, until nothing gets better. What decides between equals is the order in
which boxes are given, so the same boxes are always placed alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.diagram.layout.values import Box, Columns, Net, Spacing

__all__ = ["place"]

#: Passes over all boxes, at most.
_PASSES = 12
#: What a step from one column to the next costs, in pixels of an upright line.
_STEP = 190.0
#: Shares of it: a child left of its target, a child in its target's own column.
_BACKWARDS, _BESIDE = 0.12, 0.35
#: How much a single line counts beside the whole net's extent.
_EACH = 0.2
#: From so many boxes on, a box is tried near its neighbours only.
_MANY = 80
_NEAR = 4


def place(
    boxes: Sequence[Box],
    nets: Sequence[Net],
    count: int,
    spacing: Spacing,
    start: Columns | None = None,
) -> Columns:
    """The boxes in ``count`` columns; ``start`` are columns that should change little."""
    placing = _Placing(boxes, nets, count, spacing)
    for box in start_order(boxes, nets):
        placing.insert(box, placing.best(box))
    if start is not None:
        placing.take(start)
    for _ in range(_PASSES):
        if not placing.improve():
            break
    return placing.columns


def start_order(boxes: Sequence[Box], nets: Sequence[Net]) -> list[int]:
    """From what has most neighbours outwards, neighbours after neighbours."""
    near: list[set[int]] = [set() for _ in boxes]
    for net in nets:
        for child in net.children:
            near[net.target.box].add(child.box)
            near[child.box].add(net.target.box)
    ranked = sorted(range(len(boxes)), key=lambda box: (-len(near[box]), box))
    order: dict[int, None] = {}
    for first in ranked:
        queue = [] if first in order else [first]
        order[first] = None
        for box in queue:
            new = sorted(near[box] - order.keys(), key=lambda other: (-len(near[other]), other))
            order.update(dict.fromkeys(new))
            queue += new
    return list(order)


class _Placing:
    """Columns that grow and change, and what their lines cost."""

    def __init__(
        self, boxes: Sequence[Box], nets: Sequence[Net], count: int, spacing: Spacing
    ) -> None:
        self.columns: Columns = [[] for _ in range(count)]
        self._gap = spacing.gap
        self._heights = [box.height for box in boxes]
        self._column = [-1] * len(boxes)
        self._tops = [0.0] * len(boxes)
        self._nets = [
            (net.target.box, net.target.y, [(pin.box, pin.y) for pin in net.children])
            for net in nets
        ]
        self._of: list[list[int]] = [[] for _ in boxes]
        for number, net in enumerate(nets):
            for box in dict.fromkeys(pin.box for pin in net.pins):
                self._of[box].append(number)
        total = sum(self._heights) + self._gap * len(boxes)
        self._most = max(total / count * 1.08, max(self._heights, default=0) + self._gap)

    def take(self, columns: Columns) -> None:
        """Have the boxes stand as they are given; what is not given goes where it is best."""
        kept = [list(column) for column in columns[: len(self.columns)]]
        given = {box for column in kept for box in column}
        others = [box for column in self.columns for box in column if box not in given]
        self._column = [-1] * len(self._column)
        self.columns = kept + [[] for _ in self.columns[len(kept) :]]
        for number in range(len(self.columns)):
            self._settle(number)
        for box in others:
            self.insert(box, self.best(box))

    def insert(self, box: int, slot: tuple[int, int]) -> None:
        column, place = slot
        self.columns[column].insert(place, box)
        self._settle(column)

    def _remove(self, box: int) -> tuple[int, int]:
        column = self._column[box]
        place = self.columns[column].index(box)
        del self.columns[column][place]
        self._column[box] = -1
        self._settle(column)
        return column, place

    def _settle(self, column: int) -> None:
        y = 0.0
        for box in self.columns[column]:
            self._column[box] = column
            self._tops[box] = y
            y += self._heights[box] + self._gap

    def improve(self) -> bool:
        """Take each box out, and put it where it is best; whether anything got better."""
        is_better = False
        cost = self._cost()
        for box in range(len(self._column)):
            before = self._remove(box)
            slot = self.best(box)
            self.insert(box, slot)
            if slot == before:
                continue
            now = self._cost()
            if now < cost - 0.5:
                cost, is_better = now, True
            else:
                self._remove(box)
                self.insert(box, before)
        return is_better

    def best(self, box: int) -> tuple[int, int]:
        """The column and the place in it where the box's lines are shortest."""
        return min((self._price(box, *slot), slot) for slot in self._slots(box))[1]

    def _slots(self, box: int) -> Iterator[tuple[int, int]]:
        many = len(self._column) > _MANY
        wanted = self._wanted(box) if many else 0.0
        for column, members in enumerate(self.columns):
            places = range(len(members) + 1)
            if many and len(members) > 2 * _NEAR:
                near = sum(self._tops[other] < wanted for other in members)
                places = range(max(0, near - _NEAR), min(len(members), near + _NEAR) + 1)
            for place in places:
                yield column, place

    def _wanted(self, box: int) -> float:
        """The height at which the other ends of its lines are, about."""
        found = sorted(
            self._tops[other] + y
            for number in self._of[box]
            for other, y in self._ends(number)
            if other != box and self._column[other] >= 0
        )
        return found[len(found) // 2] if found else 0.0

    def _ends(self, number: int) -> list[tuple[int, float]]:
        target, y, children = self._nets[number]
        return [(target, y), *children]

    def _price(self, box: int, column: int, place: int) -> float:
        members = self.columns[column]
        if place < len(members):
            top = self._tops[members[place]]
        elif members:
            top = self._tops[members[-1]] + self._heights[members[-1]] + self._gap
        else:
            top = 0.0
        self._column[box], self._tops[box] = column, top
        price = sum(map(self._net_cost, self._of[box]))
        self._column[box] = -1
        return price + self._overflow(column, self._heights[box] + self._gap)

    def _overflow(self, column: int, more: float = 0.0) -> float:
        members = self.columns[column]
        end = self._tops[members[-1]] + self._heights[members[-1]] + self._gap if members else 0.0
        return 4 * max(0.0, end + more - self._most)

    def _cost(self) -> float:
        lines = sum(map(self._net_cost, range(len(self._nets))))
        return lines + sum(map(self._overflow, range(len(self.columns))))

    def _net_cost(self, number: int) -> float:
        """The net's extent, and a little for each line; what is not placed yet costs nothing."""
        target, y, children = self._nets[number]
        home, tops, columns = self._column[target], self._tops, self._column
        left = right = home
        up = down = y = tops[target] + y
        each = 0.0
        for box, offset in children:
            column = columns[box]
            if column < 0:
                continue
            there = tops[box] + offset
            if home < 0:
                if left < 0:
                    left, right, up, down = column, column, there, there
            else:
                each += abs(column - home) * _STEP + abs(there - y)
                if column < home:
                    each += _BACKWARDS * _STEP / _EACH
                elif column == home:
                    each += _BESIDE * _STEP / _EACH
            left, right = min(left, column), max(right, column)
            up, down = min(up, there), max(down, there)
        return (right - left) * _STEP + down - up + _EACH * each
