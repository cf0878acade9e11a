"""What a revision's file renames is told as renamed, in a step and between any two revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schema.timeline import Timeline, read_timeline

if TYPE_CHECKING:
    from schema.compare import Differences
    from tests.conftest import Shop

#: So little alike that no comparison would take them for one.
RENAMED = """
op.rename_table('customer', 'guest')
op.drop_column('guest', 'mail')
op.add_column('guest', sa.Column('phone', sa.Text))
op.add_column('guest', sa.Column('street', sa.Text))
op.add_column('guest', sa.Column('town', sa.Text))
op.alter_column('guest', 'name', new_column_name='salutation')
"""


def told(found: Differences) -> set[tuple[str, str, str, str | None]]:
    return {(d.change, d.kind, d.label, d.renamed_from) for d in found}


def tables_and_columns(found: Differences) -> set[tuple[str, str, str, str | None]]:
    return {each for each in told(found) if each[1] in ("table", "column")}


@pytest.fixture
def timeline(shop: Shop) -> Timeline:
    """Behind ccc333 a table is renamed; then that name is taken anew; and there is a branch."""
    shop.revision("ddd444", "ccc333", RENAMED)
    shop.revision("eee555", "ddd444", "op.create_table('customer', sa.Column('id', sa.Integer))")
    shop.revision("fff666", "eee555", "op.drop_column('guest', 'town')")
    shop.revision(
        "xxx111", "ccc333", "op.alter_column('invoice', 'number', new_column_name='code')"
    )
    return read_timeline(shop.project)


STEP = {
    ("renamed", "table", "guest", "customer"),
    ("renamed", "column", "guest.salutation", "name"),
    ("removed", "column", "customer.mail", None),
    ("added", "column", "guest.phone", None),
    ("added", "column", "guest.street", None),
    ("added", "column", "guest.town", None),
}


def test_a_step_tells_what_its_file_renames(timeline: Timeline) -> None:
    step = timeline.step("ddd444")
    assert tables_and_columns(step.differences) == STEP
    renamed = next(d for d in step.differences if d.kind == "table")
    assert any("its file says so" in words for words in renamed.evidence)
    assert set(step.tables) == {"guest", "customer"}


def test_renames_are_followed_from_one_revision_to_another(timeline: Timeline) -> None:
    found = tables_and_columns(timeline.between("ccc333", "fff666"))
    assert found == STEP - {("added", "column", "guest.town", None)} | {
        ("added", "table", "customer", None)
    }


def test_and_back_again(timeline: Timeline) -> None:
    found = tables_and_columns(timeline.between("fff666", "ccc333"))
    assert ("renamed", "table", "customer", "guest") in found
    assert ("renamed", "column", "customer.name", "salutation") in found
    assert ("removed", "table", "customer", None) in found


def test_renames_of_both_branches_are_followed_between_siblings(timeline: Timeline) -> None:
    found = tables_and_columns(timeline.between("ddd444", "xxx111"))
    assert ("renamed", "table", "customer", "guest") in found
    assert ("renamed", "column", "invoice.code", "number") in found


def test_between_siblings_nothing_is_guessed(shop: Shop) -> None:
    """Each branch adds a column of its own, alike but for the name: that is no rename."""
    shop.revision("ddd444", "ccc333", "op.add_column('invoice', sa.Column('paid', sa.Date))")
    shop.revision("eee555", "ccc333", "op.add_column('invoice', sa.Column('payed', sa.Date))")
    found = read_timeline(shop.project).between("ddd444", "eee555")
    assert told(found) == {
        ("removed", "column", "invoice.paid", None),
        ("added", "column", "invoice.payed", None),
    }


def test_a_column_that_was_dropped_is_no_later_one_of_its_name(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.alter_column('invoice', 'number', new_column_name='no')")
    shop.revision("eee555", "ddd444", "op.drop_column('invoice', 'no')")
    shop.revision("fff666", "eee555", "op.add_column('invoice', sa.Column('no', sa.String(20)))")
    found = read_timeline(shop.project).between("ccc333", "fff666")
    assert told(found) == {
        ("removed", "column", "invoice.number", None),
        ("added", "column", "invoice.no", None),
    }


def test_a_diagram_since_a_revision_knows_them_too(timeline: Timeline, shop: Shop) -> None:
    from schema.workbench import Project

    with Project.open(shop.root / "alembic.ini") as project:
        found = project.diagram("ddd444", "ccc333", dialect="sqlite")
    (guest,) = [table for table in found.tables if table.label == "guest"]
    assert guest.change == "renamed"
