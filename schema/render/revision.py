"""One revision on a page: what it says of itself, and its source."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from schema.history import Revision
from schema.render.theme import join, panel, text
from schema.wording import STANDING_MARKS

__all__ = ["revision_html"]


def revision_html(revision: Revision, source: str, standing: str | None = None) -> str:
    """The facts of a revision over the source of its file; ``standing`` as ``History.standing``."""
    title = Markup("<h3>{} {}</h3>").format(text(revision.id), text(revision.message))
    line = Markup('<div><span class="swb-faint">{}:</span> {}</div>')
    facts = (line.format(name, text(said)) for name, said in _facts(revision, standing) if said)
    code = Markup("<details open><summary>{}</summary><pre>{}</pre></details>")
    return panel(title, join(facts), code.format(text(revision.path.name), text(source)))


def _facts(revision: Revision, standing: str | None) -> Iterator[tuple[str, str]]:
    yield "Follows", ", ".join(revision.parents) or "nothing: it is the first"
    yield "Date", f"{revision.date:%Y-%m-%d %H:%M}" if revision.date else ""
    yield "Author", revision.author or ""
    yield "Flags", ", ".join(revision.flags)
    yield "This database", f"{STANDING_MARKS[standing]} {standing}" if standing else ""
