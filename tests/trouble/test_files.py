"""Files among the revisions that Alembic stumbles over or passes by, and what only looks odd."""

from __future__ import annotations

import os
import py_compile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema.history import read_history
from schema.trouble import Diagnosis, Trouble
from schema.trouble.past import Past
from tests.trouble.conftest import Lab, advised, commands

if TYPE_CHECKING:
    from tests.conftest import Shop

Told = Callable[[Diagnosis, str], Trouble]


@pytest.fixture
def lab(shop: Shop) -> Lab:
    """On SQLite at the first revision, so that the second is pending."""
    return Lab(shop, shop.live("aaa111"))


@pytest.fixture
def second(lab: Lab) -> Path:
    return lab.versions / "bbb222_change.py"


def test_nothing_is_wrong_with_a_project_that_is_well(lab: Lab) -> None:
    found = lab.diagnose()
    assert not found
    assert found.verdict == "nothing is wrong"
    assert found.looked_at[0] == "3 revisions in files"


def test_what_only_looks_odd_is_read_and_run(lab: Lab, second: Path) -> None:
    """Line ends of Windows, a byte order mark, tabs, and Latin-1 with a coding line."""
    first, third = lab.versions / "aaa111_change.py", lab.versions / "ccc333_change.py"
    first.write_bytes(b"\xef\xbb\xbf" + first.read_bytes().replace(b"\n", b"\r\n"))
    second.write_bytes(second.read_bytes().replace(b"    ", b"\t"))
    german = third.read_bytes().replace(b"change", b"\xe4nderung", 1)
    third.write_bytes(b"# -*- coding: latin-1 -*-\n" + german)
    lab.shop.commit("odd looks")
    with lab.open() as project:
        assert not project.diagnose()
        assert [item.message for item in read_history(project)] == [
            "änderung ccc333", "change bbb222", "change aaa111",
        ]  # fmt: skip
        assert not any(step.failure for step in project.timeline().steps)
    third.unlink()
    with lab.open() as project:
        lost = Past(project).lost("ccc333")
    assert lost is not None, "Git's files are decoded as they say, too"
    assert lost.version.message == "änderung ccc333"


def test_a_merge_that_was_not_finished(lab: Lab, second: Path, told: Told) -> None:
    text = second.read_text()
    ours, theirs = text.partition("def upgrade")[::2]
    second.write_text(
        f"{ours}<<<<<<< HEAD\ndef upgrade{theirs}=======\ndef upgrade(): pass\n>>>>>>> feature\n"
    )
    trouble = told(lab.diagnose(), "conflict-markers")
    assert trouble.said.startswith("migrations/versions/bbb222_change.py holds")
    assert trouble.known == ("The two sides are HEAD and feature.",)
    assert trouble.blocks


def test_latin_1_without_a_coding_line(lab: Lab, second: Path, told: Told) -> None:
    second.write_bytes(second.read_bytes().replace(b"change", b"\xe4nderung", 1))
    found = lab.diagnose()
    trouble = told(found, "wrong-encoding")
    assert len(found) == 1, "that the next one lacks its parent follows from it"
    assert "line 1 holds the byte 0xe4" in trouble.said
    assert "'ä'" in trouble.known[1]
    line = advised(trouble, "first line").said.partition("first line: ")[2]
    second.write_bytes(line.encode() + b"\n" + second.read_bytes())
    assert not lab.diagnose()


def test_a_nul_byte_and_utf_16(lab: Lab, second: Path, told: Told) -> None:
    text = second.read_text()
    second.write_bytes(text.encode() + b"\0\n")
    assert "in line 16" in told(lab.diagnose(), "no-python-text").said
    second.write_text(text, encoding="utf-16")
    trouble = told(lab.diagnose(), "no-python-text")
    assert "UTF-16" in trouble.known[0]
    lab.shell(commands(trouble)[0])
    assert not lab.diagnose()


def test_a_syntax_error_is_told_with_its_line(lab: Lab, second: Path, told: Told) -> None:
    second.write_text(second.read_text() + "\ndef broken(:\n")
    trouble = told(lab.diagnose(), "syntax-error")
    assert "bbb222_change.py, line 17" in trouble.said
    assert "def broken(:" in trouble.known[0]
    assert commands(trouble) == [], "there is no Git to ask"


def test_tabs_mixed_with_blanks(lab: Lab, second: Path, told: Told) -> None:
    second.write_text(second.read_text() + "\nif True:\n        a = 1\n\tb = 2\n")
    trouble = told(lab.diagnose(), "syntax-error")
    assert "Tabs and blanks are mixed" in trouble.known[-1]


def test_a_file_without_a_revision(lab: Lab, second: Path, told: Told) -> None:
    second.write_text("x = 1\n")
    found = lab.diagnose()
    assert "bbb222_change.py sets no 'revision'" in told(found, "no-revision-id").said
    assert len(found) == 1


def test_a_file_that_may_not_be_read(lab: Lab, second: Path, told: Told) -> None:
    if os.geteuid() == 0:  # root may read anything: so it is a folder, which nobody can read
        second.unlink()
        (second.parent / "zzz999_change.py").symlink_to(second.parent)
        with pytest.raises(OSError, match="directory"):
            (second.parent / "zzz999_change.py").read_bytes()
        second.symlink_to(second.parent / "gone.py")
    else:
        second.chmod(0)
    trouble = told(lab.diagnose(), "unreadable-file")
    assert "bbb222_change.py" in trouble.said


@pytest.mark.parametrize("name", ["bbb222_change.py.orig", "bbb222_change.txt", "bbb222_change"])
def test_a_name_that_does_not_end_in_py(lab: Lab, second: Path, told: Told, name: str) -> None:
    second.rename(second.with_name(name))
    found = lab.diagnose()
    trouble = told(found, "not-named-py")
    assert len(found) == 1
    assert trouble.blocks
    lab.shell(commands(trouble)[0])
    assert not lab.diagnose()


def test_a_backup_beside_its_file_is_no_trouble(lab: Lab, second: Path) -> None:
    (second.parent / "bbb222_change.py.orig").write_bytes(second.read_bytes())
    assert not lab.diagnose()


def test_a_subfolder_that_is_not_looked_into(lab: Lab, second: Path, told: Told) -> None:
    (second.parent / "2024").mkdir()
    second.rename(second.parent / "2024" / second.name)
    lab.shop.commit("moved")
    trouble = told(lab.diagnose(), "in-a-subfolder")
    ini = lab.root / "alembic.ini"
    option = trouble.advice[0].said.partition(": ")[2]
    whole = ini.read_text()
    ini.write_text(whole.replace("[alembic]", f"[alembic]\n{option}"))
    assert not lab.diagnose()
    ini.write_text(whole)
    lab.shell(commands(trouble)[0])
    assert not lab.diagnose()


@pytest.mark.parametrize("cached", [False, True])
def test_only_the_compiled_file_is_left(lab: Lab, second: Path, told: Told, cached: bool) -> None:
    place = None if cached else str(second.with_suffix(".pyc"))
    py_compile.compile(str(second), cfile=place, doraise=True)
    second.unlink()
    found = lab.diagnose()
    trouble = told(found, "compiled-only")
    assert len(found) == 1
    assert "only with sourceless = true" in trouble.known[0]
    assert "bbb222" in trouble.said
