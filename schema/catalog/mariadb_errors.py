"""What an error of MariaDB's says: its number, and its message in one line."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

from schema.database import LOST

__all__ = ["error_code", "error_words"]


def error_code(error: Exception) -> int | None:
    """The server's number for an error: https://mariadb.com/kb/en/mariadb-error-codes/."""
    told = _told(error)
    return told[0] if told and isinstance(told[0], int) else None


def error_words(error: Exception) -> str:
    """The message without that number."""
    told = _told(error)
    if told[0] in LOST and len(told) > 1:
        return "the connection to the server was lost"
    return " ".join(str(told[-1]).split())


def _told(error: Exception) -> tuple[Any, ...]:
    """PyMySQL's errors, within SQLAlchemy's or by themselves, hold both; others the words alone."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return cause.args or (cause,)
