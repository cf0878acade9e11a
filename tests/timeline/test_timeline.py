"""What each revision did, the schema at any of them, and what lies between two."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema.errors import RevisionError
from schema.timeline import read_timeline

if TYPE_CHECKING:
    from schema.catalog import Catalog
    from tests.conftest import Shop


def tables(catalog: Catalog) -> set[str]:
    return {item.name for item in catalog.of_kind("table")}


def test_each_step_tells_what_it_did(shop: Shop) -> None:
    timeline = read_timeline(shop.project)
    assert [str(step) for step in timeline.steps] == [
        "aaa111 change aaa111: 1 added",
        "bbb222 change bbb222: 1 added",
        "ccc333 change ccc333: 1 added",
    ]
    assert timeline.step("bbb").tables == ("customer",)
    (added,) = timeline.step("bbb").differences
    assert added.describe().startswith("column customer.mail: added")
    assert tables(timeline.before("aaa111")) == set()
    assert tables(timeline.after("ccc333")) == {"customer", "invoice"}


def test_the_schema_at_any_revision_is_what_it_and_its_ancestors_make(shop: Shop) -> None:
    timeline = read_timeline(shop.project)
    assert tables(timeline.at("base")) == set()
    assert tables(timeline.at("bbb")) == {"customer"}
    assert timeline.at("head") == timeline.after("ccc333")
    assert [item.label for item in timeline.between("aaa", "head")] == ["customer.mail", "invoice"]
    with pytest.raises(RevisionError, match="no revision 'zzz'"):
        timeline.at("zzz")


def test_what_env_leaves_out_is_not_there(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.create_table('ignored_one', sa.Column('a', sa.Integer))")
    step = read_timeline(shop.project).step("ddd444")
    assert not step.differences
    assert step.summary == "no change of the schema"


def test_another_branch_is_not_in_the_schema_at_a_revision(shop: Shop) -> None:
    shop.revision("ddd444", "aaa111", "op.create_table('other', sa.Column('a', sa.Integer))")
    timeline = read_timeline(shop.project)
    assert tables(timeline.at("ddd444")) == {"customer", "other"}
    assert tables(timeline.at("ccc333")) == {"customer", "invoice"}
    assert tables(timeline.at("heads")) == {"customer", "invoice", "other"}
    with pytest.raises(RevisionError, match="ambiguous: the heads are ccc333, ddd444"):
        timeline.at("head")


def test_a_revision_that_cannot_be_run_is_marked_and_the_rest_goes_on(shop: Shop) -> None:
    shop.revision("bbb222", "aaa111", "op.execute('CREATE EXTENSION hstore')")
    shop.revision("ddd444", "ccc333", "op.drop_column('customer', 'mail')")
    for _ in ("cold", "warm"):
        timeline = read_timeline(shop.project)
        assert [step.id for step in timeline.failed] == ["bbb222", "ddd444"]
        assert 'near "EXTENSION"' in str(timeline.step("bbb222").failure)
        assert 'no such column: "mail"' in str(timeline.step("ddd444").failure)
        assert [step.without for step in timeline.steps] == [
            (), ("bbb222",), ("bbb222",), ("bbb222", "ddd444"),
        ]  # fmt: skip
        assert tables(timeline.at("head")) == {"customer", "invoice"}
        assert timeline.lacking("ccc333") == ("bbb222",)
        assert timeline.lacking("aaa111") == ()


def test_env_py_is_not_run_for_each_catalog_that_is_looked_at(shop: Shop, tmp_path: Path) -> None:
    """One that asks for the host's name is run again each time: no file tells what it comes to."""
    ran = tmp_path / "ran"
    env = shop.project.script_location / "env.py"
    env.write_text(
        f"import socket\nsocket.gethostname()\nopen({str(ran)!r}, 'a').write('x')\n"
        + re.sub(r"include_object=\w+,?", "", env.read_text())
    )
    timeline = read_timeline(shop.project)
    before = len(ran.read_text())
    for step in timeline.steps:
        timeline.after(step.id)
    assert len(ran.read_text()) == before
