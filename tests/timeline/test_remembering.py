"""What is run again, and what never is answered from memory; interruptions, and others at work."""

from __future__ import annotations

import os
import py_compile
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema import cache, folders, scratch, stopping
from schema.errors import RevisionError
from schema.replay import places
from schema.timeline import Timeline, read_timeline

if TYPE_CHECKING:
    from tests.conftest import Shop

StepsRun = Callable[..., list[str]]


def test_only_an_edited_revision_and_what_follows_it_is_run_again(
    shop: Shop, steps_run: StepsRun
) -> None:
    assert steps_run(shop.project) == ["aaa111", "bbb222", "ccc333"]
    assert steps_run(shop.project) == []
    shop.revision("ccc333", "bbb222", "op.create_table('other', sa.Column('a', sa.Integer))")
    assert steps_run(shop.project) == ["ccc333"]
    assert read_timeline(shop.project).step("ccc").tables == ("other",)
    shop.revision("ddd444", "ccc333", "op.drop_table('other')")
    assert steps_run(shop.project) == ["ddd444"]
    shop.revision("bbb222", "aaa111")
    assert steps_run(shop.project) == ["bbb222", "ccc333", "ddd444"]
    env = shop.project.script_location / "env.py"
    env.write_text(env.read_text() + "\n# edited\n")
    assert len(steps_run(shop.project)) == 4


def test_a_new_revision_that_imports_code_leaves_the_others_alone(
    shop: Shop, steps_run: StepsRun
) -> None:
    (shop.root / "names.py").write_text("NAME = 'one'\n")
    path = shop.revision("ddd444", "ccc333", "op.create_table(NAME, sa.Column('a', sa.Integer))")
    path.write_text(path.read_text() + "\nfrom names import NAME\n")
    steps_run(shop.project)
    shop.revision("eee555", "ddd444", "op.create_table('five', sa.Column('a', sa.Integer))")
    assert steps_run(shop.project) == ["eee555"]
    (shop.root / "names.py").write_text("NAME = 'two'\n")
    assert steps_run(shop.project) == ["ddd444", "eee555"]
    assert read_timeline(shop.project).step("ddd444").tables == ("two",)


def test_what_the_system_makes_up_at_each_reading_is_no_file(
    shop: Shop, steps_run: StepsRun
) -> None:
    """prometheus_client, say, reads these as soon as it is imported."""
    env = shop.project.script_location / "env.py"
    reads = (
        "import os\n"
        "if os.path.exists('/proc/self/stat'):\n"
        "    open('/proc/self/stat').read(), os.listdir('/proc/self/fd')\n"
    )
    env.write_text(reads + env.read_text())
    shop.revision("ddd444", "ccc333", "raise RuntimeError('no such day')")
    assert len(steps_run(shop.project)) == 4
    with ExitStack() as stack:
        for _ in range(20):  # more files in that folder
            stack.enter_context(env.open())
        assert steps_run(shop.project) == []


def test_what_python_compiled_is_known_by_its_source(shop: Shop, steps_run: StepsRun) -> None:
    compiled = [Path(py_compile.compile(str(path))) for path in shop.versions.glob("*.py")]
    assert len(steps_run(shop.project)) == 3
    for path in compiled:
        path.unlink()
    assert steps_run(shop.project) == []


def test_another_filter_is_another_timeline(shop: Shop, steps_run: StepsRun) -> None:
    steps_run(shop.project)
    env = shop.project.script_location / "env.py"
    env.write_text(env.read_text().replace("ignored_", "inv"))
    timeline = read_timeline(shop.project)
    assert not timeline.step("ccc333").differences
    assert timeline.step("bbb222").tables == ("customer",)


def test_a_broken_history_is_said_to_be_so(shop: Shop) -> None:
    (shop.versions / "bad_change.py").write_text("revision = 'bad'\ndown_revision = (\n")
    with pytest.raises(RevisionError, match="No way leads through a broken history"):
        read_timeline(shop.project)


def test_a_project_without_revisions_has_an_empty_timeline(shop: Shop) -> None:
    for path in shop.versions.glob("*.py"):
        path.unlink()
    timeline = read_timeline(shop.project)
    assert timeline.steps == ()
    assert len(timeline.at("base").of_kind("table")) == 0
    assert timeline.frame().empty


def test_what_python_code_met_is_asked_again_when_its_files_change(
    shop: Shop, steps_run: StepsRun
) -> None:
    path = shop.revision("ddd444", "ccc333", "raise RuntimeError('no such day')")
    for _ in range(2):
        (failed,) = read_timeline(shop.project).failed
        assert "RuntimeError: no such day" in str(failed.failure)
    path.write_text(path.read_text().replace("raise RuntimeError('no such day')", "pass"))
    assert steps_run(shop.project) == ["ddd444"]
    assert read_timeline(shop.project).failed == ()


@pytest.mark.parametrize(
    ("name", "met", "again"),
    [
        ("ddd444_disk_timeout", "no such day", []),
        ("ddd444_a_change", "the disk is full", ["ddd444"]),
    ],
)
def test_what_may_pass_is_told_by_what_was_met_and_not_by_the_name_of_its_file(
    shop: Shop, steps_run: StepsRun, name: str, met: str, again: list[str]
) -> None:
    path = shop.revision("ddd444", "ccc333", f"raise RuntimeError({met!r})")
    path.rename(path.with_name(f"{name}.py"))
    steps_run(shop.project)
    assert steps_run(shop.project) == again


