"""Two colleagues, one parent: both heads are shown, tried in both orders, and brought together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schema.authoring import Draft, read_heads
from schema.errors import RevisionError
from schema.history import read_history
from schema.workbench import Project

if TYPE_CHECKING:
    from tests.conftest import Shop


@pytest.fixture
def forked(shop: Shop) -> Shop:
    """Ada's head adds an index to invoice, Grace's a column to customer; both in Git."""
    shop.commit("Begin", author="Ada Lovelace", date="2024-03-01")
    up = "op.create_index('ix_invoice_number', 'invoice', ['number'])"
    shop.revision("ddd444", "ccc333", up)
    ada = shop.commit("Ada's", author="Ada Lovelace", date="2024-03-02")
    shop.revision("eee555", "ccc333", "op.add_column('customer', sa.Column('age', sa.Integer))")
    shop.revision("fff666", "eee555", "op.execute('UPDATE customer SET age = 1')")
    grace = shop.commit("Grace's", author="Grace Hopper", date="2024-03-03")
    shop.commits = {"ddd444": ada, "fff666": grace}  # type: ignore[attr-defined]
    return shop


def test_each_head_has_its_author_its_commit_and_its_tables(forked: Shop) -> None:
    heads = read_heads(forked.project)
    assert [item.head for item in heads.branches] == ["ddd444", "fff666"]
    assert [item.author for item in heads.branches] == ["Ada Lovelace", "Grace Hopper"]
    assert {item.head: item.commit for item in heads.branches} == forked.commits  # type: ignore[attr-defined]
    assert [item.tables for item in heads.branches] == [("invoice",), ("customer",)]
    assert [item.id for item in heads["fff"].revisions] == ["eee555", "fff666"]
    assert heads.shared_tables == ()
    assert "they touch other tables" in heads.verdict
    assert list(heads.frame()["revisions"]) == [1, 2]
    with pytest.raises(RevisionError, match="none of the heads"):
        heads["ccc333"]


def test_both_orders_are_run_on_data_and_the_merge_is_drafted(forked: Shop) -> None:
    live = forked.live("bbb222", "INSERT INTO customer (name) VALUES ('Ada')")
    heads = read_heads(forked.project)
    rehearsed = heads.rehearse(live)
    assert rehearsed.orders is not None
    assert rehearsed.orders.is_same
    assert [step.revision for step in rehearsed.orders.first.steps] == [
        "ddd444",
        "eee555",
        "fff666",
    ]
    assert heads.orders is None, "a value is not changed"

    forked.live("ddd444")  # it has one of them already
    assert "made-up rows" in read_heads(forked.project).rehearse().notes[0]

    with Draft.start(forked.project) as draft:
        with pytest.raises(RevisionError, match="2 heads"):
            draft.autogenerate("too early")
        reading = draft.merge("Bring them together")
        assert reading.operations == ()
        assert reading.error is None
        trip = draft.rehearse(made_up=True).trip
        assert trip is not None
        assert trip.is_clean
        assert len(read_history(forked.project).heads) == 2
        draft.write()
    assert read_history(forked.project).heads == (reading.revision,)
    assert read_heads(forked.project).verdict.startswith("one head")


@pytest.mark.postgresql
def test_both_orders_where_the_version_table_has_a_schema_of_its_own(
    forked: Shop, postgresql_url: str
) -> None:
    env = forked.root / "migrations" / "env.py"
    text = env.read_text()
    env.write_text(text.replace("version_table=", "version_table_schema='ops', version_table="))
    with Project.open(forked.root, url=postgresql_url) as project:
        rehearsed = project.heads().rehearse(rows=1, made_up=True)
    assert rehearsed.orders is not None
    assert rehearsed.orders.is_same


def test_one_can_be_put_after_the_other_and_it_is_said_what_that_means(forked: Shop) -> None:
    forked.live("ccc333")
    heads = read_heads(forked.project)
    found = heads.reparented("fff666", onto="ddd444")
    assert "down_revision = 'ddd444'" in found.text
    assert found.changes.files[0].path == "migrations/versions/eee555_change.py"
    said = " ".join(found.means)
    assert "has fff666 but not ddd444 will never get ddd444" in said
    assert "The live database (ccc333) does not have it." in said
    path = forked.versions / "eee555_change.py"
    assert "'ccc333'" in path.read_text(), "nothing was written"
    path.write_text(found.text)
    assert read_history(forked.project).is_one_line


def test_an_order_that_matters_is_found(shop: Shop) -> None:
    shop.live("ccc333", "INSERT INTO customer (name, mail) VALUES ('Ada', 'a@example.org')")
    shop.revision("ddd444", "ccc333", "op.execute(\"UPDATE customer SET name = 'x'\")")
    shop.revision("eee555", "ccc333", "op.execute('UPDATE customer SET mail = name')")
    heads = read_heads(shop.project).rehearse()
    assert heads.orders is not None
    assert not heads.orders.is_same
    assert heads.notes == ()
    assert "rehearsed, the order matters" in heads.verdict
