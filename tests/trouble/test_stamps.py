"""Databases whose stamp is missing, unknown, doubled or not true: each on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from schema.history import read_current, read_history
from schema.trouble import Diagnosis, Trouble
from tests.trouble.conftest import Lab, advised, commands

Told = Callable[[Diagnosis, str], Trouble]

_TABLE = "op.create_table('coupon', sa.Column('id', sa.Integer, primary_key=True))"


def test_a_revision_whose_file_was_deleted(lab: Lab, told: Told) -> None:
    lab.shop.commit("the shop")
    path = lab.shop.revision("ddd444", "ccc333", _TABLE)
    lab.shop.commit("coupons", author="Grace Hopper", date="2024-04-05")
    lab.alembic("upgrade", "head")
    path.unlink()
    lab.shop.commit("no coupons", date="2024-05-06")
    if lab.dialect == "sqlite":
        assert "Can't locate revision identified by 'ddd444'" in lab.alembic("current", ok=False)

    found = lab.diagnose()
    trouble = told(found, "missing-revision")
    assert len(found) == 1
    known = "\n".join(trouble.known)
    assert "deleted in commit" in known
    assert "on 2024-05-06 by Ada Lovelace" in known
    assert "Its file was migrations/versions/ddd444_change.py" in known
    assert "on 2024-04-05 by Grace Hopper" in known
    assert "With the file of ddd444 back, its schema is exactly that of ddd444." in known
    assert len(trouble.advice) == 1, "no other stamp would be true"
    assert "exactly at its stamp then" in trouble.advice[0].said
    lab.shell(trouble.advice[0].command)
    assert not lab.diagnose()


def test_a_deleted_revision_that_is_still_on_a_branch(small_lab: Lab, told: Told) -> None:
    lab = small_lab
    path = lab.shop.revision("ddd444", "ccc333", "pass")
    lab.shop.commit("with it")
    lab.shop.git("branch", "kept")
    lab.shop.git("tag", "v1")
    lab.make("ccc333", as_stamp="ddd444")
    path.unlink()
    lab.shop.commit("without it")
    trouble = told(lab.diagnose(), "missing-revision")
    assert "It still stands in kept, v1." in trouble.known
    # Its schema is that of ccc333 too: yet what it did to data would be done again.
    assert [each for each in commands(trouble) if "stamp" in each] == []


def test_a_stamp_that_git_does_not_know_is_replaced_only_where_that_is_true(
    lab: Lab, told: Told
) -> None:
    lab.shop.commit("the shop")
    lab.make("bbb222", as_stamp="fff999")
    trouble = told(lab.diagnose(), "missing-revision")
    assert "No commit of any branch, remote-tracking branch or tag holds fff999." in trouble.known
    assert "Of the revisions that are here, its schema is exactly that of bbb222." in trouble.known
    lab.sql("CREATE TABLE by_hand (a INTEGER)")
    careful = told(lab.diagnose(), "missing-revision")
    assert "nearest to that of bbb222, with 1 difference left over" in "\n".join(careful.known)
    assert not any("alembic stamp" in each for each in commands(careful))
    assert advised(careful, "Do not stamp it")
    assert commands(trouble)[-1] == "alembic stamp --purge bbb222"


def test_a_database_ahead_of_the_code_after_a_switch(lab: Lab, told: Told) -> None:
    lab.shop.commit("the shop")
    lab.shop.git("switch", "-q", "-c", "coupons")
    lab.shop.revision("ddd444", "ccc333", _TABLE)
    lab.shop.revision("eee555", "ddd444", "op.add_column('coupon', sa.Column('code', sa.Text))")
    lab.shop.commit("coupons", author="Grace Hopper")
    lab.alembic("upgrade", "head")
    lab.shop.git("switch", "-q", "main")

    found = lab.diagnose()
    trouble = told(found, "ahead-of-the-code")
    assert "a revision of coupons." in trouble.said
    known = "\n".join(trouble.known)
    assert "which is not merged here" in known
    assert "by Grace Hopper" in known
    assert "With the 2 files back, its schema is exactly that of eee555." in known
    assert commands(trouble)[:2] == [
        "git switch coupons", "schema history --revisions-from coupons"
    ]  # fmt: skip
    with lab.open() as project, project.with_revisions_from("coupons") as other:
        assert read_history(other).standing(read_current(other))["eee555"] == "current"
        assert not other.diagnose()
        assert read_history(project).heads == ("ccc333",), "nothing was checked out"
    lab.shell(commands(trouble)[2])
    assert not lab.diagnose()


@pytest.mark.parametrize(
    ("made", "switch"),
    [
        (["update-ref", "refs/remotes/origin/coupons", "coupons"], "--track origin/coupons"),
        (["tag", "v2", "coupons"], "--detach v2"),
    ],
)
def test_a_database_ahead_of_a_remote_branch_or_a_tag(
    small_lab: Lab, told: Told, made: list[str], switch: str
) -> None:
    lab = small_lab
    lab.shop.commit("the shop")
    lab.shop.git("remote", "add", "origin", "https://example.invalid/shop.git")
    lab.shop.git("switch", "-q", "-c", "coupons")
    path = lab.shop.revision("ddd444", "ccc333", "pass")
    lab.shop.commit("coupons")
    lab.shop.git("switch", "-q", "main")
    lab.shop.git(*made)
    lab.shop.git("branch", "-q", "-D", "coupons")
    lab.make("ccc333", as_stamp="ddd444")
    trouble = told(lab.diagnose(), "ahead-of-the-code")
    assert commands(trouble)[0] == f"git switch {switch}"
    lab.shell(commands(trouble)[0])
    assert path.exists()


def test_tables_that_create_all_made(lab: Lab, told: Told) -> None:
    lab.shell(
        "python -c \"import sys; sys.path.insert(0, '.'); import shop, sqlalchemy as sa; "
        f"shop.Base.metadata.create_all(sa.create_engine('{lab.url}'))\""
    )
    trouble = told(lab.diagnose(), "not-stamped")
    assert "holds 2 tables, and no version table shop_version" in trouble.said
    assert "Its schema is exactly that of ccc333." in trouble.known
    assert "It is what the models make." in trouble.known
    lab.shell(commands(trouble)[0])
    assert lab.rows() == [("ccc333",)]
    assert not lab.diagnose()


def test_tables_that_no_revision_has_are_never_stamped(lab: Lab, told: Told) -> None:
    lab.make("ccc333", "DROP TABLE shop_version", "ALTER TABLE invoice ADD COLUMN paid INTEGER")
    trouble = told(lab.diagnose(), "not-stamped")
    assert "nearest to that of ccc333, with 1 difference left over" in "\n".join(trouble.known)
    assert commands(trouble) == ["schema drift --at ccc333"]


def test_an_empty_version_table(lab: Lab, told: Told) -> None:
    lab.make("bbb222", "DELETE FROM shop_version")
    trouble = told(lab.diagnose(), "not-stamped")
    assert "its version table shop_version is empty" in trouble.said
    assert "It differs from what the models make in 1 object." in trouble.known
    assert commands(trouble) == ["alembic stamp bbb222"]


def test_revisions_that_only_data_tells_apart_are_not_guessed(small_lab: Lab, told: Told) -> None:
    small_lab.shop.revision("ddd444", "ccc333", "op.execute('UPDATE invoice SET number = 1')")
    small_lab.make("ccc333", "DELETE FROM shop_version")
    trouble = told(small_lab.diagnose(), "not-stamped")
    assert "cannot tell ddd444 and ccc333 apart" in trouble.advice[0].said
    assert commands(trouble) == []


def test_an_empty_database(lab: Lab, told: Told) -> None:
    lab.sql("SELECT 1")
    if lab.dialect == "sqlite":
        lab.sql("CREATE TABLE a (b INTEGER)", "DROP TABLE a")
    assert commands(told(lab.diagnose(), "empty-database")) == ["alembic upgrade head"]


def test_two_rows_of_which_one_includes_the_other(lab: Lab, told: Told) -> None:
    lab.make("ccc333", "INSERT INTO shop_version VALUES ('bbb222')")
    found = lab.diagnose()
    trouble = told(found, "stamps-overlap")
    assert "bbb222 is part of what ccc333 includes: Alembic never leaves both." in trouble.known
    lab.shell(commands(trouble)[0])
    assert lab.rows() == [("ccc333",)]


def test_two_heads_that_are_both_applied_are_no_trouble_of_the_stamp(small_lab: Lab) -> None:
    small_lab.shop.revision("left1", "ccc333")
    small_lab.shop.revision("right1", "ccc333")
    small_lab.make("ccc333", "INSERT INTO shop_version VALUES ('left1')", as_stamp="right1")
    assert [item.kind for item in small_lab.diagnose()] == ["two-heads"]


def test_a_row_without_an_id(small_lab: Lab, told: Told) -> None:
    small_lab.url = small_lab.shop.live("ccc333", "INSERT INTO shop_version VALUES (NULL)")
    lab = Lab(small_lab.shop, small_lab.url)
    trouble = told(lab.diagnose(), "stamps-overlap")
    lab.sql(str(trouble.advice[0].sql))
    assert not lab.diagnose()


def test_a_table_that_only_has_the_name(shop: object, small_lab: Lab, told: Told) -> None:
    url = small_lab.shop.live("ccc333", "DROP TABLE shop_version", "CREATE TABLE shop_version (a)")
    trouble = told(Lab(small_lab.shop, url).diagnose(), "not-stamped")
    assert "it has the columns a, and no version_num." in trouble.said


@pytest.mark.postgresql
def test_the_version_table_is_in_another_schema(
    shop: object, postgresql_url: str, small_lab: Lab, told: Told
) -> None:
    lab = Lab(small_lab.shop, postgresql_url)
    env = lab.root / "migrations" / "env.py"
    text = env.read_text()
    lab.make("ccc333", "CREATE SCHEMA ops", "ALTER TABLE shop_version SET SCHEMA ops")
    trouble = told(lab.diagnose(), "other-version-table")
    assert "ops.shop_version is there and holds ccc333" in trouble.said
    assert "version_table_schema='ops'" in trouble.advice[0].said
    assert not any(each for each in commands(trouble) if "stamp" in each)
    env.write_text(text.replace("version_table=", "version_table_schema='nowhere', version_table="))
    lab.sql("ALTER TABLE ops.shop_version SET SCHEMA public")
    trouble = told(lab.diagnose(), "other-version-table")
    assert "nowhere.shop_version, the version table that env.py names, is not there" in trouble.said
    lab.engine.dispose()


def test_the_version_table_has_another_name(lab: Lab, told: Told) -> None:
    lab.make("ccc333", "ALTER TABLE shop_version RENAME TO alembic_version")
    trouble = told(lab.diagnose(), "other-version-table")
    assert "version_table='alembic_version'" in trouble.advice[0].said


def test_a_table_with_a_column_of_that_name_is_no_version_table(lab: Lab, told: Told) -> None:
    docs = "CREATE TABLE docs (id INTEGER PRIMARY KEY, version_num INTEGER)"
    lab.make("ccc333", "DROP TABLE shop_version", docs, "INSERT INTO docs VALUES (1, 7)")
    trouble = told(lab.diagnose(), "not-stamped")
    assert "holds 3 tables, and no version table shop_version" in trouble.said


def test_numbers_in_a_table_like_a_version_table_are_told(small_lab: Lab, told: Told) -> None:
    numbers = "CREATE TABLE numbers (version_num INTEGER)"
    small_lab.make("ccc333", "DROP TABLE shop_version", numbers, "INSERT INTO numbers VALUES (7)")
    trouble = told(small_lab.diagnose(), "other-version-table")
    assert "numbers is there and holds 7" in trouble.said


def test_alembic_may_run_on_another_database_than_a_chosen_one(small_lab: Lab, told: Told) -> None:
    small_lab.make("ccc333", as_stamp="aaa111")
    words = "see that this is the one looked at"
    other = shutil.copy(str(small_lab.engine.url.database), small_lab.root / "other.sqlite")
    chosen = told(small_lab.diagnose(url=f"sqlite:///{other}"), "wrong-stamp")
    assert words in advised(chosen, "tamp").said
    for own in ({}, {"url": small_lab.url}):
        assert words not in str(told(small_lab.diagnose(**own), "wrong-stamp"))


def test_a_stamp_that_is_not_true(lab: Lab, told: Told) -> None:
    lab.make("ccc333", as_stamp="aaa111")
    trouble = told(lab.diagnose(), "wrong-stamp")
    assert trouble.said.endswith("its schema is exactly that of ccc333.")
    assert commands(trouble) == ["alembic stamp ccc333"]


def test_drift_is_no_trouble_but_noted(small_lab: Lab) -> None:
    small_lab.make("ccc333", "CREATE INDEX by_hand ON customer (name)")
    found = small_lab.diagnose()
    assert not found
    assert "differs from its stamp in 1 object" in found.notes[0]
    assert found.verdict == "nothing is wrong, but see the notes"
