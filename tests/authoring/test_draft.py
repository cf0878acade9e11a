"""A change is made in a copy: nothing of the project is touched until one says write."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema import scratch
from schema.authoring import Draft
from schema.errors import RevisionError, WorkbenchError
from schema.folders import scratch_folder
from schema.history import read_history
from schema.project import Project
from schema.unfinished import ENDING

if TYPE_CHECKING:
    from tests.conftest import Shop

Digest = Callable[[Path], dict[str, str]]

MAIL = "    mail = Column(String(80))\n"


def edited(draft: Draft, old: str, new: str) -> None:
    text = draft.text("shop.py")
    assert old in text
    draft.edit("shop.py", text.replace(old, new))


def test_it_names_the_files_that_define_the_tables(drafted: Draft) -> None:
    [models] = drafted.models
    assert models.path == "shop.py"
    assert models.tables == ("customer", "invoice")
    assert "class Customer" in drafted.text(models)


def test_without_a_change_of_the_models_no_file_is_written(drafted: Draft) -> None:
    reading = drafted.autogenerate("nothing")
    assert reading.is_empty
    assert reading.verdict.startswith("no change")
    assert not drafted.changes()
    assert len(list(drafted.project.version_locations[0].glob("*.py"))) == 3
    with pytest.raises(WorkbenchError, match="no revision in this draft"):
        drafted.write()


def test_a_syntax_error_is_told_with_its_line_and_changes_nothing(drafted: Draft) -> None:
    before = drafted.text("shop.py")
    with pytest.raises(WorkbenchError, match=r"shop.py, line 3: .*'class:'"):
        drafted.edit("shop.py", "import os\n\nclass:\n")
    assert drafted.text("shop.py") == before


def test_nothing_of_the_project_changes_before_write(
    drafted: Draft, shop: Shop, digest: Digest
) -> None:
    live = shop.live("ccc333")
    before = digest(shop.root)
    edited(drafted, MAIL, MAIL + "    phone = Column(String(20), nullable=False)\n")
    reading = drafted.autogenerate("phones")
    assert drafted.mend(reading.mend("fill")).is_complete
    trip = drafted.rehearse(live).trip
    assert trip is not None
    assert trip.schema_restored
    assert digest(shop.root) == before

    written = drafted.write(models=True)
    after = digest(shop.root)
    new = str(written.revision.relative_to(shop.root))
    assert set(after) - set(before) == {new}
    assert {name for name in before if after[name] != before[name]} == {"shop.py"}
    assert read_history(shop.project).heads == (reading.revision,)
    assert "phone" in shop.models.read_text()


def test_the_diff_can_be_applied(drafted: Draft, shop: Shop) -> None:
    edited(drafted, MAIL, MAIL + "    phone = Column(String(20))\n")
    drafted.autogenerate("phones")
    changes = drafted.changes()
    assert changes.files[0].path == "shop.py"
    assert list(changes.frame()["is_new"]) == [False, True]
    (shop.root / "change.diff").write_text(changes.text)
    shop.git("init", "-q")
    shop.git("apply", "change.diff")
    assert "phone" in shop.models.read_text()
    assert len(read_history(shop.project)) == 4


def test_it_refuses_to_overwrite_and_to_lose_what_others_did(drafted: Draft, shop: Shop) -> None:
    edited(drafted, MAIL, MAIL + "    phone = Column(String(20))\n")
    drafted.autogenerate("phones")
    shop.models.write_text(shop.models.read_text() + "\n# somebody else\n")
    with pytest.raises(WorkbenchError, match="changed since the draft began"):
        drafted.write(models=True)
    assert len(read_history(shop.project)) == 3, "nothing was written"

    written = drafted.write()
    assert "the edits of 1 model file" in written.words
    assert "phone" not in shop.models.read_text()
    written.revision.write_text("# mine")
    with pytest.raises(WorkbenchError, match="is there already"):
        drafted.write(beside=True)
    assert written.revision.read_text() == "# mine"


def test_a_colleague_who_was_quicker_is_seen(drafted: Draft, shop: Shop) -> None:
    edited(drafted, MAIL, MAIL + "    phone = Column(String(20))\n")
    reading = drafted.autogenerate("phones")
    shop.revision("ddd444", "ccc333")
    with pytest.raises(RevisionError, match=r"ddd444 by now: somebody was quicker"):
        drafted.write()
    drafted.write(beside=True)
    assert set(read_history(shop.project).heads) == {"ddd444", reading.revision}


def test_the_filters_and_the_options_of_env_py_hold(drafted: Draft, shop: Shop) -> None:
    """Its version table has another name, and tables that begin with ignored_ are left out."""
    text = drafted.text("shop.py")
    drafted.edit("shop.py", text + text[text.index("class Invoice") :].replace(
        "Invoice", "Ignored").replace('"invoice"', '"ignored_it"'))  # fmt: skip
    assert drafted.autogenerate("ignored").is_empty


def test_the_directives_of_env_py_are_heeded(drafted: Draft) -> None:
    name = "migrations/env.py"
    hook = (
        "def number(context, revision, directives):\n"
        "    directives[0].rev_id = '0004'\n\n"
        "with create_engine"
    )
    text = drafted.text(name).replace("with create_engine", hook)
    text = text.replace(
        "connection=connection,",
        "connection=connection,\n        process_revision_directives=number,",
    )
    drafted.edit(name, text)
    edited(drafted, MAIL, MAIL + "    phone = Column(String(20))\n")
    assert drafted.autogenerate("phones").revision == "0004"


def test_a_text_of_ones_own_is_checked(drafted: Draft) -> None:
    edited(drafted, MAIL, MAIL + "    phone = Column(String(20))\n")
    reading = drafted.autogenerate("phones")
    with pytest.raises(WorkbenchError, match=rf"{reading.filename}, line \d+"):
        drafted.mend(reading.text.replace("def upgrade()", "def upgrade("))
    with pytest.raises(RevisionError, match="the new text says 'other'"):
        drafted.mend(reading.text.replace(f"= '{reading.revision}'", "= 'other'"))
    with pytest.raises(RevisionError, match="follows ccc333; the new text says bbb222"):
        drafted.mend(reading.text.replace("= 'ccc333'", "= 'bbb222'"))
    with pytest.raises(RevisionError, match=r"no downgrade\(\)"):
        drafted.mend(reading.text.replace("def downgrade", "def back"))
    assert drafted.reading == reading
    own = drafted.mend(reading.text.replace("sa.String(length=20)", "sa.String(length=10)"))
    assert [item.words for item in own.unseen] == [
        "column customer.phone: type VARCHAR(10) → VARCHAR(20)"
    ]


def test_a_closed_draft_leaves_nothing(shop: Shop) -> None:
    shutil.copy(Path(__file__).parents[2] / "alembic" / "script.py.mako", shop.versions.parent)
    with Draft.start(shop.project) as draft:
        edited(draft, MAIL, MAIL + "    phone = Column(String(20))\n")
        draft.autogenerate("phones")
        draft.rehearse(made_up=True)
        folder = draft.folder
        assert folder.is_dir()
        assert scratch.find(kept=False)
    assert not folder.exists()
    assert list(scratch_folder().iterdir()) == []


def test_what_a_killed_draft_left_is_found(shop: Shop) -> None:
    with Draft.start(shop.project) as draft:
        name = draft.folder.name
    dead = scratch_folder() / f"{name.rpartition('.')[0].rpartition('.')[0]}.999999-0{ENDING}"
    dead.mkdir()
    (dead / "file").touch()
    [found] = scratch.find(kept=False)
    assert not found.complete
    found.drop()
    assert not dead.exists()


@pytest.mark.parametrize("name", ["asynchronous", "legacy"])
def test_projects_of_other_shapes(name: str, tmp_path: Path, digest: Digest) -> None:
    root = tmp_path / name
    shutil.copytree(Path(__file__).parents[1] / "projects" / name, root)
    before = digest(root)
    with Project.open(root) as project, Draft.start(project) as draft:
        [models] = draft.models
        text = draft.text(models)
        line = next(line for line in text.splitlines() if "email" in line and "=" in line)
        draft.edit(models, text.replace(line, f"{line}\n{line.replace('email', 'phone')}"))
        reading = draft.autogenerate("phones")
        assert "phone" in reading.text, reading
        assert reading.error is None
    assert digest(root) == before


def test_models_outside_of_the_root_are_copied_too(shop: Shop, tmp_path: Path) -> None:
    """A package beside the config's folder, found by the search path alone."""
    package = tmp_path / "elsewhere" / "goods"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "tables.py").write_text(shop.models.read_text())
    shop.models.write_text("from goods.tables import Base\n")
    (tmp_path / "elsewhere" / "node_modules").mkdir()
    ini = shop.root / "alembic.ini"
    text = ini.read_text().replace("[alembic]", "[alembic]\npath_separator = os")
    ini.write_text(text.replace("sys_path = .", "sys_path = .:%(here)s/../elsewhere"))
    with Project.open(ini) as project, Draft.start(project) as draft:
        [models] = draft.models
        assert models.path == str(package / "tables.py")
        text = draft.text(models)
        draft.edit(models, text.replace(MAIL, MAIL + "    phone = Column(String(9))\n"))
        assert "phone" in draft.autogenerate("phones").text
    assert "phone" not in (package / "tables.py").read_text()


def test_large_and_private_things_are_left_out(shop: Shop) -> None:
    (shop.root / "data.csv").write_bytes(b"x" * 6_000_000)
    (shop.root / ".git").mkdir()
    (shop.root / "env").mkdir()
    (shop.root / "env" / "pyvenv.cfg").touch()
    (shop.root / "loop").symlink_to(shop.root)
    (shop.root / "link.py").symlink_to(shop.models)
    shop.live("ccc333")
    with Draft.start(shop.project) as draft:
        assert draft.left_out["data.csv"] == "6,000,000 bytes of data"
        assert draft.left_out["shop.sqlite"] == "a database"
        assert draft.left_out["loop"] == "a link into itself"
        names = {path.name for path in draft.folder.iterdir()}
        assert names == {"alembic.ini", "link.py", "migrations", "shop.py"}
        assert not any(path.is_symlink() for path in draft.folder.rglob("*"))
        with pytest.raises(WorkbenchError, match=r"data.csv in the draft: it is 6,000,000 bytes"):
            draft.text("data.csv")
