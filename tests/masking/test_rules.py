"""Rules of masking as they are written."""

from __future__ import annotations

import pytest

from schema.errors import ScratchError
from schema.masking import HELP, Mask, parse_masks


def test_rules_are_read_as_they_are_written() -> None:
    texts = ["users.admin_token=hash", "*.email=fake:email", "a.b.address=null", "c.name=keep:2",
             "x.y=fixed:a=b:c", "p.day=shift"]  # fmt: skip
    assert parse_masks(texts) == (
        Mask("users", "admin_token", "hash"),
        Mask("*", "email", "fake", "email"),
        Mask("a.b", "address", "null"),
        Mask("c", "name", "keep", "2"),
        Mask("x", "y", "fixed", "a=b:c"),
        Mask("p", "day", "shift"),
    )
    assert [str(mask) for mask in parse_masks(texts)] == texts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("email=null", "no mask"),
        ("users.email", "no mask"),
        ("users.email=scramble", "no rule 'scramble'"),
        ("users.email=fake", "needs a kind"),
        ("users.email=fake:iban2", "needs a kind"),
        ("users.email=keep:two", "needs a number"),
        ("users.email=fixed", "needs a value"),
        ("users.email=hash:1", "takes nothing"),
    ],
)
def test_a_bad_rule_is_told_with_its_text(text: str, told: str) -> None:
    with pytest.raises(ScratchError) as raised:
        parse_masks(["users.email=hash", text])
    assert text in str(raised.value)
    assert told in str(raised.value)


def test_stars_and_schemas_match() -> None:
    [mask] = parse_masks(["order*.*mail=hash"])
    assert mask.matches("orders", "e_mail")
    assert mask.matches("sales.orders", "mail")
    assert not mask.matches("customers", "mail")


def test_the_help_names_every_rule() -> None:
    for rule in ("hash", "fake:KIND", "keep:N", "text", "shift", "null", "fixed:VALUE"):
        assert f"\n{rule} " in HELP
