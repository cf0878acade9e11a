"""A project whose worker dies, hangs or floods its output never takes the notebook with it."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from pathlib import Path

import pytest

from schema.errors import ProjectCodeError, WorkbenchError, WorkerError
from schema.worker.printed import MOST_OUTPUT, MOST_PASSED_ON, MOST_UNREAD, Printed, Unread

ENDINGS = {
    "exit": ("import os; os._exit(3)", "ended with code 3 before it answered"),
    "kill": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        r"was killed by signal 9 \(SIGKILL, perhaps for want of memory\)",
    ),
    "crash": (
        "import ctypes; ctypes.string_at(0)",
        r"was killed by signal 11 \(SIGSEGV, a crash in compiled code\)",
    ),
    "abort": ("import os; os.abort()", r"was killed by signal 6 \(SIGABRT, a crash"),
    "orphan": (
        # A child that was forked has all of its parent's files, the worker's channel among them.
        "import os, time\nif os.fork() == 0: time.sleep(60)\nos._exit(4)",
        "ended with code 4 before it answered",
    ),
    "channels": ("import os; os.closerange(3, 64)", "ended with code|closed the channel"),
    "everything": ("import os; os.closerange(0, 64)", "ended with code|closed the channel"),
    "scribble": (
        'import os\nfor fd in range(3, 64):\n  try: os.write(fd, b\'{"id": 2, "x": 1}\\n\')\n'
        "  except OSError: pass",
        'Something else than the worker wrote into its channel: \'{"id": 2',
    ),
}


@pytest.mark.parametrize(
    ("how", "where"),
    [("exit", "env.py"), ("crash", "env.py"), *((how, "revision") for how in ENDINGS)],
)
def test_a_worker_that_ends_is_said_and_the_next_call_is_answered(how, where, written, scratch):
    code, message = ENDINGS[how]
    env = (written.folder / "migrations" / "env.py").read_text()
    written.revision(code if where == "revision" else "pass")
    if where == "env.py":
        written.env(code + "\n" + env)
    with written.project.start_worker() as worker:
        began = time.monotonic()
        with pytest.raises(WorkerError, match=message):
            worker.step(scratch, "up", "r1")
        assert time.monotonic() - began < 20
        assert worker.pid is None
        written.env(env)
        assert worker.request("settings")["dialect"] == "sqlite"


def test_what_a_dead_worker_left_behind_is_ended_too(written, scratch, tmp_path):
    note = tmp_path / "child"
    written.revision(
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\nos._exit(5)"
    )
    with written.project.start_worker() as worker, pytest.raises(WorkerError, match="code 5"):
        worker.step(scratch, "up", "r1")
    pid = int(note.read_text())
    deadline = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Whether a process is there, and no mere entry of one that has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


RAISING = {
    "exit": ("raise SystemExit('enough')", r"it called sys.exit\('enough'\)"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "own": ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd"),
    "generator": ("raise GeneratorExit", "GeneratorExit"),
    "recursion": ("def f(): f()\nf()", "RecursionError"),
    "mute": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError('no words')\nraise Mute",
        r"Mute: \(it cannot be said: its str\(\) raises ValueError\)",
    ),
    "strange": (
        "class Strange(Exception):\n"
        "    @property\n    def orig(self): raise KeyError('orig')\nraise Strange('here')",
        "Strange: here",
    ),
    "surrogate": ("raise ValueError('caf\\udce9')", "ValueError: caf"),
}


@pytest.mark.parametrize("how", RAISING)
def test_whatever_is_raised_is_said_and_the_worker_lives(how, written, scratch):
    code, message = RAISING[how]
    written.revision(code)
    with (
        written.project.start_worker() as worker,
        pytest.raises(ProjectCodeError, match=message),
    ):
        worker.step(scratch, "up", "r1")


QUIET = {
    "closed by name": "import sys; sys.stdout.close(); sys.stderr.close()",
    "closed by number": "import os; os.close(1); os.close(2)",
    "replaced": "import io, sys; sys.stdout = sys.stderr = io.StringIO()",
    "left to a child": "import os, subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nos.close(2)",
    "signals": "import signal\nfor n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
    "    signal.signal(n, signal.SIG_IGN)",
    "alarm": "import signal; signal.signal(signal.SIGALRM, lambda *a: None); signal.alarm(1)",
    "no bytes": "import os; os.write(1, b'\\xff\\xfe\\x00 latin caf\\xe9\\n')",
    "like an answer": 'print(\'{"id": 2, "result": {}}\'); print(\'{"event": "log"}\')',
    "like a mark": "import sys; sys.stdout.write('\\x1e999\\n'); print('after')",
    "no end of line": "import sys; sys.stdout.write('half a line')",
}


@pytest.mark.parametrize("how", QUIET)
def test_a_project_that_does_odd_things_to_its_streams_is_answered(how, written, scratch):
    for _ in range(2):
        written.revision(QUIET[how])
    with written.project.start_worker() as worker:
        began = time.monotonic()
        assert worker.step(scratch, "up", "r1")["heads"] == ["r1"]
        try:
            told = worker.step(scratch, "up", "r2")
        except WorkbenchError as error:  # what was closed cannot be closed again
            assert "Bad file descriptor" in str(error)  # noqa: PT017
        else:
            assert told["heads"] == ["r2"]
        assert time.monotonic() - began < 15


FLOOD = "import os\nline = b'x' * 99 + b'\\n'\nfor _ in range({}): os.write(1, line * 1000)"


def test_a_flood_is_bounded_in_memory_and_in_what_is_passed_on(written, scratch):
    """200 MB in lines; the kernel holds a few."""
    written.revision(FLOOD.format(2000) + "\nprint('the last words')")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    heard = []

    def hear(event):
        if event["event"] == "log":
            heard.append(event["text"])

    with written.project.start_worker() as worker:
        worker.step(scratch, "up", "r1", hear)
        assert worker.output.endswith("the last words\n")
        assert len(worker.output) <= MOST_OUTPUT
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (60_000_000 if sys.platform == "darwin" else 60_000)
    assert sum(map(len, heard)) < MOST_PASSED_ON + 10_000
    assert heard[-1] == "… and more, which is not followed any longer."


def test_a_flood_without_an_end_can_be_stopped(written, scratch):
    written.revision("import os\nwhile True: os.write(2, b'x' * 65536)")
    with written.project.start_worker() as worker:
        threading.Timer(1, worker.kill).start()
        began = time.monotonic()
        with pytest.raises(WorkerError, match="The worker was stopped"):
            worker.step(scratch, "up", "r1")
        assert time.monotonic() - began < 10


def test_of_what_is_not_read_the_oldest_goes_and_the_marks_stay():
    unread = Unread()
    assert unread.add(b"first\x1e1\n")
    assert not unread.add(b"second\n")
    for number in range(30):
        unread.add(b"%d" % number + b"x" * 100_000 + b"\n")
    taken = unread.take()
    assert taken[0] == b"\x1e1\n"
    assert sum(map(len, taken)) <= MOST_UNREAD + 10
    assert taken[-1].startswith(b"29x")
    assert unread.add(b"again\n")


def test_what_is_passed_on_ends_once():
    printed = Printed()
    told = [printed.add("x" * 300_000 + "\n") for _ in range(6)]
    assert told[3:] == ["… and more, which is not followed any longer.", None, None]


def test_a_hang_is_said_with_its_limit(written):
    written.env("import time\ntime.sleep(600)\n")
    with (
        written.project.start_worker() as worker,
        pytest.raises(WorkerError, match="did not answer within 1 s, and was stopped"),
    ):
        worker.request("settings", timeout=1)
    assert worker.pid is None
