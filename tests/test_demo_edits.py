"""Example edits of a model's file: what they change, and what they leave alone."""

from __future__ import annotations

import pytest

from schema.demo.edits import add_column, first_of, rename_column
from schema.errors import WorkbenchError

NAMED = """
class Order(Base):
    __tablename__ = "order"
    chosen = mapped_column("select", String(20))
"""
PLAIN = NAMED + "    remark = mapped_column(String(20))\n"


def test_a_column_with_a_name_of_its_own_is_neither_renamed_nor_copied() -> None:
    assert rename_column(NAMED) == add_column(NAMED) == NAMED


def test_a_plain_column_is_renamed_and_copied() -> None:
    assert "    remark_renamed = mapped_column(String(20))\n" in rename_column(PLAIN)
    assert add_column(PLAIN) == PLAIN + "    extra_remark = mapped_column(String(20))\n"


def test_the_first_model_that_has_a_plain_column_is_edited() -> None:
    other = PLAIN.replace("Order", "Other")
    assert rename_column(NAMED + other) == NAMED + rename_column(other)


def test_without_a_file_to_edit_it_is_said_why() -> None:
    assert first_of(["models.py", "other.py"]) == "models.py"
    with pytest.raises(WorkbenchError, match="models are in an installed package"):
        first_of([])
