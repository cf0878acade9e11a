"""Each difference bears its cause, and an explanation that a person can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.drift import Drift, find_drift

if TYPE_CHECKING:
    from tests.conftest import Shop


def told(drift: Drift) -> dict[str, tuple[str | None, str | None]]:
    return {item.name: (item.cause, item.explanation) for item in drift.differences}


GADGET = "op.create_table('gadget', sa.Column('id', sa.Integer), sa.Column('size', sa.Integer))"


# -- pending, behind, ahead -------------------------------------------------------------------


def test_what_is_pending_says_which_revision_makes_it(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("bbb222"))
    assert [item.explanation for item in drift.pending] == ["ccc333 will make it"]


def test_a_wrong_stamp_says_what_the_database_looks_like(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.create_index('by_mail', 'customer', ['mail'])")
    shop.models.write_text(shop.MODELS + "Index('by_mail', Customer.mail)\n")
    live = shop.live("ccc333", "UPDATE shop_version SET version_num = 'ddd444'")
    assert told(find_drift(shop.project, live)) == {
        "by_mail": (
            "wrong-stamp",
            "as at ccc333, which the whole database looks like without any difference: "
            "check the stamp",
        )
    }


def test_one_undone_change_of_several_is_no_wrong_stamp(shop: Shop) -> None:
    body = "op.create_index('a', 'customer', ['mail'])\nop.create_index('b', 'invoice', ['number'])"
    shop.revision("ddd444", "ccc333", body)
    shop.models.write_text(shop.MODELS + "Index('a', Customer.mail)\nIndex('b', Invoice.number)\n")
    live = shop.live("ccc333", "CREATE INDEX b ON invoice (number)",
                     "UPDATE shop_version SET version_num = 'ddd444'")  # fmt: skip
    assert told(find_drift(shop.project, live)) == {
        "a": (
            "outside-migrations",
            "as it was before revision ddd444 (change ddd444): undone by hand",
        )
    }


def test_the_only_change_of_a_revision_may_never_have_been_made(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.create_index('a', 'customer', ['mail'])")
    shop.revision("eee555", "ddd444", "op.create_index('b', 'invoice', ['number'])")
    shop.models.write_text(shop.MODELS + "Index('a', Customer.mail)\nIndex('b', Invoice.number)\n")
    live = shop.live("ccc333", "CREATE INDEX b ON invoice (number)",
                     "UPDATE shop_version SET version_num = 'eee555'")  # fmt: skip
    assert told(find_drift(shop.project, live)) == {
        "a": (
            "outside-migrations",
            "as it was before revision ddd444 (change ddd444): "
            "undone by hand, or stamped but not run",
        )
    }


def test_a_part_of_a_pending_revision_is_told_as_such(shop: Shop) -> None:
    live = shop.live("bbb222", "CREATE TABLE one (a INTEGER)")
    shop.revision(
        "ddd444",
        "bbb222",
        "op.create_table('one', sa.Column('a', sa.Integer))\n"
        "op.create_table('two', sa.Column('a', sa.Integer))",
    )
    shop.revision("ccc333", "ddd444", "pass")
    drift = find_drift(shop.project, live)
    assert told(drift) == {
        "one": (
            "partly-applied",
            "partly applied revision ddd444 (change ddd444): 1 of its 2 changes are there; "
            "it failed halfway, or was begun by hand",
        )
    }
    assert drift.verdict.startswith("1 change of a partly applied revision")
    assert [item.name for item in drift.pending] == ["two"]


def test_what_the_models_have_too_misses_a_migration(shop: Shop) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(
        shop.project, shop.live("ccc333", "ALTER TABLE invoice ADD COLUMN paid INTEGER")
    )
    assert told(drift) == {
        "paid": ("missing-migration", "the models have it so too: write a migration")
    }


def test_what_nothing_explains_is_counted(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("ccc333", "CREATE TABLE extra (a INTEGER)"))
    assert told(drift) == {"extra": ("outside-migrations", None)}
    assert drift.verdict == "1 change outside migrations, 1 unexplained"
    assert [item.name for item in drift.unexplained] == ["extra"]
    assert any("is in no Git repository" in note for note in drift.notes)


def test_models_that_are_ahead_say_what_to_do(shop: Shop) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(shop.project, shop.live("ccc333"))
    assert [item.explanation for item in drift.models] == [
        "only the models have it: write a migration that makes it"
    ]


# -- edited after it was applied --------------------------------------------------------------


def test_an_edited_revision_is_proved_by_replaying_its_older_text(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", GADGET)
    live = shop.live("ccc333", "CREATE TABLE gadget (id INTEGER, size INTEGER)",
                     "UPDATE shop_version SET version_num = 'ddd444'")  # fmt: skip
    shop.commit("Add gadgets")
    shop.revision("ddd444", "ccc333", GADGET.replace("'size'", "'weight'"))
    commit = shop.commit("Weigh gadgets", author="Grace Hopper", date="2024-05-06")
    drift = find_drift(shop.project, live)
    assert {item.cause for item in drift.differences} == {"edited-revision"}
    assert drift.differences[0].explanation == (
        "revision ddd444 (change ddd444) was edited after it was applied: "
        f"commit {commit} on 2024-05-06 by Grace Hopper changed line 12; "
        "live is as the older text made it"
    )
    assert "from an edited revision" in drift.verdict


def test_an_edit_that_is_not_committed_is_proved_too(shop: Shop) -> None:
    live = shop.live("ccc333")
    shop.commit("Begin")
    path = shop.versions / "ccc333_change.py"
    path.write_text(path.read_text().replace("sa.String(20)", "sa.String(30)"))
    [difference] = find_drift(shop.project, live).differences
    assert difference.cause == "edited-revision"
    assert "not committed yet" in str(difference.explanation)


def test_an_edit_of_two_files_in_one_commit_is_proved(shop: Shop) -> None:
    change = "op.alter_column('invoice', 'number', new_column_name='no')"
    shop.revision("ddd444", "ccc333", "pass")
    live = shop.live("ccc333", "ALTER TABLE invoice RENAME COLUMN number TO nr",
                     "UPDATE shop_version SET version_num = 'ddd444'")  # fmt: skip
    path = shop.versions / "ccc333_change.py"
    text = path.read_text()
    path.write_text(text.replace("'number'", "'n'"))
    shop.revision("ddd444", "ccc333", change.replace("'number'", "'n'").replace("'no'", "'nr'"))
    shop.commit("Begin")
    path.write_text(text)
    shop.revision("ddd444", "ccc333", change)
    shop.commit("Call it otherwise")
    [difference] = find_drift(shop.project, live).differences
    assert difference.cause == "edited-revision"
    assert "revision ccc333" in str(difference.explanation)
    assert "revision ddd444" in str(difference.explanation)


def test_an_older_text_that_made_something_else_proves_nothing(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    shop.revision("ddd444", "ccc333", GADGET.replace("'size'", "'weight'"))
    shop.commit("Weigh gadgets")
    live = shop.live("ccc333", "CREATE TABLE gadget (id INTEGER, hue INTEGER)",
                     "UPDATE shop_version SET version_num = 'ddd444'")  # fmt: skip
    drift = find_drift(shop.project, live)
    assert "edited-revision" not in {item.cause for item in drift.differences}


def test_a_comment_in_a_revision_is_no_edit(shop: Shop) -> None:
    shop.commit("Begin")
    path = shop.versions / "ccc333_change.py"
    path.write_text(path.read_text() + "\n# a word on invoice\n")
    shop.commit("Comment")
    drift = find_drift(shop.project, shop.live("ccc333", "CREATE INDEX i ON invoice (number)"))
    assert told(drift) == {"i": ("outside-migrations", None)}


def test_the_projects_own_files_stay_as_they_are(shop: Shop) -> None:
    live = shop.live("ccc333")
    shop.commit("Begin")
    path = shop.versions / "ccc333_change.py"
    path.write_text(path.read_text().replace("sa.String(20)", "sa.String(30)"))
    before = {each: each.read_bytes() for each in shop.versions.iterdir() if each.is_file()}
    find_drift(shop.project, live)
    assert {e: e.read_bytes() for e in shop.versions.iterdir() if e.is_file()} == before


# -- made by a file that is gone --------------------------------------------------------------


def test_a_table_of_a_deleted_revision_is_explained(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    commit = shop.commit("Drop that")
    drift = find_drift(
        shop.project, shop.live("ccc333", "CREATE TABLE gadget (id INTEGER, size INTEGER)")
    )
    assert drift.verdict == "1 change outside migrations, 0 unexplained"
    assert drift.differences[0].explanation == (
        "made by revision ddd444 (change ddd444), "
        f"deleted in commit {commit} on 2024-03-02 by Ada Lovelace"
    )
    assert drift.notes == ()


# -- judged apart -----------------------------------------------------------------------------


def test_a_revision_that_a_person_names_is_compared_with(shop: Shop) -> None:
    url = shop.live("bbb222", "DELETE FROM shop_version", "CREATE TABLE extra (a INTEGER)")
    drift = find_drift(shop.project, url, at="bbb2")
    assert told(drift) == {"extra": ("outside-migrations", None)}
    assert drift.stamp == ("bbb222",)
    assert drift.notes[0] == (
        "compared with bbb222, as asked; the database is stamped with nothing"
    )


def test_agreed_differences_leave_the_verdict_and_stay_in_sight(shop: Shop) -> None:
    url = shop.live("ccc333", "CREATE TABLE extra (a INTEGER)")
    path = shop.root / "drift-accepted.toml"
    path.write_text('[[accepted]]\nobject = "table extra"\nreason = "for the import"\n')
    drift = find_drift(shop.project, url)
    assert drift.is_clean
    assert drift.verdict == "no drift, 1 accepted"
    assert [(item.name, item.accepted) for item in drift.accepted] == [("extra", "for the import")]
    path.write_text(path.read_text() + "until = 2020-01-01\n")
    drift = find_drift(shop.project, url)
    assert not drift.is_clean
    assert "ran out on 2020-01-01" in drift.accepted_problems[0]


def test_a_stale_entry_is_told_and_changes_no_verdict(shop: Shop) -> None:
    path = shop.root / "drift-accepted.toml"
    path.write_text('[[accepted]]\nobject = "table gone"\nreason = "for the import"\n')
    drift = find_drift(shop.project, shop.live("ccc333"))
    assert drift.is_clean
    assert "applies to nothing any more" in drift.accepted_problems[0]
