"""What only the models have becomes a revision as well: the migration that nobody wrote yet."""

from __future__ import annotations

from typing import Any

from schema.drift import find_drift
from schema.repair import propose


def test_the_missing_migration_is_written_and_proved(shop: Any) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer, index=True)\n")
    drift = find_drift(shop.project, shop.live("ccc333"))
    assert {item.cause for item in drift.models} == {"models-ahead"}

    found = propose(shop.project, drift, list(drift.models), direction="adopt")

    assert found.is_proved, found.verdict
    assert found.proof.downgrade_returns
    assert "Found in the models, but not in the migrations:" in found.text
    assert "sa.Column('paid', sa.INTEGER(), nullable=True)" in found.text
    assert "op.create_index('ix_invoice_paid', 'invoice', ['paid']" in found.text


def test_what_each_side_has_of_its_own_goes_into_one_revision(shop: Any) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(shop.project, shop.live("ccc333", "CREATE VIEW v AS SELECT 1 AS x"))
    both = [*drift.differences, *drift.models]

    found = propose(shop.project, drift, both, direction="adopt")

    assert found.is_proved, found.verdict
    assert "Found in the models and the database" in found.text
    assert "CREATE VIEW" in found.text
    assert "'paid'" in found.text
