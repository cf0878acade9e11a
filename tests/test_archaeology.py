"""Git remembers the revision files that are gone, those of other branches, and older texts."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from schema.archaeology import Archaeology
from schema.archaeology.finds import changed_lines, message_in, revision_in
from schema.archaeology.mentions import mentions
from schema.compare import Difference

if TYPE_CHECKING:
    from tests.conftest import Shop

GADGET = "op.create_table('gadget', sa.Column('id', sa.Integer), sa.Column('size', sa.Integer))"


def table(name: str) -> Difference:
    return Difference("table", None, None, name, "added")


def column(table_name: str, name: str, change: str = "added") -> Difference:
    return Difference("column", None, table_name, name, change)


def words(shop: Shop, change: Difference) -> str | None:
    origin = Archaeology(shop.project).origin(change)
    return None if origin is None else origin.words


# -- where it was made ------------------------------------------------------------------------


def test_a_deleted_revision_is_named_with_the_commit_that_deleted_it(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets", date="2024-01-05")
    path.unlink()
    commit = shop.commit("Drop that", author="Grace Hopper", date="2024-03-02")
    assert words(shop, table("gadget")) == (
        "made by revision ddd444 (change ddd444), "
        f"deleted in commit {commit} on 2024-03-02 by Grace Hopper"
    )
    assert words(shop, table("widget")) is None


@pytest.mark.parametrize(
    ("date", "told"),
    [("1400000000 +51800", " on 2014-06-04"), ("253402300800 +0000", ""), ("x +0000", "")],
)
def test_a_commit_may_bear_a_date_that_cannot_be(shop: Shop, date: str, told: str) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    shop.commit("Drop them")
    text = "\n".join(
        [
            f"tree {shop.git('rev-parse', 'HEAD^{tree}')}",
            f"parent {shop.git('rev-parse', 'HEAD~')}",
            f"author Ada <a@example.org> {date}",
            f"committer Ada <a@example.org> {date}",
            "",
            "Drop them",
        ]
    )
    (shop.root / "commit").write_text(text)
    commit = shop.git("hash-object", "-t", "commit", "-w", "--literally", "commit")
    shop.git("update-ref", "refs/heads/main", commit)
    said = words(shop, table("gadget"))
    assert said is not None
    assert said.endswith(f"deleted in commit {commit[:7]}{told} by Ada")


def test_a_folder_may_be_named_like_a_revision_file(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    (shop.versions / "old.py").mkdir()
    assert words(shop, table("gadget"))


def test_a_deletion_that_is_not_committed_is_told(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    told = words(shop, table("gadget"))
    assert told is not None
    assert told.endswith("whose file is gone, which is not committed")


def test_a_revision_of_another_branch_is_named_with_it(shop: Shop) -> None:
    shop.commit("Begin")
    shop.git("checkout", "-q", "-b", "feature/gadgets")
    shop.revision("ddd444", "ccc333", GADGET)
    commit = shop.commit("Add gadgets")
    shop.git("checkout", "-q", "main")
    assert words(shop, table("gadget")) == (
        "made by revision ddd444 (change ddd444) of feature/gadgets, which is not merged here "
        f"(commit {commit} on 2024-03-02 by Ada Lovelace)"
    )


def test_a_remote_tracking_branch_counts_too(shop: Shop) -> None:
    shop.commit("Begin")
    shop.git("checkout", "-q", "-b", "theirs")
    shop.revision("ddd444", "ccc333", GADGET)
    commit = shop.commit("Add gadgets")
    shop.git("checkout", "-q", "main")
    shop.git("update-ref", "refs/remotes/origin/gadgets", "theirs")
    shop.git("branch", "-q", "-D", "theirs")
    told = words(shop, table("gadget"))
    assert told is not None
    assert f"of origin/gadgets, which is not merged here (commit {commit}" in told


def test_a_file_deleted_on_a_side_branch_that_was_merged_is_found(shop: Shop) -> None:
    shop.commit("Begin")
    shop.git("checkout", "-q", "-b", "side")
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    commit = shop.commit("Take gadgets away")
    shop.git("checkout", "-q", "main")
    (shop.root / "README").write_text("shop")
    shop.commit("Write a README")
    shop.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    told = words(shop, table("gadget"))
    assert told is not None
    assert f"deleted in commit {commit}" in told


def test_a_file_that_a_merge_left_out_is_found(shop: Shop) -> None:
    shop.commit("Begin")
    shop.git("checkout", "-q", "-b", "side")
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    shop.git("checkout", "-q", "main")
    (shop.root / "README").write_text("shop")
    shop.commit("Write a README")
    shop.git("merge", "-q", "--no-ff", "--no-commit", "side")
    shop.git("rm", "-qf", str(path))
    shop.commit("Merge side, without its revision")
    told = words(shop, table("gadget"))
    assert told == "made by revision ddd444 (change ddd444), which a merge left out"


def test_an_older_text_of_a_present_file_is_found(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    shop.revision("ddd444", "ccc333", GADGET.replace("size", "weight"))
    commit = shop.commit("Weigh gadgets")
    told = words(shop, column("gadget", "size"))
    assert told is not None
    assert told.startswith("made by revision ddd444")
    assert f"whose text was changed in commit {commit} on 2024-03-02" in told
    assert words(shop, column("gadget", "weight")) is None


def test_a_renamed_file_is_no_deleted_one(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.rename(path.with_name("ddd444_gadgets.py"))
    shop.commit("Call the file by what it does")
    assert words(shop, table("gadget")) is None


def test_revisions_that_lay_in_another_folder_are_found(shop: Shop) -> None:
    old = shop.root / "alembic_old" / "versions"
    old.mkdir(parents=True)
    shop.revision("ddd444", "ccc333", GADGET).rename(old / "ddd444_gadgets.py")
    shop.commit("Add gadgets")
    (old / "ddd444_gadgets.py").unlink()
    shop.commit("Start anew")
    told = words(shop, table("gadget"))
    assert told is not None
    assert "in alembic_old/versions/ddd444_gadgets.py" in told


def test_the_revision_of_an_unknown_stamp_is_found(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    commit = shop.commit("Drop that")
    found = Archaeology(shop.project).revision("ddd444")
    assert found is not None
    assert found.words == (
        f"revision ddd444 (change ddd444), deleted in commit {commit} on 2024-03-02 by Ada Lovelace"
    )
    assert Archaeology(shop.project).revision("eee555") is None


# -- where nothing can be searched ------------------------------------------------------------


def test_without_a_repository_nothing_is_found_and_that_is_told(shop: Shop) -> None:
    found = Archaeology(shop.project)
    assert found.origin(table("gadget")) is None
    assert found.note.startswith("Git was not searched")
    assert "is in no Git repository" in found.note


def test_without_git_nothing_is_found_and_that_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.commit("Begin")
    monkeypatch.setenv("PATH", str(shop.root))
    assert "git cannot be run" in Archaeology(shop.project).note


def test_a_repository_without_a_commit_holds_nothing(shop: Shop) -> None:
    shop.git("init", "-q")
    found = Archaeology(shop.project)
    assert found.origin(table("gadget")) is None
    assert found.note == ""


def test_a_shallow_clone_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.commit("Begin")
    shop.revision("ddd444", "ccc333")
    shop.commit("Go on")
    shop.git("clone", "-q", "--depth=1", f"file://{shop.root}", "shallow")
    from schema.project import Project

    with Project.open(shop.root / "shallow") as project:
        assert "shallow" in Archaeology(project).note


def sign(shop: Shop) -> None:
    """Give the last commit a signature, which the configured program would have to check."""
    told = shop.git("cat-file", "commit", "HEAD")
    head, message = told.split("\n\n", 1)
    begin, end = "-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----"
    path = shop.root / "signed.sqlite"  # a name that is not committed
    path.write_text(f"{head}\ngpgsig {begin}\n \n AAAA\n {end}\n\n{message}\n")
    shop.git("update-ref", "HEAD", shop.git("hash-object", "-t", "commit", "-w", str(path)))


def test_nothing_that_a_repository_configures_is_run(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    (shop.root / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
    shop.commit("Drop that")
    sign(shop)
    trap = shop.root / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{shop.root}/sprung'\nexec cat\n")
    trap.chmod(0o755)
    for setting in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "gpg.program",
        "pager.log",
    ):
        shop.git("config", setting, str(trap))
    shop.git("config", "log.showSignature", "true")
    assert words(shop, table("gadget")) is not None
    assert not (shop.root / "sprung").exists()


def test_the_repository_is_left_as_it_was(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    before = {each: each.stat().st_mtime_ns for each in (shop.root / ".git").rglob("*")}
    words(shop, table("gadget"))
    assert {each: each.stat().st_mtime_ns for each in (shop.root / ".git").rglob("*")} == before


def test_variables_that_lead_to_another_repository_do_not_count(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.revision("ddd444", "ccc333", GADGET)
    shop.commit("Add gadgets")
    path.unlink()
    other = shop.root.parent / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert words(shop, table("gadget")) is not None


# -- what a text does -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("op.create_table('t', sa.Column('c', sa.Integer))", table("t")),
        ("op.create_table('t', sa.Column('c', sa.Integer))", column("t", "c")),
        ("op.rename_table('s', 't')", table("t")),
        ("op.add_column('t', sa.Column('c', sa.Integer))", column("t", "c")),
        ("op.drop_column('t', 'c')", column("t", "c", "removed")),
        ("op.alter_column('t', 'c', type_=sa.Text)", column("t", "c", "changed")),
        ("op.alter_column('t', 'b', new_column_name='c')", column("t", "c")),
        (
            "with op.batch_alter_table('t') as b:\n        b.add_column(sa.Column('c', sa.Text))",
            column("t", "c"),
        ),
        ("op.create_index('i', 't', ['c'])", Difference("index", None, "t", "i", "added")),
        ("op.create_index(op.f('i'), 't', ['c'])", Difference("index", None, "t", "i", "added")),
        ("op.drop_index('i')", Difference("index", None, "t", "i", "removed")),
        (
            "op.create_unique_constraint('u', 't', ['c'])",
            Difference("unique", None, "t", "u", "added"),
        ),
        (
            "op.create_unique_constraint(None, 't', ['a', 'b'])",
            Difference("unique", None, "t", "t_a_b_key", "added", {"columns": (None, ("a", "b"))}),
        ),
        (
            "sa.Enum('a', name='mood').create(op.get_bind())",
            Difference("enum", None, None, "mood", "added"),
        ),
        (
            "op.execute('CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END')",
            Difference("trigger", None, "t", "g", "added"),
        ),
        (
            "op.execute('CREATE VIEW \"V\" AS SELECT 1')",
            Difference("view", None, None, "v", "added"),
        ),
        ("op.execute('alter table t add column c int')", column("t", "c")),
        ("op.execute(f'DROP VIEW v {x}')", Difference("view", None, None, "v", "removed")),
    ],
)
def test_a_text_that_makes_an_object_is_recognised(body: str, change: Difference) -> None:
    text = f"def upgrade():\n    {body}\n"
    assert any(found.fits(change) for found in mentions(text))
    down = f"def downgrade():\n    {body}\n"
    assert not any(found.fits(change) for found in mentions(down))


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("op.create_table('t', sa.Column('c', sa.Integer))", column("s", "c")),
        ("op.drop_column('t', 'c')", column("t", "c")),
        ("op.add_column('t', sa.Column('c', sa.Integer))", column("t", "c", "removed")),
        ("op.execute('UPDATE t SET c = 1')", column("t", "c", "changed")),
        ("op.execute('CREATE TABLE t2 (c int)')", table("t")),
        ("op.create_index('i', 't', ['c'])", Difference("index", None, "s", "i", "added")),
    ],
)
def test_a_text_that_does_something_else_is_not(body: str, change: Difference) -> None:
    assert not any(found.fits(change) for found in mentions(f"def upgrade():\n    {body}\n"))


def test_a_text_that_is_no_python_does_nothing() -> None:
    assert mentions("<<<<<<< HEAD\n") == frozenset()


def test_a_file_says_its_id_and_its_message() -> None:
    text = '# -*- coding -*-\n"""Adds a thing.\n\nRevision ID: x\n"""\nrevision: str = "a1b2"\n'
    assert revision_in(text) == "a1b2"
    assert message_in(text) == "Adds a thing."
    assert revision_in("import os\n") is None
    assert message_in("import os\n") == ""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("a\nb\nc", "nothing"),
        ("a\nB\nc", "line 2"),
        ("A\nB\nc\nd", "lines 1-2, 4"),
        ("a\nc", "line 2"),
    ],
)
def test_changed_lines_are_those_of_the_new_text(new: str, expected: str) -> None:
    assert changed_lines("a\nb\nc", new) == expected
