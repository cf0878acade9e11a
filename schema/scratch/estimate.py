"""What a copy will take, known before it is begun."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schema.display import Displayed
from schema.errors import ScratchError
from schema.scratch.choice import Choice
from schema.wording import counted, duration, size

__all__ = ["Estimate", "check_room", "free_bytes", "share_of"]

_HEADROOM = 1.1  # times what is needed …
_RESERVE = 64_000_000  # … and so many bytes more must be free


@dataclass(frozen=True)
class Estimate(Displayed):
    """A copy that is not made yet.

    ``way`` says in words how it would be made, and ``where`` the folder or server that it goes to.
    ``bytes`` is about the most that it takes there while it is made; ``free`` is what is free, None
    when that can't be seen from here. ``tables`` counts the source's. ``seconds`` is a rough guess
    from throughputs measured elsewhere; None when there is none. ``problem`` is why it can't be
    made, in a sentence; None when nothing speaks against it.
    """

    way: str
    where: str
    bytes: int
    free: int | None
    tables: int
    seconds: float | None
    problem: str | None
    choice: Choice

    def __repr__(self) -> str:
        free = "" if self.free is None else f" of {size(self.free)} that are free"
        took = "" if self.seconds is None else f", roughly {duration(self.seconds)}"
        text = (
            f"{self.choice}: {self.way}. {counted(self.tables, 'table')}, "
            f"up to {size(self.bytes)}{free} in {self.where}{took}."
        )
        return f"{text} {self.problem}" if self.problem else text

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "way": self.way,
            "where": self.where,
            "bytes": self.bytes,
            "free": self.free,
            "tables": self.tables,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "problem": self.problem,
            "choice": self.choice.to_dict(),
        }


def check_room(needed: int, free: int | None, where: str) -> None:
    """Raise ScratchError when so many bytes do not fit; what can't be seen is taken for enough."""
    if free is not None and needed * _HEADROOM + _RESERVE > free:
        raise ScratchError(
            f"The copy would take about {size(needed)}, and {size(_RESERVE)} are to stay free: "
            f"{where} has {size(free)} free. Choose fewer rows, or make room."
        )


def free_bytes(folder: Path | str | None) -> int | None:
    """What is free in a folder, which need not be there yet; None when that can't be seen."""
    if folder is None:
        return None
    path = Path(folder)
    while not path.exists() and path != path.parent:
        path = path.parent
    with suppress(OSError):
        if path.is_dir() and os.access(path, os.X_OK):
            return shutil.disk_usage(path).free
    return None


def share_of(choice: Choice, rows: Iterable[int]) -> float:
    """About which part of all rows is chosen; ``rows`` are of each table."""
    if choice.rows == "all":
        return 1.0
    if choice.rows == "none":
        return 0.0
    if choice.part is not None:
        return choice.part
    given = list(rows)
    chosen = sum(min(choice.number or 0, each) for each in given)
    return min(1.0, chosen / max(sum(given), 1))