def test_nothing_can_be_run_behind_a_revision_that_takes_the_mark_away(shop: Shop) -> None:
    shop.revision("bbb222", "aaa111", "op.drop_table('_schema_scratch')")
    timeline = read_timeline(shop.project)
    assert [step.id for step in timeline.failed] == ["bbb222", "ccc333"]
    assert "behind bbb222, nothing could be run" in str(timeline.step("ccc333").failure)
    assert len(read_timeline(shop.project).failed) == 2
    assert list(folders.scratch_folder().glob("*")) == []


@pytest.mark.parametrize("moment", ["replaying bbb222", "replaying ccc333"])
def test_an_interrupt_leaves_nothing_and_remembers_nothing_wrong(
    shop: Shop, steps_run: StepsRun, moment: str
) -> None:
    def interrupted(done: int, total: int, text: str) -> None:
        if text.startswith(moment):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_timeline(shop.project, on_progress=interrupted)
    assert list(folders.scratch_folder().glob("*")) == []
    steps_run(shop.project)
    assert [str(step) for step in read_timeline(shop.project).steps] == [
        "aaa111 change aaa111: 1 added",
        "bbb222 change bbb222: 1 added",
        "ccc333 change ccc333: 1 added",
    ]


def test_a_stop_ends_a_revision_that_never_would(shop: Shop) -> None:
    shop.revision("bbb222", "aaa111", "import time; time.sleep(600)")
    asked = threading.Event()

    def progress(done: int, total: int, text: str) -> None:
        if "bbb222" in text:
            threading.Timer(0.3, asked.set).start()

    began = time.monotonic()
    with stopping.stoppable(asked), pytest.raises(stopping.Stopped):
        read_timeline(shop.project, on_progress=progress)
    assert time.monotonic() - began < 60
    assert list(folders.scratch_folder().glob("*")) == []


_READ = """
import sys
from schema.project import Project
from schema.timeline import read_timeline
with Project.open(sys.argv[1]) as project:
    for step in read_timeline(project).steps:
        print(step)
"""


def started(shop: Shop) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _READ, str(shop.root)]
    return subprocess.Popen(
        command, cwd=shop.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_processes_at_once_find_the_same(shop: Shop) -> None:
    found = [process.communicate(timeout=120) for process in [started(shop) for _ in range(2)]]
    assert [err for _, err in found] == ["", ""]
    assert found[0] == found[1]
    assert found[0][0].splitlines()[2] == "ccc333 change ccc333: 1 added"


def test_what_a_killed_process_left_is_found_and_nothing_wrong_is_remembered(
    shop: Shop, steps_run: StepsRun
) -> None:
    shop.revision("bbb222", "aaa111", "import time; time.sleep(600)")
    process = started(shop)
    waiting = time.monotonic() + 60
    while not list(folders.scratch_folder().glob("*.sqlite")) and time.monotonic() < waiting:
        time.sleep(0.05)
    time.sleep(1)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    left = scratch.find(kept=False)
    assert len(left) == 1
    shop.revision("bbb222", "aaa111", "op.add_column('customer', sa.Column('mail', sa.Text))")
    assert steps_run(shop.project)[-2:] == ["bbb222", "ccc333"]
    assert read_timeline(shop.project).failed == ()
    left[0].drop()


def test_a_kept_state_that_is_damaged_or_gone_costs_time_alone(
    shop: Shop, steps_run: StepsRun
) -> None:
    expected = facts(read_timeline(shop.project))
    kept = list(folders.replay_folder().glob("kept-*"))
    assert len(kept) == 3
    for path in kept:
        path.write_bytes(b"no gzip")
    for path in folders.replay_folder().glob("steps-*"):
        path.write_bytes(b"")
    shop.revision("ddd444", "ccc333")
    assert facts(read_timeline(shop.project))[:3] == expected
    cache.clear()
    assert facts(read_timeline(shop.project))[:3] == expected


def facts(timeline: Timeline) -> list[object]:
    return [step.differences.to_list() for step in timeline.steps]


def test_few_states_are_kept_and_most_of_them_stay_when_one_is_added() -> None:
    for density in (1, 8):
        for count in range(1, 600):
            kept = places(count, density)
            assert {count, count - 1} - {0} <= kept
            assert len(kept) <= 4 + density * count.bit_length()
            assert places(count + 1, density) - kept <= {count + 1}


def test_an_edit_in_the_middle_does_not_run_all_again() -> None:
    for density, most in ((1, 1.6), (8, 1.2)):
        for count in range(20, 600):
            middle = count // 2
            start = max((n for n in places(count, density) if n < middle), default=0)
            assert count - start <= most * (count - middle + 1)


def test_a_kept_file_of_sqlite_is_never_worked_with_itself(
    shop: Shop, steps_run: StepsRun, tmp_path: Path
) -> None:
    steps_run(shop.project)
    before = {path: path.read_bytes() for path in folders.replay_folder().glob("kept-*")}
    shop.revision("ddd444", "ccc333", "op.drop_table('customer')")
    steps_run(shop.project)
    assert (
        before.items()
        <= {path: path.read_bytes() for path in folders.replay_folder().glob("kept-*")}.items()
    )
