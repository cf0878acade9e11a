"""Source on a page: with the numbers of its lines, and with what was changed in it."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from schema.render.theme import BAD, BORDER, FAINT, GOOD, INFO, join, ours, text
from schema.wording import counted

__all__ = ["diff_html", "listing"]

#: More lines than these are not put on a page; their number is said.
MOST_LINES = 2_000

STYLE = ours(f"""<style>
.swb.swb pre.swb-listing {{ max-height: 480px; border: 1px solid {BORDER}; border-radius: 3px;
  padding: 4px 0; white-space: pre; counter-reset: line; }}
.swb .swb-listing span {{ display: block; padding: 0 10px 0 4.2em; text-indent: -3.6em;
  white-space: pre-wrap; overflow-wrap: anywhere; }}
.swb .swb-listing.swb-numbered span::before {{ counter-increment: line; content: counter(line);
  display: inline-block; width: 2.6em; margin-right: 1em; text-align: right; text-indent: 0;
  color: {FAINT}; user-select: none; }}
.swb .swb-listing .swb-told {{ background: color-mix(in srgb, {INFO} 14%, transparent); }}
.swb .swb-listing.swb-diff span {{ padding-left: 2em; text-indent: -1.2em; }}
.swb .swb-diff .swb-plus {{ background: color-mix(in srgb, {GOOD} 18%, transparent); }}
.swb .swb-diff .swb-minus {{ background: color-mix(in srgb, {BAD} 16%, transparent); }}
.swb .swb-diff .swb-place {{ color: {FAINT}; }}
</style>""")


def listing(source: str, told: Iterable[int] = ()) -> Markup:
    """A text with its lines numbered; those in ``told``, counted from 1, are marked."""
    marked = set(told)
    return _lines(
        "swb-numbered",
        (
            (line, "swb-told" if number in marked else "")
            for number, line in enumerate(source.splitlines(), 1)
        ),
    )


def diff_html(diff: Iterable[str]) -> Markup:
    """The lines of a unified diff. What was added begins with a plus, what went with a minus."""
    kinds = {"+": "swb-plus", "-": "swb-minus", "@": "swb-place"}
    marked = (
        # The first two lines name the two texts.
        (line, "swb-place" if number < 2 else kinds.get(line[:1], ""))
        for number, line in enumerate(diff)
    )
    return _lines("swb-diff", marked)


def _lines(name: str, lines: Iterable[tuple[str, str]]) -> Markup:
    listed = list(lines)
    span = Markup('<span class="{}">{}</span>')
    shown = join(span.format(kind, text(line) or " ") for line, kind in listed[:MOST_LINES])
    whole = Markup('<pre class="swb-listing {}" tabindex="0">{}</pre>').format(name, shown)
    left_out = len(listed) - MOST_LINES
    if left_out > 0:
        rest = Markup('<p class="swb-faint">… and {} more</p>')
        whole += rest.format(counted(left_out, "line"))
    return STYLE + whole
