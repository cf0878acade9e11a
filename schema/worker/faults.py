"""A fault on purpose: the step is hit after one of its executions, to see what it leaves behind."""

from __future__ import annotations

import os
import signal
from typing import Any, Callable, Dict, Optional

#: Where a fault can be besides after a number of executions: after the revision's own code and
#: before its stamp; after the stamp and before the end of the transaction.
AFTER_REVISION, AFTER_STAMP = "revision", "stamp"


class Fault:
    """Happens once, after execution number ``after`` (0: before the first), or where it names.

    ``kind``: ``"error"``, which project code sees as an error of the database; ``"connection"``,
    which ends the session in the server; ``"process"``, which kills this process.
    """

    def __init__(
        self,
        told: Dict[str, Any],
        tell: Callable[[Dict[str, Any]], None],
        terminate: Callable[[Any], None],
    ) -> None:
        self.after = told["after"]
        self.kind = told["kind"]
        self.happened: Optional[str] = None
        self._tell = tell
        self._terminate = terminate

    def at(self, place: Any, connection: Any) -> None:
        """The step is at this place: after so many executions, or at a named one."""
        if self.happened is not None or place != self.after:
            return
        self.happened = self._words()
        self._tell({"event": "fault", "after": self.after, "kind": self.kind})
        if self.kind == "process" or (self.kind == "connection" and _is_sqlite(connection)):
            _die()  # SQLite has no connection that could be lost: it is in the process
        elif self.kind == "connection":
            self._terminate(connection)
        else:
            _fail(connection, "fault injected by the workbench " + self.happened)

    def _words(self) -> str:
        if self.after == AFTER_REVISION:
            return "before the stamp"
        if self.after == AFTER_STAMP:
            return "after the stamp, before the commit"
        return "after statement {}".format(self.after) if self.after else "before the first one"


def _fail(connection: Any, message: str) -> None:
    """Raise as a failing statement does, and leave the transaction as one does.

    After an error PostgreSQL takes no more statements in a transaction; SQLite does.
    """
    if _is_sqlite(connection):
        raise connection.dialect.dbapi.OperationalError(message)
    cursor = connection.connection.cursor()
    if connection.dialect.name in ("mariadb", "mysql"):
        cursor.execute("SIGNAL SQLSTATE '58030' SET MESSAGE_TEXT = '{}'".format(message[:128]))
        return
    cursor.execute(
        "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '58030', MESSAGE = '{}'; END$$".format(message)
    )


def _is_sqlite(connection: Any) -> bool:
    return bool(connection.dialect.name == "sqlite")


def _die() -> None:
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)
