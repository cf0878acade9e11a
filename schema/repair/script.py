"""The text of a repair's file: statements with a header, and before each what it repairs.

Names come from a database and may hold anything; in a comment, nothing of them ends the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from schema.ddl import Statement
from schema.rebuilding.running import SESSION
from schema.wording import counted, printable

__all__ = ["comment", "script", "summary"]

_HOW = {
    "postgresql": "psql -v ON_ERROR_STOP=1 -f THIS_FILE DATABASE",
    "sqlite": "sqlite3 -bail DATABASE < THIS_FILE",
    "mariadb": "mariadb DATABASE < THIS_FILE",
}

#: How a statement ends where triggers and routines have semicolons of their own.
_END = "\n$$"

#: What a session with MariaDB is told: there is no transaction to give up.
_MARIADB = [
    "-- MariaDB has no transaction around these: what ran stays done when a later one fails.",
    "DELIMITER $$",
]


def script(
    dialect: str,
    statements: Sequence[Statement],
    *,
    about: Sequence[str],
) -> str:
    """The whole file. ``about`` is the header's lines."""
    lines = [comment(line) for line in (*about, f"Run it with: {_HOW[dialect]}")]
    lines.append("")
    if not statements:
        return "\n".join([*lines, comment("There is nothing to run."), ""])
    lines += [f"{statement};" for statement in SESSION[dialect]]
    lines += _MARIADB if dialect == "mariadb" else []
    for in_transaction, group in groupby(statements, lambda each: each.in_transaction):
        among = list(group)
        lines += _transaction(dialect, among) if in_transaction else _alone(dialect, among)
    lines += ["PRAGMA foreign_keys = ON;"] if dialect == "sqlite" else []
    return "\n".join([*lines, ""])


def _transaction(dialect: str, statements: Sequence[Statement]) -> Iterator[str]:
    yield "BEGIN;"
    if dialect == "postgresql":
        yield comment("Rather give up than make the application wait behind this script.")
        yield "SET LOCAL lock_timeout = '5s';"
    for statement in statements:
        yield from _with_comment(statement)
    yield ""
    yield "COMMIT;"


def _alone(dialect: str, statements: Sequence[Statement]) -> Iterator[str]:
    if dialect == "mariadb":
        yield from (line for each in statements for line in _with_comment(each, _END))
        yield from ("", "DELIMITER ;")
        return
    yield ""
    yield comment("Not in a transaction:")
    for statement in statements:
        yield from _with_comment(statement)


def _with_comment(statement: Statement, end: str = ";") -> Iterator[str]:
    yield ""
    for item in statement.about:
        yield comment(f"{item.kind} {item.label}")
    if statement.is_destructive:
        yield comment(f"DESTRUCTIVE: {statement.why or 'data is lost'}")
    elif statement.why:
        yield comment(f"Note: {statement.why}")
    yield f"{statement.sql}{end}"


def comment(text: str) -> str:
    """One line of SQL comment: whatever would end the line, or act on a terminal, is replaced."""
    return "-- " + " ".join(printable(text).split())


def summary(statements: Sequence[Statement]) -> str:
    """``4 statements, 1 destructive``."""
    destructive = sum(statement.is_destructive for statement in statements)
    counts = counted(len(statements), "statement")
    return f"{counts}, {destructive} destructive" if destructive else counts
