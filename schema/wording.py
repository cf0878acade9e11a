"""Values as short words, the same on a page, in a terminal and in Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

__all__ = [
    "CHANGE_MARKS",
    "STANDING_MARKS",
    "capitalised",
    "compact",
    "counted",
    "day",
    "delta",
    "dialect_name",
    "duration",
    "few",
    "goes_without_saying",
    "number",
    "printable",
    "shown",
    "size",
    "size_change",
]

#: A mark for each change, so that nothing is told by colour alone.
CHANGE_MARKS = {"added": "+", "removed": "−", "changed": "~", "renamed": "→"}

_DIALECTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}

#: A mark for each standing of a revision.
STANDING_MARKS = {"current": "◆", "applied": "✓", "pending": "○", "unknown": "?"}

# What a property of a new object is unless somebody asked for something else. False, as for NOT
# NULL, says something where it is not what one gets unasked.
_UNASKED: dict[str, tuple[object, ...]] = {
    "access_method": ("heap",),
    "enabled": ("yes", True),
    "kind": ("table",),
    "match": ("SIMPLE", "NONE"),
    "method": ("btree",),
    "nullable": (True,),
    "on_delete": ("NO ACTION",),
    "on_update": ("NO ACTION",),
    "persistence": ("permanent",),
    "valid": (True,),
    "validated": (True,),
}

# Control characters (but tab and line end), and those that turn the direction of writing: a
# terminal obeys them, and a page shows text in another order than it has.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(value: object) -> str:
    """The value as text in which nothing acts on a terminal or turns the order of letters."""
    return _UNPRINTABLE.sub("\ufffd", str(value))


def shown(value: object) -> str:
    """A catalog's property: ``none``, ``yes``, ``no``, ``a, b``, or the text itself."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(shown(part) for part in value)
    return printable(value)


def goes_without_saying(name: str, value: object) -> bool:
    """Whether a property of an object that one side lacks is just what one gets unasked."""
    return value in _UNASKED.get(name, (False,)) or value in (None, (), "")


def duration(seconds: float) -> str:
    """``0.4 ms``, ``12 ms``, ``1.24 s``, ``2 min 05 s``, ``3 h 20 min``."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes:02d} min"


def number(value: int | None) -> str:
    """``20,000``; a dash for None."""
    return "–" if value is None else f"{value:,}"


def compact(value: float) -> str:
    """About so many, in few letters: ``950``, ``15k``, ``1.5M``, ``50M``, ``2B``."""
    for scale, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= scale * 0.9995:
            return f"{value / scale:.3g}{letter}"
    return f"{value:.3g}"


def delta(before: int | None, after: int | None) -> str:
    """``+3``, ``−2,000``, ``0``; ``new`` and ``gone`` for a table that only one side has."""
    if before is None or after is None:
        return "gone" if after is None else "new"
    change = after - before
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{abs(change):,}"


def size(count: int | None) -> str:
    """Bytes: ``0 bytes``, ``8.2 kB``, ``1.24 MB``; a dash for None. A kB is 1,000 bytes."""
    if count is None:
        return "–"
    value, units = float(abs(count)), iter(("kB", "MB", "GB", "TB"))
    unit = "bytes"
    while value >= 999.5 and unit != "TB":
        value, unit = value / 1000, next(units)
    if unit == "bytes":
        return f"{count:,} bytes" if count != 1 else "1 byte"
    said = f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{'−' if count < 0 else ''}{said} {unit}"


def size_change(before: int | None, after: int | None) -> str:
    """``+8.2 kB``, ``−1.24 MB``, ``0 bytes``; ``new`` and ``gone`` where only one side has it."""
    if before is None or after is None:
        return "–" if before is after else "gone" if after is None else "new"
    change = after - before
    return f"{'+' if change > 0 else ''}{size(change)}"


def capitalised(said: str) -> str:
    """A sentence with a capital letter, unless a revision's id or another name begins it."""
    first = said.split(maxsplit=1)[0] if said.strip() else ""
    is_name = any(letter.isdigit() for letter in first)
    return said if is_name else said[:1].upper() + said[1:]


def counted(count: int, noun: str) -> str:
    """``1 difference``, ``3 differences``, ``2 indexes``, ``2 losses``, ``2 entries``."""
    plural = noun + ("es" if noun.endswith(("x", "ss")) else "s")
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        plural = noun[:-1] + "ies"
    return f"{count:,} {noun if count == 1 else plural}"


def few(names: Sequence[str], most: int) -> str:
    """``a, b, c … and 194 more``: the first ``most`` of these names."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" … and {left:,} more" if left > 0 else "")


def day(moment: datetime | None) -> str:
    """``2020-07-21``, or nothing."""
    return moment.strftime("%Y-%m-%d") if moment else ""


def dialect_name(dialect: str) -> str:
    """What a kind of database is called: ``PostgreSQL``."""
    return _DIALECTS.get(dialect, dialect)
