"""Odd revisions on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from markupsafe import Markup

from schema.oddities import Oddities, Oddity
from schema.render.history import problems_html
from schema.render.theme import join, panel, text
from schema.wording import capitalised, day

__all__ = ["oddities_html", "oddity_lines"]


def oddities_html(found: Oddities) -> str:
    """The verdict, then each odd revision with what was seen, and where to look."""
    state = "bad" if found.undeclared else "good"
    mark = "✗" if found.undeclared else "✓"
    verdict = Markup('<div class="swb-verdict swb-{}">{} {}</div>').format(
        state, mark, text(capitalised(found.verdict))
    )
    tried = f"Tried on {', '.join(found.dialects)}: up, down and up again, and on another day."
    groups = groupby(found, key=lambda item: item.revision.id)
    return panel(
        verdict,
        Markup('<div class="swb-faint">{}</div>').format(text(tried)),
        *(_revision(list(items)) for _, items in groups),
        problems_html((f"{capitalised(note)}" for note in found.notes), "note"),
    )


def _revision(items: list[Oddity]) -> Markup:
    revision = items[0].revision
    head = Markup('<h4><code>{}</code> {} <span class="swb-faint">{}</span></h4>')
    who = " · ".join(filter(None, (day(revision.date), revision.author or "")))
    return join(
        [
            head.format(text(revision.id), text(revision.message or "(no message)"), text(who)),
            oddity_lines(items),
        ]
    )


def oddity_lines(items: Iterable[Oddity]) -> Markup:
    """Each oddity with what was seen, and where to look."""
    return join(join(_oddity(item)) for item in items)


def _oddity(item: Oddity) -> Iterator[Markup]:
    state = "" if item.declared else " swb-warn"
    badge = Markup('<div><span class="swb-badge{}">{}</span> {}</div>')
    yield badge.format(state, text(item.kind), text(capitalised(item.message)))
    if item.evidence:
        yield Markup("<pre>{}</pre>").format(text("\n".join(item.evidence)))
    if item.look:
        yield Markup('<div class="swb-faint">Look at: {}</div>').format(text(item.look))
    if item.declared:
        yield Markup("<div><b>Declared:</b> {}</div>").format(text(item.declared))
