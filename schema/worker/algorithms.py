"""How MariaDB does each ALTER of a step: the first of INSTANT, NOCOPY, INPLACE, COPY it accepts.

The server says so only when it is told one that it cannot do. So before a statement of DDL runs, it
is tried on an empty table of the same definition, with one algorithm after the other, each with the
weakest lock first. A foreign key that leads from the table is not in that definition, so that what
drops one is not told.

Source: https://mariadb.com/kb/en/innodb-online-ddl-overview/
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

from .beyond import guard_connection
from .statements import Group, Watcher

__all__ = ["AlgorithmWatcher"]

#: Of the scratch database; no reader reports it.
_PROBE = "_schema_probe"

_NAME = r"(?P<table>`(?:[^`]|``)+`|[\w$]+)"
_ALTER = re.compile(
    r"\s*ALTER\s+(?:ONLINE\s+)?(?:IGNORE\s+)?TABLE\s+(?:IF\s+EXISTS\s+)?"
    + _NAME
    + r"\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_CREATE_INDEX = re.compile(
    r"\s*(?P<head>CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+)?INDEX\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?:`(?:[^`]|``)+`|[\w$]+)\s+(?:USING\s+\w+\s+)?ON)\s+"
    + _NAME + r"\s*(?P<rest>\(.+)",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_DROP_INDEX = re.compile(
    r"\s*(?P<rest>DROP\s+INDEX\s+(?:IF\s+EXISTS\s+)?(?:`(?:[^`]|``)+`|[\w$]+))\s+ON\s+"
    + _NAME + r"\s*\Z",
    re.IGNORECASE,
)  # fmt: skip
#: What leads out of the table, or says already how it is to be done.
_NOT_TRIED = re.compile(
    r"\b(?:RENAME\s+(?:TO|AS)|ALGORITHM|EXCHANGE|DISCARD|IMPORT|CONVERT\s+(?:PARTITION|TABLE))\b",
    re.IGNORECASE,
)
_ALTERS = re.compile(r"\s*(?:ALTER|CREATE|DROP)\b", re.IGNORECASE)

#: The best first. INSTANT changes nothing but the definition, NOCOPY builds indexes at most,
#: INPLACE may write the table anew while others read and write it, COPY copies it row by row.
_WAYS = (
    ("INSTANT", "NONE"), ("NOCOPY", "NONE"), ("NOCOPY", "SHARED"), ("INPLACE", "NONE"),
    ("INPLACE", "SHARED"), ("COPY", "NONE"), ("COPY", "SHARED"), ("COPY", "EXCLUSIVE"),
)  # fmt: skip

#: ER_ALTER_OPERATION_NOT_SUPPORTED, the same with a reason, and of another lock.
_REFUSED = (1845, 1846)


class _Trial(NamedTuple):
    """A statement with the probe in its table's place."""

    table: str
    head: str
    rest: str
    joint: str

    def sql(self, algorithm: str, lock: str) -> str:
        return "{} `{}` {}{} ALGORITHM={}{} LOCK={}".format(
            self.head, _PROBE, self.rest, self.joint, algorithm, self.joint, lock
        )


class AlgorithmWatcher(Watcher):
    """Puts ``algorithm``, ``lock`` and ``refused`` (why no better one) into a statement's group.

    ``connect`` gives a DBAPI connection of our own to the scratch database ``own``. ``warn`` is
    called with the level and text of each warning that a statement of the step met.
    """

    def __init__(
        self, connect: Callable[[], Any], own: str, warn: Callable[[str, str], None]
    ) -> None:
        self._connect = connect
        self._own = own
        self._warn = warn
        self._connection: Any = None
        self._found: Optional[Tuple[str, str, Optional[str]]] = None

    def before(self, connection: Any, sql: str) -> None:
        self._found = None
        trial = _trial(sql) if _ALTERS.match(sql) else None
        if trial is None:
            return
        started = time.perf_counter()
        try:
            self._found = self._try(trial)
        except Exception:  # whatever it is, the statement itself will tell
            self._found = None
        finally:
            self.overhead += time.perf_counter() - started

    def after(
        self, connection: Any, sql: str, group: Group, index: Optional[int], started: float
    ) -> bool:
        if self._found is not None:
            group["algorithm"], group["lock"], group["refused"] = self._found
            self._found = None
        self._hear(connection)
        return True

    def _hear(self, connection: Any) -> None:
        """Pass on what the server warns of: a value that was cut, where strict mode is off."""
        fairy = connection.connection
        driver = getattr(fairy, "dbapi_connection", None) or fairy.connection
        if not getattr(getattr(driver, "_result", None), "warning_count", 0):
            return
        with contextlib.suppress(Exception):  # it is only for information
            for level, _, message in driver.show_warnings() or ():
                self._warn(str(level).upper(), str(message))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _try(self, trial: _Trial) -> Optional[Tuple[str, str, Optional[str]]]:
        if self._connection is None:
            self._connection = self._connect()
            guard_connection(self._connection, self._own)
        cursor = self._connection.cursor()
        try:
            cursor.execute("DROP TABLE IF EXISTS `{}`".format(_PROBE))
            cursor.execute("CREATE TABLE `{}` LIKE {}".format(_PROBE, trial.table))
            return _first_accepted(cursor, trial)
        finally:
            cursor.execute("DROP TABLE IF EXISTS `{}`".format(_PROBE))
            cursor.close()


def _first_accepted(cursor: Any, trial: _Trial) -> Optional[Tuple[str, str, Optional[str]]]:
    reason: Optional[str] = None
    for algorithm, lock in _WAYS:
        try:
            cursor.execute(trial.sql(algorithm, lock))
        except Exception as error:
            arguments: List[Any] = list(getattr(error, "args", ()))
            if not arguments or arguments[0] not in _REFUSED:
                return None
            told = str(arguments[-1])
            reason = told.partition(" Try ")[0] if told.startswith("ALGORITHM") else reason
        else:
            return algorithm, lock, reason
    return None


def _trial(sql: str) -> Optional[_Trial]:
    """The statement as it is to be tried; None for one that is not, or that is not understood."""
    text = sql.strip().rstrip(";").replace("%%", "%")
    if _NOT_TRIED.search(text):
        return None
    found = _ALTER.match(text)
    if found and not found["rest"].startswith("."):
        return _Trial(found["table"], "ALTER TABLE", found["rest"], ",")
    found = _CREATE_INDEX.match(text)
    if found:
        return _Trial(found["table"], found["head"], found["rest"], "")
    found = _DROP_INDEX.match(text)  # which takes no ALGORITHM; ALTER TABLE does
    return _Trial(found["table"], "ALTER TABLE", found["rest"], ",") if found else None
