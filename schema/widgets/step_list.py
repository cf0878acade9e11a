"""A list of steps, newest first, of any length: each opens to all that was observed of it.

A step's page is made when it is opened, not before, and a few rows serve for a page of the list at
a time: fifty steps are as smooth as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as ipw

from schema.rehearsal import Step
from schema.render import step_body_html, step_remarks_html
from schema.widgets.pager import Pager
from schema.widgets.parts import heard
from schema.wording import printable

__all__ = ["StepList"]

#: As many steps are on a page of the list.
ROWS = 15

_ARROWS = {"up": "↑", "down": "↓"}
_MOST_CHARACTERS = 90


class _Row(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A button with the step's name, its figures beside it, and its page below when it is open."""

    def __init__(self) -> None:
        self.button = heard(ipw.Button(layout=ipw.Layout(flex="1 1 300px", width="auto")))
        self.button.add_class("swb-opener")
        self.remarks = ipw.HTML("", tooltip="What deserves attention")
        self.remarks.layout.flex = "2 1 360px"
        self.body = ipw.HTML("", tooltip="The step")
        self._step: Step | None = None
        self._is_open = False
        head = ipw.HBox(
            [self.button, self.remarks],
            layout=ipw.Layout(flex_flow="row wrap", align_items="center"),
        )
        super().__init__([head, self.body])

    def show(self, step: Step, *, is_open: bool) -> None:
        """Show this step. What is there already is not sent to the page again."""
        is_new = step is not self._step
        if not is_new and is_open == self._is_open:
            return
        if is_new:
            self.button.description = _title(step)
            self.remarks.value = step_remarks_html(step)
        self.button.icon = "caret-down" if is_open else "caret-right"
        self.button.tooltip = f"{'Close' if is_open else 'Open'} {_name(step)}"
        self.body.value = step_body_html(step) if is_open else ""
        self._step, self._is_open = step, is_open


class StepList(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """``rows`` are those on the page in sight; ``opened`` the places of open steps, from 0."""

    def __init__(self) -> None:
        self.steps: Sequence[Step] = ()
        self.opened: set[int] = set()
        self.rows: list[_Row] = []
        self.pager = Pager(lambda _: self._paint())
        super().__init__([self.pager])

    def __repr__(self) -> str:
        return f"<StepList: {len(self.steps)} steps>"

    def show(self, steps: Sequence[Step]) -> None:
        """Have these steps on the list, oldest first as they were run.

        A new one is opened, and those before it are closed but for what failed.
        """
        has_grown = len(steps) > len(self.steps)
        self.steps = tuple(steps)
        if has_grown:
            newest = len(steps) - 1
            self.opened = {n for n in self.opened if steps[n].failed} | {newest}
        else:
            self.opened = {n for n in self.opened if n < len(steps)}
        self.pager.offer(-(-len(steps) // ROWS))
        self._paint()

    def toggle(self, place: int) -> None:
        """Open the step at this place, or close it."""
        self.opened ^= {place}
        self._paint()

    def _in_sight(self) -> list[int]:
        newest_first = range(len(self.steps) - 1, -1, -1)
        start = self.pager.number * ROWS
        return list(newest_first[start : start + ROWS])

    def _paint(self) -> None:
        places = self._in_sight()
        while len(self.rows) < len(places):
            self._add_row()
        for row, place in zip(self.rows, places, strict=False):
            row.show(self.steps[place], is_open=place in self.opened)
        for number, row in enumerate(self.rows):
            row.layout.display = None if number < len(places) else "none"

    def _add_row(self) -> None:
        row = _Row()
        number = len(self.rows)
        row.button.on_click(lambda _: self.toggle(self._in_sight()[number]))
        self.rows.append(row)
        self.children = (*self.rows, self.pager)


def _name(step: Step) -> str:
    return printable(f"{_ARROWS[step.direction]} {step.revision}")


def _title(step: Step) -> str:
    title = f"{_name(step)}  {printable(step.message)}"
    return title if len(title) <= _MOST_CHARACTERS else title[:_MOST_CHARACTERS] + " …"
