"""What of a step deserves attention, in words: the same on a page, in a terminal, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from schema.rehearsal import DataVerdict, Failure, Lock, Rewrite, Size, Step
from schema.rehearsal.observed import Blocked
from schema.rehearsal.totals import longest_lock
from schema.wording import counted, duration

__all__ = ["DATA_MARKS", "Remark", "Weight", "blocked_words", "data_words", "lock_words",
           "place_words", "relation_words", "remarks", "stamp_words"]  # fmt: skip

#: How much a remark weighs: something went wrong, look at it, good to know.
Weight = Literal["bad", "warn", "plain"]

#: A mark for each verdict on data, so that nothing is told by colour alone.
DATA_MARKS = {"lost": "✗", "transformed": "~", "added": "+", "unchanged": "="}

_DATA_WEIGHTS: dict[str, Weight] = {"lost": "bad", "transformed": "warn"}
_HAZARD_WEIGHTS: dict[str, Weight] = {"high": "bad", "medium": "warn", "low": "plain"}


@dataclass(frozen=True, slots=True)
class Remark:
    """A few words on a step, and how much they weigh."""

    words: str
    weight: Weight


def remarks(step: Step) -> list[Remark]:
    """The few words that stand beside a step's heading, the weightiest first."""
    found = [*_failure(step), *_data(step), *_hazards(step), *_locks(step), *_stalls(step),
             *_waits(step)]  # fmt: skip
    order = ("bad", "warn", "plain")
    return sorted(found, key=lambda remark: order.index(remark.weight))


def _failure(step: Step) -> Iterator[Remark]:
    if step.failed:
        yield Remark("✗ failed", "bad")


def _data(step: Step) -> Iterator[Remark]:
    if step.data is None:
        return
    is_declared = step.data.verdict == "lost" and not step.loses_data
    said = f"{data_words(step.data)}{', with a reason' if is_declared else ''}"
    weight: Weight = "warn" if is_declared else _DATA_WEIGHTS.get(step.data.verdict, "plain")
    yield Remark(said, weight)


def data_words(data: DataVerdict) -> str:
    """``✗ data lost``, ``= data unchanged``."""
    return f"{DATA_MARKS.get(data.verdict, '?')} data {data.verdict}"


def _hazards(step: Step) -> Iterator[Remark]:
    by_severity = Counter(item.severity for item in step.hazards if item.ignored is None)
    for severity in ("high", "medium", "low"):
        if by_severity[severity]:
            words = f"⚠ {counted(by_severity[severity], f'{severity} hazard')}"
            yield Remark(words, _HAZARD_WEIGHTS[severity])


def _locks(step: Step) -> Iterator[Remark]:
    if said := blocked_words(step.locks, with_names=False):
        yield Remark(said, "plain")


def _stalls(step: Step) -> Iterator[Remark]:
    longest = None if step.stalls is None else step.stalls.longest
    if longest is not None:
        yield Remark(f"a {longest.who} waited {duration(longest.seconds)}", "warn")


def _waits(step: Step) -> Iterator[Remark]:
    if step.waits:
        seconds = sum(item.seconds for item in step.waits)
        yield Remark(f"waited {duration(seconds)} for locks", "warn")


# -- what locks block -----------------------------------------------------------------------------


def blocked_words(locks: Sequence[Lock], *, with_names: bool = True) -> str:
    """``reads of users and 2 more blocked for 1.24 s, writes of users for 2.50 s``.

    The longest time of each is told; DDL only where nothing more is blocked. Empty when nobody is.
    """
    told: dict[str, list[str]] = {}
    for blocked in _told(locks):
        lock = longest_lock(locks, blocked)
        if lock is None:
            continue
        names = f" of {_names(locks, blocked, lock)}" if with_names else ""
        told.setdefault(f"{names} blocked for {duration(lock.seconds)}", []).append(
            "DDL" if blocked == "ddl" else blocked
        )
    return ", ".join(f"{' and '.join(kinds)}{rest}" for rest, kinds in told.items())


def _told(locks: Iterable[Lock]) -> list[Blocked]:
    blocked = {each for lock in locks for each in lock.blocks}
    found: list[Blocked] = ["reads", "writes"]
    return [each for each in found if each in blocked] or (["ddl"] if blocked else [])


def _blocking(locks: Iterable[Lock], blocked: Blocked) -> list[Lock]:
    return [lock for lock in locks if blocked in lock.blocks]


def _names(locks: Iterable[Lock], blocked: Blocked, longest: Lock) -> str:
    others = {lock.relation for lock in _blocking(locks, blocked) if lock.kind != "index"}
    rest = len(others - {longest.relation})
    return relation_words(longest) + (f" and {rest} more" if rest else "")


def relation_words(item: Lock | Rewrite | Size) -> str:
    """``users``, ``index ix_users_name``, ``the database``."""
    if item.kind == "database":
        return "the database"
    return item.relation if item.kind == "table" else f"{item.kind} {item.relation}"


def lock_words(lock: Lock | None, is_seen: bool) -> str:
    """How long the lock kept others away, and from what: ``1.24 s (users, AccessExclusiveLock)``.

    ``nobody`` for None; a dash when no locks were seen at all, as then nothing is known.
    """
    if lock is None:
        return "no time" if is_seen else "–"
    return f"{duration(lock.seconds)} ({relation_words(lock)}, {lock.mode})"


def place_words(failure: Failure) -> str:
    """Where in its step it failed: ``before its first statement``, ``statement 3``."""
    words = {
        0: "before its first statement",
        "revision": "all of its code, before the stamp",
        "stamp": "its stamp, before the commit",
    }
    return words.get(failure.after, f"statement {failure.after}")


def stamp_words(failure: Failure) -> str:
    """What a failure left the database stamped with, and whether that is so."""
    if failure.stamp is None:
        return "not readable"
    said = ", ".join(failure.stamp) or "base"
    return f"{said}, which is not so" if failure.stamp_lies else said
