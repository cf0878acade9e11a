"""Values of the data as short text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schema.wording import printable

__all__ = ["LONGEST", "as_text", "cut", "row_text"]

#: The characters of a value that are shown at most.
LONGEST = 80
#: The characters of a whole row.
ROW = 240


def as_text(value: object) -> str | None:
    """One value of a row: cut, bytes in hexadecimal digits; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return cut("x'" + value[:LONGEST].hex() + "'")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=None))
    return cut(str(value))


def cut(text: str) -> str:
    """At most ``LONGEST`` characters of it, none of which acts on a terminal."""
    text = printable(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
    return text.encode("utf-8", "replace").decode()


def row_text(names: Sequence[str], row: Sequence[object]) -> str:
    """A whole row in one line: ``id 1, name Ada``."""
    told = (
        f"{name} {'NULL' if value is None else as_text(value)}"
        for name, value in zip(names, row, strict=True)
    )
    text = printable(", ".join(told))
    return text if len(text) <= ROW else text[: ROW - 1] + "…"
