"""Revisions to choose from: a button for each, in step with the picture of their lanes.

A row of a picture can be no link, and nobody reaches it by keyboard: so each row is a button, with
the lanes drawn at its left. A few buttons serve for a page at a time, so that five hundred
revisions are as smooth as ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import ipywidgets as ipw

from schema.history import Revision
from schema.render import lane_strip_html, row_facts_html, row_heading_html
from schema.render.layout import Layout, lay_out
from schema.render.narrowing import narrowed
from schema.widgets.pager import Pager
from schema.widgets.parts import heard
from schema.wording import day, printable

__all__ = ["RevisionList"]

#: As many revisions are on a page.
ROWS = 20

_HEIGHT = "26px"
_MOST_CHARACTERS = 120


class RevisionList(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """``chosen`` is the id of the revision that is marked; ``chose`` is called with each new one.

    ``buttons`` are the rows, of which the first ones are in sight; ``shown`` are all revisions on
    the list, newest first.
    """

    def __init__(self, chose: Callable[[str], None]) -> None:
        self.chosen: str | None = None
        self.shown: tuple[Revision, ...] = ()
        self._chose = chose
        self._layout = Layout((), ())
        self._standing: Mapping[str, str] = {}
        self._odd: frozenset[str] = frozenset()
        self.lanes = ipw.HTML("", tooltip="The lanes of the revisions")
        self.lanes.layout = ipw.Layout(margin="0", flex="0 0 auto")
        self.facts = ipw.HTML("", tooltip="What else is known of each")
        self.facts.layout = ipw.Layout(margin="0", flex="0 1 auto", min_width="0")
        heading = ipw.HTML(row_heading_html("Revision"), tooltip="Heading")
        heading.layout = ipw.Layout(margin="0", height=_HEIGHT)
        self.buttons = [self._button(number) for number in range(ROWS)]
        column = ipw.VBox(
            [heading, *self.buttons],
            layout=ipw.Layout(flex="1 1 180px", min_width="150px", overflow="hidden"),
        )
        self.pager = Pager(lambda _: self._paint())
        super().__init__([ipw.HBox([self.lanes, column, self.facts]), self.pager])

    def __repr__(self) -> str:
        return f"<RevisionList: {len(self.shown)} revisions>"

    def offer(
        self,
        history: Sequence[Revision],
        found: Sequence[Revision],
        standing: Mapping[str, str],
        chosen: str | None,
        odd: Iterable[str] = (),
    ) -> None:
        """Have those that were found in a history on the list, this one chosen, some called odd."""
        left = narrowed(history, {item.id for item in found})
        self.chosen, self._odd = chosen, frozenset(odd)
        self.shown, self._standing = left.revisions, standing
        self._layout = lay_out(left.revisions, left.gaps)
        self.pager.offer(-(-len(self.shown) // ROWS))
        self._turn_to_chosen()
        self._paint()

    def mark(self, identifier: str | None) -> None:
        """Mark this one as chosen, and turn to its page. Nobody is called."""
        self.chosen = identifier
        self._turn_to_chosen()
        self._paint()

    def _turn_to_chosen(self) -> None:
        place = next((n for n, item in enumerate(self.shown) if item.id == self.chosen), None)
        if place is not None:
            self.pager.show(place // ROWS)

    def _button(self, number: int) -> ipw.Button:
        layout = ipw.Layout(height=_HEIGHT, width="100%", margin="0", display="none")
        made = heard(ipw.Button(layout=layout))
        made.add_class("swb-row")
        made.on_click(lambda _: self._pressed(number))
        return made

    def _pressed(self, number: int) -> None:
        place = self.pager.number * ROWS + number
        if place < len(self.shown):
            self._chose(self.shown[place].id)

    def _paint(self) -> None:
        start = self.pager.number * ROWS
        page = self.shown[start : start + ROWS]
        for button, item in zip(self.buttons, page, strict=False):
            self._name(button, item)
        for number, button in enumerate(self.buttons):
            button.layout.display = None if number < len(page) else "none"
        stop, where, chosen = start + ROWS, self._standing, self.chosen
        self.lanes.value = lane_strip_html(
            self._layout, self.shown, start, stop, standing=where, chosen=chosen
        )
        self.facts.value = row_facts_html(page, standing=where, chosen=chosen, odd=self._odd)

    def _name(self, button: ipw.Button, item: Revision) -> None:
        is_here = item.id == self.chosen
        said = printable(f"{item.id}\u2002{item.message}")
        cut = said if len(said) <= _MOST_CHARACTERS else said[:_MOST_CHARACTERS] + " …"
        button.description = f"▸ {cut}" if is_here else cut
        where = self._standing.get(item.id, "")
        odd = "odd" if item.id in self._odd else ""
        facts = [day(item.date), item.author or "", where, *item.flags, odd]
        about = ", ".join(filter(None, facts))
        shown = "Shown below: " if is_here else "Show "
        button.tooltip = printable(f"{shown}{item.id} {item.message} ({about})")
        (button.add_class if is_here else button.remove_class)("swb-here")
