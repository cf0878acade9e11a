"""The names that PostgreSQL makes up for constraints, indexes and sequences without one.

Source: makeObjectName and ChooseIndexNameAddition in src/backend/commands/indexcmds.c.
"""

from __future__ import annotations

import re

__all__ = ["is_server_named"]

_LIMIT = 63  # bytes: NAMEDATALEN less the terminating zero
_NUMBER = re.compile(r"[1-9][0-9]*\Z")


def is_server_named(name: str, table: str, addition: str, label: str) -> bool:
    """Whether the server would have made up ``name``, a number against clashes included.

    ``addition`` is the names of the columns, joined by ``_``; empty for none. ``label`` is what
    the server puts last: ``key``, ``fkey``, ``idx`` ...
    """
    if name == _made_up(table, addition, label):
        return True
    number = _NUMBER.search(name)
    return number is not None and name == _made_up(table, addition, label + number.group())


def _made_up(table: str, addition: str, label: str) -> str:
    whole = f"{table}_{addition}_{label}" if addition else f"{table}_{label}"
    if len(whole) <= _LIMIT and whole.isascii():
        return whole
    first, second = table.encode(), addition.encode()
    room = _LIMIT - len(label.encode()) - (2 if addition else 1)
    left, right = len(first), len(second)
    while left + right > room:
        if left > right:
            left -= 1
        else:
            right -= 1
    parts = [_clipped(first, left), _clipped(second, right), label.encode()]
    return b"_".join(part for part in parts if part).decode(errors="replace")


def _clipped(text: bytes, size: int) -> bytes:
    """At most ``size`` bytes of it, and no part of a character."""
    return text[:size].decode(errors="ignore").encode()
