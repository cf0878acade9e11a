"""Branches, merges, several bases, dependencies and labels, and what a new revision costs there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from schema.timeline import read_timeline

if TYPE_CHECKING:
    from schema.catalog import Catalog
    from schema.project import Project
    from tests.conftest import Shop

CREATE = "op.create_table('{}', sa.Column('a', sa.Integer))"


def tables(catalog: Catalog) -> set[str]:
    return {item.name for item in catalog.of_kind("table")}


def dated(shop: Shop, name: str, parent: Any, made: str, day: int, **more: Any) -> None:
    path = shop.revision(name, parent, CREATE.format(made) if made else "pass", **more)
    text = path.read_text()
    text = text.replace(f"Revision ID: {name}", f"Create Date: 2024-01-{day:02} 10:00:00", 1)
    label = f"\nbranch_labels = {name[:3] + 'label'!r}\n" if parent is None else ""
    path.write_text(text + label)


@pytest.fixture
def branched(shop: Shop) -> Shop:
    """Two bases, a branch and its merge, and a dependency from one base's line on the other's."""
    for path in shop.versions.glob("*.py"):
        path.unlink()
    dated(shop, "aaa111", None, "a", 1)
    dated(shop, "bbb222", "aaa111", "b", 2)
    dated(shop, "ccc333", "aaa111", "c", 3)
    dated(shop, "ddd444", ("bbb222", "ccc333"), "", 6)
    dated(shop, "xxx111", None, "x", 4)
    dated(shop, "yyy222", "xxx111", "y", 5, depends_on="bbb222")
    return shop


def test_every_revision_is_a_step_after_what_it_needs(branched: Shop) -> None:
    timeline = read_timeline(branched.project)
    ids = [step.id for step in timeline.steps]
    assert ids == ["aaa111", "bbb222", "ccc333", "xxx111", "yyy222", "ddd444"]
    assert timeline.failed == ()
    assert not timeline.step("ddd444").differences
    assert tables(timeline.before("ddd444")) == {"a", "b", "c", "x", "y"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("bbb222", "ab"),
        ("ccc", "ac"),
        ("ddd444", "abc"),
        ("xxxlabel@xxx111", "x"),
        ("yyy222", "abxy"),
        ("aaalabel@head", "abc"),
        ("heads", "abcxy"),
        ("base", ""),
    ],
)
def test_a_revision_is_looked_at_with_its_ancestors_alone(
    branched: Shop, target: str, expected: str
) -> None:
    assert tables(read_timeline(branched.project).at(target)) == set(expected)


def test_what_one_branch_breaks_in_another_is_not_in_it_alone(branched: Shop) -> None:
    dated(branched, "eee555", "ccc333", "b", 7)
    timeline = read_timeline(branched.project)
    assert [step.id for step in timeline.failed] == ["eee555"]
    assert tables(timeline.at("eee555")) == {"a", "b", "c"}
    assert timeline.lacking("eee555") == ()
    assert timeline.lacking("heads") == ("eee555",)


def test_a_new_revision_on_any_branch_is_all_that_is_run(
    branched: Shop, steps_run: Callable[[Project], list[str]]
) -> None:
    assert len(steps_run(branched.project)) == 6
    assert steps_run(branched.project) == []
    dated(branched, "zzz333", "yyy222", "z", 8)
    dated(branched, "eee555", "ddd444", "e", 9)
    assert steps_run(branched.project) == ["zzz333", "eee555"]
