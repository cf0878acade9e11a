"""What the server and Python say while a step runs."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any, Callable, Dict, Iterator, List

from .failure import redact

#: At most so many are kept, and so many characters of one.
MOST_NOTICES, MOST_CHARACTERS = 200, 2000


class Notices:
    """Collects them, each with the severity that its source gives it."""

    def __init__(self) -> None:
        self.items: List[Dict[str, str]] = []
        self.left_out = 0

    def add(self, severity: str, message: str) -> None:
        message = redact(" ".join(message.split()))[:MOST_CHARACTERS]
        if len(self.items) < MOST_NOTICES:
            self.items.append({"severity": severity, "message": message})
        else:
            self.left_out += 1

    def listen(self, connection: Any) -> None:
        """Hear a PostgreSQL driver's connection: psycopg, psycopg2, pg8000 or asyncpg."""
        within: Any = getattr(connection, "_connection", None)
        if hasattr(connection, "add_notice_handler"):
            connection.add_notice_handler(
                lambda notice: self.add(str(notice.severity), str(notice.message_primary))
            )
        elif hasattr(within, "add_log_listener"):
            within.add_log_listener(lambda _, told: self.add(str(told.severity), str(told.message)))
        elif hasattr(connection, "notices"):
            # A program may put its own list there; ours still is one.
            with contextlib.suppress(Exception):
                connection.notices = _Heard(self)

    @contextlib.contextmanager
    def warnings(self) -> Iterator[None]:
        """Within it, Python's warnings are kept too; they are printed as ever."""
        with warnings.catch_warnings():
            printed: Callable[..., None] = warnings.showwarning

            def show(message: Any, category: Any, *others: Any, **more: Any) -> None:
                self.add(category.__name__, str(message))
                printed(message, category, *others, **more)

            warnings.showwarning = show
            yield


class _Heard(List[Any]):
    """A driver's list of notices that passes each one on, and keeps the last."""

    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self._notices = notices

    def append(self, notice: Any) -> None:
        super().append(notice)
        del self[:-50]
        if isinstance(notice, dict):  # pg8000: fields by the protocol's letters
            severity, message = notice.get(b"V") or notice.get(b"S"), notice.get(b"M")
            self._notices.add(_text(severity), _text(message))
        else:  # psycopg2: "NOTICE:  text"
            severity, _, message = _text(notice).partition(":")
            self._notices.add(severity.strip(), message)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
