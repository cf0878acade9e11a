"""What was found of the stalls, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.stalls.model import Stall, StallRun, Stalls, Who
from schema.wording import counted, duration

__all__ = ["sentence", "sentences", "verdict"]

#: Seconds from which on an answer is called slow although it waited for no lock.
_WORTH_TELLING = 0.5
_WHO: tuple[Who, ...] = ("reader", "writer")
#: One wait is told for readers and writers when the shorter is this part of the longer or more.
_ALIKE = 0.8


def verdict(stalls: Stalls) -> str:
    """One sentence a run, and one for what failed for those who have the old code."""
    if not stalls.runs:
        return "It touches no table that was there before: nobody had to wait."
    return " ".join(sentences(stalls))


def sentences(stalls: Stalls) -> list[str]:
    """The same one by one."""
    return [*map(sentence, stalls.runs), *_failures(stalls)]


def sentence(run: StallRun) -> str:
    """What one run found, in a sentence."""
    return " ".join([f"{_beginning(run)}, {_outcome(run)}{_felt(run)}.", *run.notes])


def _beginning(run: StallRun) -> str:
    if run.hold is None:
        return "Under load"
    said = f"With a reader holding {_tables(run)} for {run.hold:g} s"
    if run.lock_timeout is not None:
        said += f" and a lock_timeout of {run.lock_timeout:g} s"
    return said


def _outcome(run: StallRun) -> str:
    return "" if run.error is None else "the step failed, and "


def _felt(run: StallRun) -> str:
    stalls = {who: run.longest(who) for who in _WHO}
    waited = {who: stall for who, stall in stalls.items() if stall is not None}
    if not waited:
        slowest = max((item.seconds for item in run.slow), default=0.0)
        seen = "nobody was seen to wait" if run.notes else "nobody waited"
        slow = f", though some answer took {duration(slowest)}"
        return seen + (slow if slowest >= _WORTH_TELLING or run.notes else "")
    longest = max(waited.values(), key=lambda item: item.seconds)
    others = len({item.table for item in run.waited} - {longest.table})
    more = f" (and of {counted(others, 'more table')})" if others else ""
    alike = [who for who, item in waited.items() if item.seconds >= _ALIKE * longest.seconds]
    who = " and ".join(f"{each}s" for each in alike)
    said = f"{who} of {longest.table}{more} waited up to {duration(longest.seconds)}"
    return (
        said
        + _behind(longest)
        + "".join(_less(each, stalls[each]) for each in _WHO if each not in alike)
    )


def _less(who: Who, stall: Stall | None) -> str:
    """What is told of those that waited much less than the others, or not at all."""
    if stall is None:
        return f", {who}s did not wait"
    return f", {who}s up to {duration(stall.seconds)}{_behind(stall)}"


def _behind(stall: Stall) -> str:
    first, *further = (stall.waiting_for or "").split(" ← ")
    said = f" behind the {first}" if first == "migration" else f" behind {first}"
    return said + "".join(f", which waited for the {each}" for each in further)


def _tables(run: StallRun) -> str:
    if len(run.tables) > 2:
        return f"{len(run.tables)} tables"
    return " and ".join(run.tables) or "nothing"


def _failures(stalls: Stalls) -> Iterator[str]:
    """Each message once, however many probes met it."""
    told = {
        said: (probe.who, probe.table) for run in stalls.runs for probe, said, _ in run.failures
    }
    for said, (who, table) in list(told.items())[:3]:
        yield f"A {who} of {table} with the old code then fails: {said}."
