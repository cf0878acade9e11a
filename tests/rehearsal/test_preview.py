"""What would be run is told before it is, with what speaks against the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schema.errors import RevisionError
from schema.rehearsal import Rehearsal
from schema.rehearsal.preview import preview
from schema.rehearsal.way_back import doubts


def test_each_pending_revision_is_told_with_its_sql(shop: Any) -> None:
    found = preview(shop.project)
    assert [(item.direction, item.revision) for item in found] == [
        ("up", "bbb222"),
        ("up", "ccc333"),
    ]
    assert found[0].sql == ("ALTER TABLE customer ADD COLUMN mail VARCHAR(80)",)
    assert found[1].sql == ("DELETE FROM customer",)
    assert shop.rows() == 3, "nothing was run"


def test_the_way_down_is_told_newest_first(sqlite_shop: Any) -> None:
    (found,) = preview(sqlite_shop.project, "base")
    assert (found.direction, found.revision) == ("down", "aaa111")
    assert found.sql == ("DROP TABLE customer",)
    assert found.way_back is None


def test_hazards_are_foreseen(shop: Any) -> None:
    first, second = preview(shop.project)
    assert "data-lost" not in {item.rule for item in first.hazards}
    assert all(not item.observed for item in (*first.hazards, *second.hazards))
    shop.write("bbb222", "aaa111", "drop", "op.drop_table('customer')")
    found = preview(shop.project)[0]
    assert any("customer" in (item.object or "") for item in found.hazards)


def test_a_target_that_does_not_exist_is_refused(sqlite_shop: Any) -> None:
    with pytest.raises(RevisionError, match="zzz"):
        preview(sqlite_shop.project, "zzz")


def test_sql_that_depends_on_data_is_told_as_unknown(sqlite_shop: Any) -> None:
    reading = "rows = op.get_bind().execute(sa.text('SELECT 1')).scalar()\nassert rows == 1"
    sqlite_shop.write("bbb222", "aaa111", "reads", reading)
    first, _ = preview(sqlite_shop.project)
    assert first.why_no_sql is not None
    assert preview(sqlite_shop.project).frame()["statements"].isna()[0]


def test_batch_mode_says_when_its_sql_is_known(sqlite_shop: Any) -> None:
    batch = "with op.batch_alter_table('customer') as b:\n    b.alter_column('id', nullable=False)"
    sqlite_shop.write("bbb222", "aaa111", "recreate", batch)
    assert "once it runs on a copy" in (preview(sqlite_shop.project)[0].why_no_sql or "")


@pytest.mark.parametrize(
    ("down", "said"),
    [
        ("raise NotImplementedError('no way')", "raises NotImplementedError('no way')"),
        ("pass", "does nothing"),
        ("op.get_context()", "runs no SQL"),
        ("op.drop_column('customer', 'mail')", None),
    ],
)
def test_what_speaks_against_the_way_back(sqlite_shop: Any, down: str, said: str | None) -> None:
    up = "op.add_column('customer', sa.Column('mail', sa.String(80)))"
    sqlite_shop.write("bbb222", "aaa111", "add mail", up, down)
    found = preview(sqlite_shop.project)[0].way_back
    assert found is None if said is None else said in (found or "")


def test_without_a_downgrade_there_is_no_way_back(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("def upgrade():\n    op.execute('SELECT 1')\n")
    assert doubts(file) == "cannot go back: there is no downgrade()"
    file.write_text("def upgrade(:\n")
    assert doubts(file) is None, "running it will tell"


def test_a_docstring_is_no_way_back(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text('def upgrade():\n    op.f()\n\ndef downgrade():\n    """No."""\n    return\n')
    assert "does nothing" in (doubts(file) or "")
    file.write_text("def upgrade():\n    pass\n\ndef downgrade():\n    pass\n")
    assert doubts(file) is None, "nothing needs no way back"


def test_a_rehearsal_previews_its_copy(sqlite_rehearsal: Rehearsal) -> None:
    sqlite_rehearsal.up()
    found = sqlite_rehearsal.preview()
    assert [item.revision for item in found] == ["ccc333"]
    assert json.loads(json.dumps(found.to_list()))[0]["sql"] == ["DELETE FROM customer"]
    assert found[:1].frame()["statements"][0] == 1
