"""Differences as a table: both sides next to each other, with what changed marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from markupsafe import Markup

from schema.compare import Difference, Differences
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import CHANGE_MARKS, counted, shown

__all__ = ["difference_table", "differences_html", "marked"]

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")

#: A text with more words than this is shown whole, not searched for what changed in it.
_MAX_WORDS = 2000


def differences_html(differences: Differences, left: str = "Expected", right: str = "Found") -> str:
    """All differences, or the sentence that there are none. The headings name the two sides."""
    if not differences:
        return panel(Markup("<p>✓ No differences.</p>"))
    title = Markup("<p><b>{}</b></p>").format(counted(len(differences), "difference"))
    return panel(title, difference_table(differences, left, right))


def difference_table(
    differences: Iterable[Difference],
    left: str = "Expected",
    right: str = "Found",
    causes: Mapping[str, str] | None = None,
) -> Markup:
    """A row for each property that differs, and one for each object that only one side has.

    With ``causes`` (a sentence for each cause) there is a column that says why.
    """
    columns = [Column("What"), Column("Property", "short"), Column(left), Column(right)]
    if causes is not None:
        columns.append(Column("Cause"))
    rows: list[list[object]] = []
    for item in differences:
        cause = [] if causes is None else [causes.get(item.cause or "", item.cause or "")]
        # What an object is and why are said once, beside its first property.
        for number, row in enumerate(_rows(item)):
            rows.append(
                [_what(item), *row, *cause] if number == 0 else ["", *row, *[""] * len(cause)]
            )
    return table(columns, rows)


def _what(item: Difference) -> Markup:
    whole = Markup('<span class="swb-mark swb-{0}" title="{0}">{1}</span>{2} <b>{3}</b> {0}')
    mark = CHANGE_MARKS.get(item.change, "?")
    return whole.format(text(item.change), mark, text(item.kind), text(item.label))


def _rows(item: Difference) -> Iterator[list[object]]:
    if item.change == "renamed":
        yield ["name", *marked(item.renamed_from or "", item.name)]
    elif item.change in {"added", "removed"}:
        side = 1 if item.change == "added" else 0
        said = _definition({name: pair[side] for name, pair in item.properties.items()})
        nothing = Markup('<span class="swb-faint">not there</span>')
        yield ["", nothing, said] if side else ["", said, nothing]
        return
    for name, (before, after) in item.properties.items():
        yield [name, *marked(shown(before), shown(after))]


def _definition(properties: Mapping[str, object]) -> Markup:
    """What an object is that only one side has; properties that are not set go without saying."""
    told = {name: value for name, value in properties.items() if value not in (None, (), "", False)}
    line = Markup('<div><span class="swb-faint">{}:</span> {}</div>')
    return join(line.format(name, shown(value)) for name, value in told.items()) or text("there")


def marked(left: str, right: str) -> tuple[Markup, Markup]:
    """Both texts, with the words that only one of them has in ``<del>`` and ``<ins>``."""
    before, after = _WORDS.findall(left), _WORDS.findall(right)
    if len(before) + len(after) > _MAX_WORDS:
        return text(left), text(right)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if not before or not after or matcher.ratio() < 0.3:
        return _tagged("del", left), _tagged("ins", right)
    lefts, rights = [], []
    for tag, a, b, c, d in matcher.get_opcodes():
        same = tag == "equal"
        lefts.append(text("".join(before[a:b])) if same else _tagged("del", "".join(before[a:b])))
        rights.append(text("".join(after[c:d])) if same else _tagged("ins", "".join(after[c:d])))
    return join(lefts), join(rights)


def _tagged(tag: str, content: str) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(tag, text(content)) if content else Markup()
