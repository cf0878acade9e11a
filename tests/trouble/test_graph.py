"""A graph of revisions with something missing, twice there, or going round."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from schema.trouble import Diagnosis, Trouble
from tests.trouble.conftest import Lab, commands

Told = Callable[[Diagnosis, str], Trouble]


@pytest.fixture
def lab(small_lab: Lab) -> Lab:
    """In Git, and without a database: the graph is no matter of it."""
    small_lab.shop.commit("the shop")
    return small_lab


def kinds(found: Diagnosis) -> list[str]:
    return [item.kind for item in found if item.kind != "no-database-file"]


def test_a_parent_whose_file_was_deleted(lab: Lab, told: Told) -> None:
    lab.shop.git("branch", "before")
    (lab.versions / "bbb222_change.py").unlink()
    lab.shop.commit("tidied up", author="Grace Hopper", date="2024-05-06")
    found = lab.diagnose()
    trouble = told(found, "missing-parent")
    assert kinds(found) == ["missing-parent"]
    assert trouble.said.startswith("ccc333_change.py (revision ccc333) follows bbb222")
    known = "\n".join(trouble.known)
    assert "deleted in commit" in known
    assert "on 2024-05-06 by Grace Hopper" in known
    assert "It still stands in before." in known
    assert "the graph is whole then" in trouble.advice[0].said
    lab.shell(commands(trouble)[0])
    assert kinds(lab.diagnose()) == []


def test_several_parents_in_a_row_are_brought_back_together(lab: Lab, told: Told) -> None:
    for name in ("aaa111", "bbb222"):
        (lab.versions / f"{name}_change.py").unlink()
        lab.shop.commit(f"without {name}")
    trouble = told(lab.diagnose(), "missing-parent")
    assert "Bring the 2 files back" in trouble.advice[0].said
    lab.shell(commands(trouble)[0])
    assert kinds(lab.diagnose()) == []


def test_a_file_in_the_place_of_a_lost_one_is_kept(lab: Lab, told: Told) -> None:
    path = lab.versions / "bbb222_change.py"
    text = path.read_text().replace("bbb222", "ddd444").replace("aaa111", "ccc333")
    path.write_text(text)
    trouble = told(lab.diagnose(), "missing-parent")
    assert "as bbb222_change_bbb222.py, for bbb222_change.py now bears revision ddd444): tried " \
        "in a copy, the graph is whole then" in trouble.advice[0].said  # fmt: skip
    lab.shell(commands(trouble)[0])
    assert path.read_text() == text, "what is not committed is still there"
    assert kinds(lab.diagnose()) == []


def test_a_parent_that_nobody_knows(lab: Lab, told: Told) -> None:
    lab.shop.revision("ddd444", "nowhere")
    trouble = told(lab.diagnose(), "missing-parent")
    assert "No commit of any branch, remote-tracking branch or tag holds nowhere." in trouble.known
    assert "ddd444_change.py was not committed." in trouble.known
    assert "nothing here tells what it should be" in trouble.advice[0].said
    assert commands(trouble) == []


def test_an_id_used_twice_in_different_files(lab: Lab, told: Told) -> None:
    copied = lab.versions / "bbb222_other.py"
    text = (lab.versions / "bbb222_change.py").read_text()
    copied.write_text(text.replace("mail", "phone"))
    lab.shop.commit("copied", author="Grace Hopper", date="2024-05-06")
    trouble = told(lab.diagnose(), "id-used-twice")
    known = "\n".join(trouble.known)
    assert "bbb222_change.py was added in commit" in known
    assert "2024-03-02 by Ada Lovelace" in known
    assert "2024-05-06 by Grace Hopper" in known
    assert "takes bbb222_other.py, which it reads last" in known
    assert "They say different things." in trouble.advice[0].said
    shown = lab.alembic("show", "bbb222", ok=False)
    assert "present more than once" in shown
    assert "bbb222_other.py" in shown, "that it is the one which Alembic takes"


def test_the_same_file_twice(lab: Lab, told: Told) -> None:
    shutil.copy(lab.versions / "bbb222_change.py", lab.versions / "bbb222_change (copy).py")
    trouble = told(lab.diagnose(), "id-used-twice")
    assert "They say the same: delete one." in trouble.advice[0].said
    lab.shell(commands(trouble)[0])
    assert (lab.versions / "bbb222_change.py").exists(), "it is the committed one that stays"
    assert kinds(lab.diagnose()) == []


def test_a_circle_is_opened_by_what_git_has(lab: Lab, told: Told) -> None:
    first = lab.versions / "aaa111_change.py"
    whole = first.read_text()
    first.write_text(whole.replace("down_revision = None", "down_revision = 'ccc333'"))
    lab.shop.commit("round", author="Grace Hopper", date="2024-05-06")
    trouble = told(lab.diagnose(), "circle")
    known = "\n".join(trouble.known)
    assert "aaa111_change.py names ccc333." in known
    assert "aaa111_change.py followed nothing until commit" in known
    assert "down_revision = None. Tried in a copy" in trouble.advice[0].said


def test_a_revision_that_follows_itself(lab: Lab, told: Told) -> None:
    last = lab.versions / "ccc333_change.py"
    last.write_text(last.read_text().replace("'bbb222'", "'ccc333'"))
    trouble = told(lab.diagnose(), "circle")
    assert trouble.said == "Revision ccc333 follows itself, in ccc333_change.py."
    assert "down_revision = 'bbb222'. Tried in a copy" in trouble.advice[0].said


def test_a_circle_that_nothing_explains_is_not_guessed(lab: Lab, told: Told) -> None:
    lab.shop.revision("xxx1", "yyy1")
    lab.shop.revision("yyy1", "xxx1")
    trouble = told(lab.diagnose(), "circle")
    assert "Nothing here proves which." in trouble.advice[0].said


def test_a_branch_label_used_twice(lab: Lab, told: Told) -> None:
    for name in ("bbb222", "ccc333"):
        path = lab.versions / f"{name}_change.py"
        path.write_text(path.read_text() + "\nbranch_labels = 'billing'\n")
    found = lab.diagnose()
    assert found.of("other-graph")
    assert "The branch label 'billing'" in found.of("other-graph")[0].said


def test_a_shallow_clone_is_said_to_be_one(lab: Lab, told: Told) -> None:
    (lab.versions / "bbb222_change.py").unlink()
    lab.shop.commit("without")
    lab.shell("git clone -q --depth 1 file://$PWD clone && cp shop.py clone/")
    with lab.open() as project:
        clone = type(project).open(project.root / "clone" / "alembic.ini")
        with clone:
            trouble = told(clone.diagnose(), "missing-parent")
    assert "The clone is shallow: commits before it were not searched." in trouble.known
