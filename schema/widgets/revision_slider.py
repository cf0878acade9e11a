"""A slider through the revisions of a project, which also plays, and can be set by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as ipw

from schema.widgets.parts import button, field, heard, row
from schema.wording import printable

__all__ = ["RevisionSlider"]

#: Milliseconds that a picture stays while it plays.
PACE = 1500
_MOST_CHARACTERS = 110


class RevisionSlider(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """``place`` is the number of the place in sight, from 0; ``moved`` is called with each new one.

    Slider, player and list show the same place. The player runs in the page itself, so nothing in
    the kernel waits for it.
    """

    def __init__(self, moved: Callable[[int], None]) -> None:
        self._moved = moved
        self._labels: tuple[str, ...] = ("",)
        self._quiet = False
        self.slider = self._made(0)
        self.play = heard(
            ipw.Play(
                value=0,
                min=0,
                max=0,
                interval=PACE,
                show_repeat=False,
                tooltip="Play the revisions",
            )
        )
        self.play.layout = ipw.Layout(width="auto", flex="0 0 auto")
        self.back = button("Earlier", "step-backward", "The revision before")
        self.forward = button("Later", "step-forward", "The next revision")
        # A slider of ipywidgets tells a screen reader no name: the list, which has one, does.
        self.list = field(ipw.Dropdown, "Shown", "The revision to show", options=[("", 0)])
        self.link = ipw.jslink((self.play, "value"), (self.slider, "value"))
        self.back.on_click(lambda _: self.go(self.place - 1))
        self.forward.on_click(lambda _: self.go(self.place + 1))
        self.list.observe(lambda change: self._set(change["new"]), names="value")
        self._row = row(self.slider, self.play, self.back, self.forward)
        super().__init__([self._row, row(self.list)], layout=ipw.Layout(width="100%"))
        self._paint()

    def __repr__(self) -> str:
        return f"<RevisionSlider: {self.place + 1} of {len(self._labels)}>"

    def _made(self, last: int) -> ipw.IntSlider:
        """A slider over this many places. In the page, the key End leads where it led at first:
        so that one whose end has changed is made anew."""
        made = heard(
            ipw.IntSlider(
                value=0,
                min=0,
                max=last,
                description="Revision",
                tooltip="Move through the revisions: arrow keys, Home, End",
                readout=False,
                layout=ipw.Layout(flex="2 1 260px", width="auto"),
                style={"description_width": "70px"},
            )
        )
        made.observe(lambda change: self._set(change["new"]), names="value")
        return made

    @property
    def place(self) -> int:
        """The place in sight."""
        place: int = self.slider.value
        return place

    @property
    def label(self) -> str:
        """What the place in sight is called."""
        return self._labels[min(self.place, len(self._labels) - 1)]

    def offer(self, labels: Sequence[str], place: int) -> None:
        """Have places of these names, with this one in sight; nobody is called."""
        self._labels = tuple(labels) or ("",)
        self._quiet = True
        try:
            last = len(self._labels) - 1
            if self.slider.max != last:
                self._replace_slider(last)
            self.list.options = [
                (printable(label)[:_MOST_CHARACTERS], number)
                for number, label in enumerate(self._labels)
            ]
            self.play.value = min(max(place, 0), last)
            self._show(self.play.value)
        finally:
            self._quiet = False
        self._paint()

    def _replace_slider(self, last: int) -> None:
        self.link.unlink()
        self.slider = self._made(last)
        self.play.max = last
        self.link = ipw.jslink((self.play, "value"), (self.slider, "value"))
        self._row.children = (self.slider, self.play, self.back, self.forward)

    def go(self, place: int) -> None:
        """Show this place, or the nearest that there is."""
        self._set(min(max(place, 0), len(self._labels) - 1))

    def _set(self, place: int | None) -> None:
        if self._quiet or place is None:
            return
        self._quiet = True
        try:
            self._show(place)
        finally:
            self._quiet = False
        self._paint()
        self._moved(place)

    def _show(self, place: int) -> None:
        """The player is left alone: in the page it is tied to the slider, and may be ahead."""
        self.slider.value = self.list.value = place

    def _paint(self) -> None:
        last = len(self._labels) - 1
        self.back.disabled = self.place <= 0
        self.forward.disabled = self.place >= last
        self.slider.disabled = self.play.disabled = self.list.disabled = last == 0
