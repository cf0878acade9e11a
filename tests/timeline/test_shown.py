"""A timeline and its steps on a page, in a terminal and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema import report
from schema.timeline import read_timeline

if TYPE_CHECKING:
    from tests.conftest import Shop


def test_names_are_harmless_on_a_page(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.create_table('<script>', sa.Column('a', sa.Integer))")
    shop.revision("eee555", "ddd444", "op.execute('<b>no SQL</b>')")
    timeline = read_timeline(shop.project)
    pages = [each._repr_mimebundle_()["text/html"] for each in (timeline, *timeline.steps)]
    assert all("<script>" not in page and "<b>no SQL" not in page for page in pages)
    assert "&lt;script&gt;" in pages[0]
    assert "could not be run" in pages[0]


def test_the_frame_has_a_row_a_step(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.drop_table('invoice')")
    frame = read_timeline(shop.project).frame()
    assert list(frame.revision) == ["aaa111", "bbb222", "ccc333", "ddd444"]
    assert list(frame.removed) == ["", "", "", "table invoice"]
    assert list(frame.tables) == ["customer", "customer", "invoice", "invoice"]


def test_one_step_is_told_in_full(shop: Shop) -> None:
    shop.revision("bbb222", "aaa111", "op.execute('CREATE EXTENSION hstore')")
    timeline = read_timeline(shop.project)
    assert "✗ could not be run" in report.text(timeline.step("bbb222"))
    assert "It was run without bbb222" in report.text(timeline.step("ccc333"))
