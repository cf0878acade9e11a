"""Words for what happened to data, collected while two ledgers are judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from schema.rehearsal.ledger.classify import LOSSES
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.tally import SHOWN, Found, Tally
from schema.rehearsal.ledger.verdict import DataChange, DataLoss, Example
from schema.wording import counted

__all__ = ["Telling"]

_WORDS = {
    "nulled": "{} became NULL",
    "emptied": "{} became empty text",
    "truncated": "{} truncated",
    "rounded": "{} rounded",
    "cast": "{} cast with a loss",
    "clipped": "{} clipped to what the type holds",
    "zeroed": "{} became a zero date",
    "time shift": "{} moved in time",
    "encoding": "{} in another encoding",
    "values": "{} changed",
    "filled": "{} filled",
    "case folded": "{} with other capitals",
    "trimmed": "{} with other blanks",
}
_CHANGES = {"filled": "column filled", "values": "values changed"}


class Telling:
    """Losses, changes and notes so far. Without ``examples``, no message holds a value."""

    def __init__(self, *, examples: bool) -> None:
        self.examples = examples
        self.changes: list[DataChange] = []
        self.lost: list[DataLoss] = []
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep a sentence that tells how sure the rest is."""
        self.notes.append(text)

    def lose(
        self,
        kind: str,
        table: Table,
        column: str | None,
        count: int | None,
        told: str,
        examples: Iterable[Example] = (),
    ) -> None:
        """Keep a loss; ``told`` follows the name of what lost it."""
        shown = tuple(examples)[:SHOWN]
        message = f"{_name(table, column)}: {told}"
        self.lost.append(DataLoss(kind, table.label, column, count, message, shown))

    def change(
        self,
        kind: str,
        table: Table,
        column: str | None,
        count: int | None,
        told: str,
        examples: Iterable[Example] = (),
    ) -> None:
        """Keep a change that is no loss."""
        shown = tuple(examples)[:SHOWN]
        message = f"{_name(table, column)}: {told}"
        self.changes.append(DataChange(kind, table.label, column, count, message, shown))

    def tally(
        self,
        table: Table,
        old: Column,
        new: Column,
        kind: str,
        found: Found,
        tally: Tally,
    ) -> None:
        """Keep one kind of change of a column's values, counted row by row."""
        noun = "NULL" if kind == "filled" else "value"
        told = _WORDS[kind].format(counted(found.count, noun))
        if kind == "time shift" and (shifts := tally.shifts()):
            told = f"{counted(found.count, 'value')} moved by {' or '.join(map(_time, shifts))}"
        if old.type != new.type and kind in LOSSES:
            told += f", as {old.type or 'no type'} became {new.type or 'no type'}"
        merged = tally.merged() if kind not in LOSSES and kind != "filled" else None
        if merged is not None:
            told += f": {merged[0]:,} different ones became {merged[1]:,}"
        if self.examples and found.examples and kind != "filled":
            told += _for_example(found.examples[0])
        if kind in LOSSES or (kind == "values" and _is_one(old, new, merged)):
            self.lose(kind, table, new.name, found.count, told, found.examples)
        else:
            change = _CHANGES.get(kind, kind)
            self.change(change, table, new.name, found.count, told, found.examples)


def _for_example(example: Example) -> str:
    """``, 12.345 → 12.35``: the values before and after."""
    if isinstance(example, str):
        return ""
    _, before, after = example
    return f", {before} → {'NULL' if after is None else after or repr(after)}"


def _is_one(old: Column, new: Column, merged: tuple[int, int] | None) -> bool:
    """Whether all values of the column became the same one."""
    if new.distinct != 1 or not new.distinct_is_exact or merged is None:
        return False
    return (old.distinct or 0) > 1


def _name(table: Table, column: str | None) -> str:
    return f"table {table.label}" if column is None else f"column {table.label}.{column}"


def _time(moved: timedelta) -> str:
    """``+2 h``, ``−5 h 30 min``."""
    minutes = round(abs(moved).total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]
    return ("−" if moved < timedelta(0) else "+") + " ".join(part for part in parts if part)
