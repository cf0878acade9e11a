"""A list to tick, of any length: a few check boxes serve for a page of it at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

import ipywidgets as ipw

from schema.widgets.pager import Pager
from schema.widgets.parts import button, heard, row
from schema.wording import printable

__all__ = ["TickList"]

#: As many check boxes are on the page. A thousand of them would take a browser half a minute.
BOXES = 12
_MOST_CHARACTERS = 200


class TickList(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Items under their labels, each ticked or not; ``ticked`` holds the keys of those that are.

    ``offer`` says which items are on the list now. A tick stays when its item is filtered out of
    sight, and counts.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.ticked: set[Hashable] = set()
        self._items: Sequence[tuple[Hashable, str]] = ()
        self._changed = changed
        self._painting = False
        self.all = button("Tick these", "check-square-o", "Tick all that the filter shows")
        self.none = button("Untick these", "square-o", "Untick all that the filter shows")
        self.all.on_click(lambda _: self.tick(self._keys()))
        self.none.on_click(lambda _: self.untick(self._keys()))
        self.pager = Pager(lambda _: self._paint())
        self.boxes = [self._box(number) for number in range(BOXES)]
        super().__init__([row(self.all, self.none, self.pager), *self.boxes])
        self._paint()

    def __repr__(self) -> str:
        return f"<TickList: {len(self.ticked)} ticked>"

    def offer(self, items: Sequence[tuple[Hashable, str]]) -> None:
        """Have these items, as (key, label), on the list."""
        self._items = items
        self.pager.offer(-(-len(items) // BOXES))
        self._paint()

    def tick(self, keys: Iterable[Hashable]) -> None:
        """Tick these too."""
        self._set(self.ticked | set(keys))

    def untick(self, keys: Iterable[Hashable]) -> None:
        """Tick these no more."""
        self._set(self.ticked - set(keys))

    def _keys(self) -> list[Hashable]:
        return [key for key, _ in self._items]

    def _set(self, ticked: set[Hashable]) -> None:
        self.ticked = ticked
        self._paint()
        self._changed()

    def _box(self, number: int) -> ipw.Checkbox:
        layout = ipw.Layout(width="auto", height="24px", margin="0 0 0 2px")
        box = heard(ipw.Checkbox(value=False, description="", indent=False, layout=layout))
        box.observe(lambda change: self._boxed(number, change["new"]), names="value")
        return box

    def _page(self) -> Sequence[tuple[Hashable, str]]:
        start = self.pager.number * BOXES
        return self._items[start : start + BOXES]

    def _boxed(self, number: int, value: bool) -> None:
        page = self._page()
        if self._painting or number >= len(page):
            return
        change = self.ticked.add if value else self.ticked.discard
        change(page[number][0])
        self._changed()

    def _paint(self) -> None:
        page = self._page()
        self._painting = True
        try:
            for number, box in enumerate(self.boxes):
                there = number < len(page)
                box.layout.display = None if there else "none"
                if there:
                    key, label = page[number]
                    box.description = printable(label)[:_MOST_CHARACTERS]
                    box.tooltip = box.description
                    box.value = key in self.ticked
        finally:
            self._painting = False
