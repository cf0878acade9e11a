"""Where a database stands, on a page: the verdict, the nearest revisions, and what is left over."""

from __future__ import annotations

from markupsafe import Markup

from schema.database import show_url
from schema.locate import Candidate, Location
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.tables import Column, table
from schema.render.theme import panel, text

__all__ = ["location_html"]

#: As many revisions are ranked on a page, and as many differences from the nearest shown.
_MOST_RANKED, _MOST_LEFT = 10, 50


def location_html(location: Location) -> str:
    """The verdict with what to do, the ranking, and the differences from the nearest revision."""
    mark, name = ("✓", "good") if location.is_settled else ("!", "warn")
    whole = Markup(
        '<div class="swb-verdict swb-{}" role="status">{} {}</div><p class="swb-faint">{}</p>'
        "<p>{}</p>"
    )
    said = location.verdict
    head = whole.format(
        name,
        mark,
        text(said[:1].upper() + said[1:]),
        text(show_url(location.url)),
        text(location.advice),
    )
    return panel(
        head, problems_html(location.notes, "note"), _ranking(location), _left_over(location.best)
    )


def _ranking(location: Location) -> Markup:
    columns = [Column("Revision", "short"), Column("Differences", "number"), Column("")]
    rows = (
        [item.name, item.distance, "◆ its stamp" if location.is_stamp(item) else ""]
        for item in location.ranked
    )
    return table(columns, rows, max_rows=_MOST_RANKED)


def _left_over(best: Candidate) -> Markup:
    if not best.differences:
        return Markup()
    whole = Markup("<details><summary>Left over against {} ({})</summary>{}</details>")
    listed = difference_table(
        best.differences, "That revision", "Live", by_table=True, max_rows=_MOST_LEFT
    )
    return whole.format(text(best.name), best.distance, listed)
