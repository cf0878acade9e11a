"""What the docstring of a revision file says: its message, and when it was created."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime

__all__ = ["created_on", "message_of", "prose_of"]

_FIELD = re.compile(r"^\s*(revision id|revises|create[ds]?[ _]?(date|at|on)?|date)\s*[:=]", re.I)
_LABELLED = re.compile(
    r"^\s*(?:create[ds]?[ _]?(?:date|at|on)?|date)\s*[:=]\s*(\S.*?)\s*$", re.I | re.M
)
_ANYWHERE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|\s?[+-]\d{2}:?\d{2})?)?"
)
_UTC = re.compile(r"\s*(?:UTC|GMT|Z)$", re.I)

#: Forms beside ISO 8601 and RFC 2822. None in which day and month could be taken for each other.
_FORMS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M %z",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %Y %z",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y%m%d%H%M%S",
)


def message_of(doc: str) -> str:
    """The first paragraph on one line, as ``alembic history`` shows it; "" when there is none."""
    lines: list[str] = []
    for line in doc.strip().splitlines():
        if not line.strip() or _FIELD.match(line):
            break
        lines.append(line)
    return " ".join(" ".join(lines).split())


def prose_of(doc: str) -> str:
    """What a person wrote: all but the message and Alembic's own fields, as ``Revises:``."""
    lines = doc.strip().splitlines()
    start = next(
        (n for n, line in enumerate(lines) if not line.strip() or _FIELD.match(line)), None
    )
    rest = [] if start is None else lines[start:]
    return "\n".join(line for line in rest if not _FIELD.match(line)).strip()


def created_on(doc: str) -> datetime | None:
    """The date after ``Create Date:`` (or a name like it), else the first ISO date; or None."""
    for text in _LABELLED.findall(doc):
        if (found := _parsed(text)) is not None:
            return found
    for match in _ANYWHERE.finditer(doc):
        if (found := _parsed(match.group())) is not None:
            return found
    return None


def _parsed(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(_UTC.sub("+00:00", text))
    for form in _FORMS:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(text)
    return None
