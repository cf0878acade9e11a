"""A repair on a page: the verdict first, what loses data marked, the file whole and harmless."""

from __future__ import annotations

from typing import Any

from schema.compare import Difference, Differences
from schema.ddl import Statement
from schema.render import proof_html, repair_html
from schema.repair import Proof, Repair

PROVED = Proof(True, Differences(), "proved: nothing left")


def repair(text: str = "DROP TABLE x;", proof: Proof = PROVED, **more: Any) -> Repair:
    lost = Statement(text, is_destructive=True, why=f"rows of {text} are lost")
    kept = Statement("CREATE TABLE y (z INTEGER)")
    return Repair("live", "sqlite", (lost, kept), text, proof, **more)


def test_the_verdict_comes_first_and_what_loses_data_is_marked(read: Any) -> None:
    page = read(repair_html(repair()))
    assert page.said.strip().startswith("✓ Proved: nothing left; 2 statements, 1 destructive")
    warning, _, rest = page.said.partition("2 statements, one by one")
    assert "⚠ 1 statement can lose data:DROP TABLE x;: rows of DROP TABLE x; are lost" in warning
    assert "rows of DROP TABLE x; are lost" in rest
    assert page.said.count("⚠ can lose data") == 1


def test_what_is_not_proved_is_red_and_says_what_is_left(read: Any) -> None:
    left = Differences([Difference("column", None, "t", "c", "added")])
    proof = Proof(False, left, "not proved: 1 difference left")
    markup = repair_html(repair(proof=proof)).rsplit("</style>", 1)[1]
    assert "swb-bad" in markup
    assert "What is left after it (1)" in read(markup).said
    assert "✗ Not proved" in read(proof_html(proof)).said


def test_a_long_verdict_has_a_short_heading(read: Any) -> None:
    for is_proved, note, heading, below in (
        (True, "proved: nothing left; also repaired: t.c", "✓ Proved: nothing left; ", "Also rep"),
        (False, "not proved: Revision 1a failed: E: no\nt", "✗ Not proved; ", "Revision 1a failed"),
    ):
        shown = repair_html(repair(proof=Proof(is_proved, Differences(), note)))
        assert heading + "2 statements, 1 destructive</div><p>" + below in shown
        assert read(shown).said.count("1a failed") == (not is_proved)


def test_what_could_not_be_expressed_is_listed_with_the_reason(read: Any) -> None:
    item = Difference("column", None, "t", "c", "added")
    page = read(repair_html(repair(not_expressed=((item, "SQLite has no such statement"),))))
    assert "Not in this repair (1)" in page.said
    assert "SQLite has no such statement" in page.said


def test_a_revision_tells_whether_its_way_back_returns(read: Any) -> None:
    for returns, said in ((True, "its way back returns"), (False, "does not return")):
        proof = Proof(returns, Differences(), "note", returns)
        adopted = Repair("adopt", "sqlite", (), "import alembic", proof, filename="x.py")
        assert said in read(repair_html(adopted)).said


def test_a_hostile_file_is_text(hostile: str, read: Any) -> None:
    item = Difference("column", None, hostile, hostile, "added")
    markup = repair_html(repair(hostile, not_expressed=((item, hostile),), filename=hostile))
    page = read(markup)
    assert not {"script", "img", "a"} & set(page.tags)
    assert not any(mark in markup for mark in "\x1b\x07\u202e")


def test_a_repair_and_its_proof_show_themselves() -> None:
    for value in (repair(), PROVED):
        bundle = value._repr_mimebundle_()
        assert "✓ Proved: nothing left" in bundle["text/html"]
        assert "proved: nothing left" in bundle["text/plain"]
    assert repr(PROVED) == "<Proof: proved: nothing left>"
