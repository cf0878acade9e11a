"""Values as short words."""

from __future__ import annotations

from schema.wording import capitalised, counted


def test_a_sentence_has_a_capital_letter_and_an_id_stays() -> None:
    assert capitalised("the order matters") == "The order matters"
    assert capitalised("8f7a33b3e529 may fail") == "8f7a33b3e529 may fail"
    assert capitalised("edbe5a51f52a may fail") == "edbe5a51f52a may fail"
    assert capitalised("up, down, up") == "Up, down, up"
    assert capitalised("") == ""


def test_nouns_have_their_plurals() -> None:
    assert counted(1, "loss") == "1 loss"
    assert [counted(2, noun) for noun in ("loss", "index", "step")] == [
        "2 losses",
        "2 indexes",
        "2 steps",
    ]
