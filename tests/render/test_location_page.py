"""Where a database stands, on a page and in a terminal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from schema import report
from schema.compare import Difference, Differences
from schema.locate import Candidate, Location
from schema.project import ShellCommand
from schema.render import location_html


def location(name: str = "a1", left: int = 2) -> Location:
    url = sa.make_url("postgresql://me:sesame@host/prod")
    found = Differences(Difference("column", None, name, f"c{n}", "added") for n in range(left))
    ranked = (Candidate((name,), left, found, left), Candidate(("b2",), 9, Differences(), 9))
    command = ShellCommand(f"alembic stamp {name}", f"alembic stamp {name}", f"({name})")
    return Location(url, ("b2",), ranked, command, notes=(name,))


def test_the_nearest_revision_stands_first_with_what_is_left_over(read: Any) -> None:
    page = read(location_html(location()))
    assert "Stamped b2, but nearest to a1: 2 differences left over" in page.said
    assert page.said.index("a1") < page.said.index("◆ its stamp")
    assert "Left over against a1 (2)" in page.said
    assert 'class="swb ' in location()._repr_mimebundle_()["text/html"]


def test_hostile_names_are_text(hostile: str, read: Any) -> None:
    markup = location_html(location(hostile))
    assert not {"script", "img", "a"} & set(read(markup).tags)
    assert "sesame" not in markup
    said = report.text(location(hostile), width=100)
    assert not any(mark in said for mark in "\x1b\x07\u202e")
    assert "sesame" not in said
    assert "sesame" not in report.markdown(location(hostile))
