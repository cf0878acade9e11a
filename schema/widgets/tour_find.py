"""A search by any word over all that is known of a schema, which leads to what it finds."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as ipw

from schema.tables import Found, Index
from schema.tables.search import Hit
from schema.widgets.parts import field
from schema.wording import counted, printable

__all__ = ["FindRow"]

#: As many of what was found can be chosen from.
_MOST = 60
_MOST_CHARACTERS = 120


class FindRow(ipw.HBox):  # type: ignore[misc]  # ipywidgets has no types
    """``words`` are looked for while they are typed; ``found`` lists what has them, best first.

    ``chosen`` is called with each hit that somebody goes to.
    """

    def __init__(self, chosen: Callable[[Hit], None]) -> None:
        self._chosen = chosen
        self._index: Index | None = None
        self._hits: tuple[Hit, ...] = ()
        self._quiet = False
        self.words = field(
            ipw.Text,
            "Search",
            "Find tables, columns, comments, revisions and values of enums by any word",
            placeholder="any word",
        )
        self.found = field(
            ipw.Dropdown, "Go to", "What was found: choose where to go", options=[("", None)]
        )
        for each in (self.words, self.found):
            each.layout.flex = "1 1 240px"
        self.words.observe(lambda _: self._search(), names="value")
        self.found.observe(lambda change: self._go(change["new"]), names="value")
        layout = ipw.Layout(flex_flow="row wrap", align_items="center", flex="3 1 560px")
        super().__init__([self.words, self.found], layout=layout)
        self._search()

    def __repr__(self) -> str:
        return f"<FindRow: {len(self._hits)} found>"

    def offer(self, index: Index) -> None:
        """Look in this index from now on."""
        self._index = index
        self._search()

    def _search(self) -> None:
        words = self.words.value.strip()
        if self._index is None or not words:
            self._hits = ()
            self._list("type a word first")
            return
        found = self._index.search(words, most=_MOST)
        self._hits = found.hits
        self._list(_said(found))

    def _list(self, said: str) -> None:
        self._quiet = True
        try:
            hits = [(_label(hit), number) for number, hit in enumerate(self._hits)]
            self.found.options = [(said, None), *hits]
            self.found.value = None
            self.found.disabled = not hits
        finally:
            self._quiet = False

    def _go(self, number: int | None) -> None:
        if number is not None and not self._quiet:
            self._chosen(self._hits[number])


def _said(found: Found) -> str:
    """How many there are, and whether they have the very words."""
    if not found.hits:
        return "nothing has these words"
    said = f"{counted(found.total, 'hit')}: choose one"
    if found.instead:
        others = sorted({word for words in found.instead.values() for word in words})
        said += f" (spelled like {', '.join(others[:3])})"
    return said if found.is_whole else f"{said} (none has all the words)"


def _label(hit: Hit) -> str:
    """``column users.role: admin or user``."""
    where = "" if hit.field == "name" else f" ({hit.field})"
    told = " ".join(((hit.about or "") if hit.field == "name" else hit.text).split())
    label = f"{hit.kind} {hit.label}{where}" + (f": {told}" if told else "")
    return printable(label)[:_MOST_CHARACTERS]
