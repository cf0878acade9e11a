"""Revisions read from files, the graph, ways through it, and where a database stands."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from schema.errors import DatabaseError, ProjectCodeError, RevisionError
from schema.history import History, RevisionFile, read_current, read_history, stamps_in
from schema.history.docstring import created_on, message_of, prose_of
from schema.project import Project


class Folder:
    """A folder of revisions, which stands in for a project that has no env.py."""

    recursive_version_locations = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[str] = []

    @property
    def version_locations(self) -> tuple[Path, ...]:
        return (self.path,)

    def add(self, identifier: str, *parents: str, body: str = "", name: str = "") -> Path:
        down = repr(parents[0] if len(parents) == 1 else parents or None)
        text = f'"""Message of {identifier}\n\nCreate Date: 2024-02-03 04:05:06\n"""\n'
        text += f"revision = {identifier!r}\ndown_revision = {down}\n{body}\n"
        path = self.path / (name or f"{identifier}_x.py")
        path.write_text(text)
        return path

    def revision_values(self, path: Path) -> Mapping[str, Any]:
        self.asked.append(path.name)
        if "raises" in path.name:
            raise ProjectCodeError("it raised")
        return {"revision": "computed", "down_revision": ("aaaa1",)}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def file(identifier: str, *parents: str, **more: Any) -> RevisionFile:
    return RevisionFile(identifier, parents, path=Path(f"{identifier}.py"), **more)


#: Two bases; the first branches and is merged; the second ends in a head of its own.
GRAPH = [
    file("aaaa1"),
    file("bbbb1", "aaaa1"),
    file("bbbb2", "aaaa1", labels=("side",)),
    file("cccc1", "bbbb1", "bbbb2"),
    file("dddd1", labels=("other",)),
    file("dddd2", "dddd1", depends_on=("bbbb1",)),
]


@pytest.fixture
def graph() -> History:
    return History(GRAPH)


def ids(revisions: Any) -> list[str]:
    return [revision.id for revision in revisions]


# -- the bundled project ---------------------------------------------------------------------


def test_the_bundled_history_is_in_alembics_order_with_its_messages(root: Path) -> None:
    history = read_history(Project.open(root))
    script = ScriptDirectory(str(root / "alembic"))
    expected = [(item.revision, item.doc) for item in script.walk_revisions()]
    assert [(item.id, item.message) for item in history] == expected
    assert len(history) == 14
    assert history.heads == ("7adee582ada3",)
    assert history.bases == ("57f5d41c7200",)
    assert history[-1].date == datetime(2020, 7, 21, 15, 51, 55, 334506)
    assert not history.problems


def test_order_heads_and_flags_are_alembics_own_on_a_tangled_graph(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "versions")
    folder.path.mkdir()
    folder.add("aaaa1")
    folder.add("bbbb1", "aaaa1")
    folder.add("bbbb2", "aaaa1", body="branch_labels = ['side']")
    folder.add("cccc1", "bbbb1", "bbbb2")
    folder.add("dddd1", body="branch_labels: str = 'other'")
    folder.add("dddd2", "dddd1", body="depends_on = 'side'")
    folder.add("eeee1", "cccc1")
    folder.add("eeee2", "cccc1")
    history = read_history(folder)
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    expected = list(ScriptDirectory.from_config(config).walk_revisions())
    assert ids(history) == [item.revision for item in expected]
    for mine, theirs in zip(history, expected, strict=True):
        for name in ("is_head", "is_base", "is_branch_point", "is_merge_point"):
            assert getattr(mine, name) == getattr(theirs, name), (mine.id, name)
    assert folder.asked == []


# -- files ------------------------------------------------------------------------------------


def test_a_file_is_not_run_while_its_values_are_literals(folder: Folder) -> None:
    folder.add("aaaa1", body="raise SystemExit('was run')")
    (folder.path / "bbbb1.py").write_text(
        "from typing import Union\nrevision: str = 'bbbb1'\n"
        "down_revision: Union[str, None] = ('aaaa1',)\n"
        "def upgrade():\n    revision = compute()\n"
    )
    history = read_history(folder)
    assert ids(history) == ["bbbb1", "aaaa1"]
    assert folder.asked == []


@pytest.mark.parametrize(
    "body",
    [
        "depends_on = NAMES",
        "if FLAG:\n    depends_on = 'x'",
        "from elsewhere import *",
        "from elsewhere import x as branch_labels",
        "depends_on, branch_labels = None, None",
        "depends_on = ()\ndepends_on += ('aaaa1',)",
    ],
)
def test_the_worker_is_asked_where_a_value_is_no_literal(folder: Folder, body: str) -> None:
    folder.add("aaaa1")
    folder.add("wrong", "aaaa1", body=body)
    assert ids(read_history(folder)) == ["computed", "aaaa1"]
    assert folder.asked == ["wrong_x.py"]


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_shown(folder: Folder) -> None:
    folder.add("aaaa1")
    (folder.path / "b_syntax.py").write_text("revision = 'bbbb1'\ndef upgrade(:\n")
    (folder.path / "c_empty.py").write_text("x = 1\n")
    (folder.path / "d_bytes.py").write_bytes(b"revision = '\xff'\n")
    (folder.path / "e_nul.py").write_bytes(b"revision = 'a'\x00\n")
    folder.add("ffff1", body="depends_on = f()", name="f_raises.py")
    folder.add("gg-gg", name="g_sign.py")
    (folder.path / "h_type.py").write_text("revision = 'hhhh1'\ndown_revision = 7\n")
    history = read_history(folder)
    assert ids(history) == ["aaaa1"]
    named = [problem.split(".py")[0] for problem in history.problems]
    assert named == ["b_syntax", "c_empty", "d_bytes", "e_nul", "f_raises", "g_sign", "h_type"]
    assert "line 2" in history.problems[0]
    assert "it raised" in history.problems[4]


def test_folders_below_are_read_only_when_the_config_says_so(folder: Folder) -> None:
    folder.add("aaaa1")
    below = Folder(folder.path / "below")
    below.path.mkdir()
    below.add("bbbb1", "aaaa1")
    (folder.path / "__init__.py").write_text("raise SystemExit")
    (folder.path / ".#aaaa1.py").write_text("raise SystemExit")
    assert ids(read_history(folder)) == ["aaaa1"]
    folder.recursive_version_locations = True
    assert ids(read_history(folder)) == ["bbbb1", "aaaa1"]


def test_a_folder_that_does_not_exist_holds_no_revisions(tmp_path: Path) -> None:
    history = read_history(Folder(tmp_path / "none"))
    assert list(history) == []
    assert history.heads == ()
    assert history.upgrade_path((), "heads") == []
    assert history.frame().empty


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        ("Create Date: 2020-07-21 15:51:55.334506", datetime(2020, 7, 21, 15, 51, 55, 334506)),
        ("Create Date: 2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Created: 2024-01-02 03:04:05 UTC", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("created at = 02.01.2024 03:04", datetime(2024, 1, 2, 3, 4)),
        ("Date: Tue, 02 Jan 2024 03:04:05 +0000", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Date: Tue Jan  2 03:04:05 2024", datetime(2024, 1, 2, 3, 4, 5)),
        ("Create Date: 2024/01/02", datetime(2024, 1, 2)),
        ("Create Date: soon\n\nWritten on 2024-01-02.", datetime(2024, 1, 2)),
        ("No date at all; 2024-99-99.", None),
    ],
)
def test_dates_are_read_in_their_common_forms(doc: str, expected: datetime | None) -> None:
    assert created_on(f"A message\n\n{doc}\n") == expected


def test_the_message_is_the_first_paragraph_on_one_line() -> None:
    assert message_of("Add\n  a table\n\nRevision ID: 1") == "Add a table"
    assert message_of("Revision ID: 1\nCreate Date: x") == ""


def test_prose_is_what_a_person_wrote_beside_the_message() -> None:
    fields = "Revision ID: 1\nRevises: 0\nCreate Date: 2024-01-01\n"
    assert prose_of(f"Add\n  a table\n\n{fields}\nIt holds pets.\n\nAda asked.") == (
        "It holds pets.\n\nAda asked."
    )
    assert prose_of(f"Add\n{fields}") == ""
    assert prose_of("Add a table") == ""


def test_authors_come_from_the_commit_that_added_the_file(folder: Folder) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=folder.path, check=True, capture_output=True)

    git("init", "-q")
    folder.add("aaaa1", name="ä b.py")
    git("add", ".")
    git("-c", "user.name=Zoë <i>", "commit", "-qm", "one")
    folder.add("aaaa1", name="ä b.py", body="# changed")
    git("-c", "user.name=Other", "commit", "-qam", "two")
    folder.add("bbbb1", "aaaa1")
    history = read_history(folder)
    assert history.get("aaaa1").author == "Zoë <i>".replace("<", "").replace(">", "")
    assert history.get("bbbb1").author is None


# -- a broken graph ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "word", "shown"),
    [
        ([file("aaaa1"), file("bbbb1", "gone1")], "gone1", {"aaaa1", "bbbb1"}),
        ([file("aaaa1", "bbbb1"), file("bbbb1", "aaaa1"), file("cccc1")], "circle", None),
        ([file("aaaa1", "aaaa1"), file("bbbb1")], "circle", None),
        ([file("aaaa1"), file("aaaa1"), file("bbbb1", "aaaa1")], "two files", None),
        ([file("aaaa1", labels=("x",)), file("bbbb1", labels=("x",))], "'x'", None),
        ([file("aaaa1"), file("bbbb1", "aaaa1", depends_on=("nope",))], "nope", None),
    ],
)
def test_a_broken_graph_is_shown_with_its_problem_and_not_walked(
    files: list[RevisionFile], word: str, shown: set[str] | None
) -> None:
    history = History(files)
    assert set(ids(history)) == (shown or {item.id for item in files})
    assert any(word in problem for problem in history.problems)
    with pytest.raises(RevisionError, match="broken history"):
        history.upgrade_path((), "heads")
    with pytest.raises(RevisionError, match="broken history"):
        history.downgrade_path(("aaaa1",), "base")


def test_a_missing_parent_is_still_named_by_its_child() -> None:
    revision = History([file("bbbb1", "gone1")]).get("bbbb1")
    assert revision.parents == ("gone1",)
    assert not revision.is_base


# -- names and ways ---------------------------------------------------------------------------


def test_a_revision_is_found_by_id_abbreviation_label_and_head(graph: History) -> None:
    assert graph.get("aaaa1").id == "aaaa1"
    assert graph.get("aaa").id == "aaaa1"
    assert graph.get("side").id == "bbbb2"
    assert graph.get("other@head").id == "dddd2"
    assert set(graph.resolve("heads")) == {"cccc1", "dddd2"}
    assert graph.resolve("base") == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zzzz", "no revision 'zzzz'"),
        ("bbbb", "bbbb1, bbbb2"),
        ("head", "cccc1, dddd2"),
        ("heads", "cccc1, dddd2"),
        ("base", "no revision"),
        ("", "No revision is named"),
        ("side@dddd1", "no member"),
        ("nolabel@head", "no revision"),
    ],
)
def test_a_name_that_means_no_one_revision_says_so(graph: History, name: str, message: str) -> None:
    with pytest.raises(RevisionError, match=message):
        graph.get(name)


def test_upgrade_paths_are_in_order_to_apply_and_follow_depends_on(graph: History) -> None:
    assert ids(graph.upgrade_path((), "bbbb1")) == ["aaaa1", "bbbb1"]
    assert ids(graph.upgrade_path(("bbbb1",), "cccc1")) == ["bbbb2", "cccc1"]
    assert ids(graph.upgrade_path(("dddd1",), "dddd2")) == ["aaaa1", "bbbb1", "dddd2"]
    assert ids(graph.upgrade_path(("bbbb2",), "+1")) == ["bbbb1", "cccc1"]
    assert graph.upgrade_path(("cccc1",), "aaaa1") == []


def test_a_revision_takes_the_place_of_what_it_follows_and_depends_on(graph: History) -> None:
    assert graph.advanced((), "aaaa1") == ("aaaa1",)
    assert graph.advanced(("bbbb1", "bbbb2"), "cccc1") == ("cccc1",)
    assert graph.advanced(("bbbb1", "dddd1"), "dddd2") == ("dddd2",)
    named = History([file("aaaa1", labels=("core",)), file("bbbb1", depends_on=("core",))])
    assert named.advanced(("aaaa1",), "bbbb1") == ("bbbb1",), "a label means its revision"


def test_downgrade_paths_are_in_order_to_undo(graph: History) -> None:
    assert ids(graph.downgrade_path(("bbbb1",), "-1")) == ["bbbb1"]
    assert ids(graph.downgrade_path(("cccc1",), "base"))[0] == "cccc1"
    assert set(ids(graph.downgrade_path(("cccc1",), "base"))) == {
        "cccc1",
        "bbbb1",
        "bbbb2",
        "aaaa1",
    }
    assert graph.downgrade_path(("cccc1",), "cccc1") == []


def test_a_way_that_does_not_exist_is_refused_with_the_reason(graph: History) -> None:
    with pytest.raises(RevisionError, match="stamped 'gone'"):
        graph.upgrade_path(("gone",), "heads")
    with pytest.raises(RevisionError, match=r"\+1"):
        graph.upgrade_path(("cccc1",), "+1")
    with pytest.raises(RevisionError, match="below"):
        graph.downgrade_path(("bbbb1",), "cccc1")
    with pytest.raises(RevisionError, match="ambiguous"):
        graph.downgrade_path(("cccc1", "dddd1"), "-1")
    with pytest.raises(RevisionError, match="heads are"):
        graph.upgrade_path((), "head")


# -- standing and tables ----------------------------------------------------------------------


def test_standing_tells_applied_from_pending(graph: History) -> None:
    standing = graph.standing(("dddd2",))
    assert standing["dddd2"] == "current"
    assert {name for name, where in standing.items() if where == "applied"} == {
        "dddd1", "aaaa1", "bbbb1",
    }  # fmt: skip
    assert standing["cccc1"] == standing["bbbb2"] == "pending"


def test_a_foreign_stamp_is_unknown_and_so_is_what_it_may_include(graph: History) -> None:
    standing = graph.standing(("aaaa1", "gone"))
    assert standing["aaaa1"] == "current"
    assert standing["gone"] == standing["cccc1"] == "unknown"


def test_the_frame_has_a_standing_only_with_a_database(graph: History) -> None:
    columns = ["revision", "parents", "message", "date", "author", "flags"]
    assert list(graph.frame().columns) == columns
    frame = graph.frame(("cccc1",)).set_index("revision")
    assert frame.loc["cccc1", "standing"] == "current"
    assert frame.loc["cccc1", "flags"] == "head, merge point"
    assert frame.loc["dddd2", "flags"] == "head, depends on: bbbb1"
    assert graph.to_list(())[0]["standing"] == "pending"


# -- where a database stands -------------------------------------------------------------------


def stamp(url: str, table: str, *versions: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote(table)
        connection.exec_driver_sql(f"CREATE TABLE {quoted} (version_num VARCHAR(32))")
        for version in versions:
            connection.exec_driver_sql(f"INSERT INTO {quoted} VALUES ('{version}')")
    engine.dispose()


def stamps(url: str, *table: Any) -> tuple[str, ...]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = stamps_in(connection, *table)
    engine.dispose()
    return found


def test_stamps_are_read_from_the_version_table_of_env_py(sqlite_url: str) -> None:
    stamp(sqlite_url, "my version; table", "b", "a")
    assert stamps(sqlite_url, "my version; table") == ("a", "b")
    assert stamps(sqlite_url) == ()


@pytest.mark.postgresql
def test_stamps_are_read_from_another_schema_on_postgresql(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql('CREATE SCHEMA "Own"')
        connection.exec_driver_sql('CREATE TABLE "Own"."V" (version_num text)')
        connection.exec_driver_sql("""INSERT INTO "Own"."V" VALUES ('abc')""")
    engine.dispose()
    assert stamps(postgresql_url, "V", "Own") == ("abc",)
    assert stamps(postgresql_url, "V") == ()


def test_the_bundled_projects_database_is_asked_and_not_written(
    root: Path, sqlite_url: str
) -> None:
    project = Project.open(root, url=sqlite_url)
    try:
        with pytest.raises(DatabaseError, match="no SQLite file"):
            read_current(project)
        stamp(sqlite_url, "alembic_version", "e454a81bd5a2")
        before = Path(sa.make_url(sqlite_url).database or "").read_bytes()
        assert read_current(project) == ("e454a81bd5a2",)
        assert Path(sa.make_url(sqlite_url).database or "").read_bytes() == before
    finally:
        project.close()
