"""Buttons that turn pages, with the number of the page in words; unseen while there is but one."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as ipw

from schema.widgets.parts import button

__all__ = ["Pager"]


class Pager(ipw.HBox):  # type: ignore[misc]  # ipywidgets has no types
    """``number`` is the page in sight, from 0; ``turned`` is called with it after each click."""

    def __init__(self, turned: Callable[[int], None]) -> None:
        self.number = self._asked = 0
        self._total = 1
        self._turned = turned
        self.back = button("Back", "arrow-left", "The page before")
        self.forward = button("Next", "arrow-right", "The next page")
        self.said = ipw.Label("", tooltip="Which page this is")
        self.back.on_click(lambda _: self.turn(self.number - 1))
        self.forward.on_click(lambda _: self.turn(self.number + 1))
        super().__init__([self.back, self.forward, self.said])
        self.offer(1)

    def __repr__(self) -> str:
        return f"<Pager: {self.said.value}>"

    def offer(self, total: int) -> None:
        """So many pages there are now; the first is in sight, and nobody is called."""
        self._total, self.number, self._asked = max(total, 1), 0, 0
        self._paint()

    def resize(self, total: int) -> None:
        """The same, and the page that was asked for last stays in sight, or the last that there is.

        When there are enough pages for it again, it comes back.
        """
        self._total = max(total, 1)
        self.number = min(self._asked, self._total - 1)
        self._paint()

    def turn(self, number: int) -> None:
        """Show this page, or the nearest that there is."""
        self.show(number)
        self._turned(self.number)

    def show(self, number: int) -> None:
        """The same, and nobody is called."""
        self.number = self._asked = min(max(number, 0), self._total - 1)
        self._paint()

    def _paint(self) -> None:
        self.layout.display = None if self._total > 1 else "none"
        self.back.disabled = self.number == 0
        self.forward.disabled = self.number == self._total - 1
        self.said.value = f"Page {self.number + 1} of {self._total}"
