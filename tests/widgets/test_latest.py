"""Of the work that is asked for while some runs, only the newest is done."""

from __future__ import annotations

import threading

from schema.widgets.latest import Latest


def test_only_the_newest_of_what_waits_is_done() -> None:
    done: list[str] = []
    began, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        go_on.wait(10)
        done.append("slow")

    latest = Latest(lambda error: None)
    latest.ask(slow)
    assert began.wait(10)
    latest.ask(lambda: done.append("left out"))
    latest.ask(lambda: done.append("newest"))
    assert not latest.wait(0.01)
    go_on.set()
    assert latest.wait(10)
    assert done == ["slow", "newest"]


def test_what_the_work_raises_is_told_and_the_next_is_done() -> None:
    told: list[str] = []
    latest = Latest(lambda error: told.append(str(error)))

    def fail() -> None:
        raise ValueError("no way")

    latest.ask(fail)
    assert latest.wait(10)
    latest.ask(lambda: told.append("done"))
    assert latest.wait(10)
    assert told == ["no way", "done"]


def test_nothing_is_waited_for_when_nothing_was_asked() -> None:
    assert Latest(lambda error: None).wait(0)
