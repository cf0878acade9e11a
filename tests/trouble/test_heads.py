"""Two heads: who made them, whether their order matters, and what merges them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schema.trouble import Diagnosis, Trouble
from tests.trouble.conftest import Lab, commands

pytestmark = pytest.mark.slow

Told = Callable[[Diagnosis, str], Trouble]


@pytest.fixture
def lab(small_lab: Lab) -> Lab:
    """In Git, on main, at the last revision."""
    small_lab.make("ccc333")
    small_lab.shop.commit("the shop")
    return small_lab


def branch(lab: Lab, name: str, up: str, author: str) -> None:
    """A revision on a branch of its own, merged by Git into main."""
    lab.shop.git("switch", "-q", "-c", f"by-{name}", "main~0")
    lab.shop.revision(name, "ccc333", up)
    lab.shop.commit(f"add {name}", author=author, date="2024-06-07")
    lab.shop.git("switch", "-q", "main")


def merge(lab: Lab, *names: str) -> None:
    for name in names:
        lab.shop.git("merge", "-q", "--no-ff", "-m", f"merge {name}", f"by-{name}")


def test_two_heads_on_different_tables(lab: Lab, told: Told) -> None:
    branch(lab, "left1", "op.add_column('customer', sa.Column('fax', sa.Text))", "Grace Hopper")
    branch(lab, "right1", "op.add_column('invoice', sa.Column('paid', sa.Integer))", "Alan Turing")
    merge(lab, "left1", "right1")
    found = lab.diagnose()
    trouble = told(found, "two-heads")
    known = "\n".join(trouble.known)
    assert "2024-06-07 by Grace Hopper; it came from by-left1." in known
    assert "2024-06-07 by Alan Turing; it came from by-right1." in known
    assert "left1 touches customer." in known
    assert "They touch no table in common." in known
    assert "on made-up rows: the order does not matter." in known
    assert commands(trouble)[0] == "alembic merge -m 'merge left1 and right1' left1 right1"
    assert trouble.offer is not None
    (lab.versions / trouble.offer.filename).write_text(trouble.offer.text)
    assert not lab.diagnose()


def test_two_heads_whose_order_matters_are_not_merged(lab: Lab, told: Told) -> None:
    branch(lab, "left1", "op.add_column('customer', sa.Column('note', sa.Text))", "Grace Hopper")
    branch(
        lab,
        "right1",
        "op.add_column('customer', sa.Column('fax', sa.Text))\n"
        "names = [each['name'] for each in sa.inspect(op.get_bind()).get_columns('customer')]\n"
        "if 'note' not in names:\n    op.add_column('customer', sa.Column('remark', sa.Text))",
        "Alan Turing",
    )
    merge(lab, "left1", "right1")
    trouble = told(lab.diagnose(), "two-heads")
    known = "\n".join(trouble.known)
    assert "Both touch customer." in known
    assert "on made-up rows: the order matters." in known
    assert "What differs then: column customer.remark" in known
    assert "Do not merge them as they are" in trouble.advice[0].said
    assert not any("alembic merge" in each for each in commands(trouble))
    assert trouble.offer is None


def test_branches_that_are_meant_are_no_trouble(lab: Lab) -> None:
    path = lab.shop.revision("billing1", None)
    path.write_text(path.read_text() + "\nbranch_labels = 'billing'\n")
    assert not lab.diagnose()


def test_a_branch_of_its_own_may_depend_on_another(lab: Lab) -> None:
    path = lab.shop.revision("billing1", None)
    path.write_text(path.read_text() + "\nbranch_labels = 'billing'\ndepends_on = 'ccc333'\n")
    assert not lab.diagnose()
