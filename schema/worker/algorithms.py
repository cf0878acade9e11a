"""How MariaDB does each ALTER of a step: the first of INSTANT, NOCOPY, INPLACE, COPY it accepts.

The server says so only when it is told one that it cannot do. So before a statement of DDL runs, it
is tried on an empty table of the same definition, with one algorithm after the other, each with the
weakest lock first. What the migration's session has set (strict mode, whether foreign keys are
checked) decides too, and so holds for the trial. Of the foreign keys that lead from the table, the
definition has those that the statement drops, under other names: a name can be there only once.

Source: https://mariadb.com/kb/en/innodb-online-ddl-overview/
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

from .beyond import guard_connection
from .statements import Group, Watcher, driver_connection

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
    r"\b(?:RENAME\s+(?:TO|AS)|ALGORITHM|LOCK\s*=|EXCHANGE|DISCARD|IMPORT|CONVERT\s+(?:PARTITION|TABLE))\b",
    re.IGNORECASE,
)
_ALTERS = re.compile(r"\s*(?:ALTER|CREATE|DROP)\b", re.IGNORECASE)

#: The best first. INSTANT changes nothing but the definition, NOCOPY builds indexes at most,
#: INPLACE may write the table anew while others read and write it, COPY copies it row by row.
_WAYS = (
    ("INSTANT", "NONE"), ("NOCOPY", "NONE"), ("NOCOPY", "SHARED"), ("INPLACE", "NONE"),
    ("INPLACE", "SHARED"), ("COPY", "NONE"), ("COPY", "SHARED"), ("COPY", "EXCLUSIVE"),
)  # fmt: skip

_DROPS_KEY = re.compile(
    r"\bDROP\s+(?:FOREIGN\s+KEY|CONSTRAINT)\s+(?:IF\s+EXISTS\s+)?(`(?:[^`]|``)+`|[\w$]+)",
    re.IGNORECASE,
)
_KEY = r"^\s*CONSTRAINT `{}` (FOREIGN KEY .*?),?$"

#: What of a session decides how an ALTER can be done.
_SESSION = ("sql_mode", "foreign_key_checks", "alter_algorithm")

#: ER_ALTER_OPERATION_NOT_SUPPORTED, the same with a reason, and of another lock.
_REFUSED = (1845, 1846)


_PARTITIONS = re.compile(r"(?:PARTITION\s+BY|REMOVE\s+PARTITIONING)\b", re.IGNORECASE)
#: For a statement that must come after ALGORITHM and LOCK.
_FIRST = "first"


class _Trial(NamedTuple):
    """A statement with the probe in its table's place."""

    table: str
    head: str
    rest: str
    joint: str

    def sql(self, algorithm: str, lock: str) -> str:
        if self.joint == _FIRST:
            return "{} `{}` ALGORITHM={}, LOCK={} {}".format(
                self.head, _PROBE, algorithm, lock, self.rest
            )
        how = "ALGORITHM={}{} LOCK={}".format(algorithm, self.joint, lock)
        return "{} `{}` {}{} {}".format(self.head, _PROBE, self.rest, self.joint, how)


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
            self._found = self._try(trial, _settings(connection))
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
        driver = driver_connection(connection.connection)
        if not getattr(getattr(driver, "_result", None), "warning_count", 0):
            return
        with contextlib.suppress(Exception):  # it is only for information
            for level, _, message in driver.show_warnings() or ():
                self._warn(str(level).upper(), str(message))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _try(
        self, trial: _Trial, settings: List[Tuple[str, Any]]
    ) -> Optional[Tuple[str, str, Optional[str]]]:
        if self._connection is None:
            self._connection = self._connect()
            guard_connection(self._connection, self._own)
        cursor = self._connection.cursor()
        try:
            for name, value in settings:
                cursor.execute("SET SESSION {} = %s".format(name), (value,))
            cursor.execute("DROP TABLE IF EXISTS `{}`".format(_PROBE))
            cursor.execute("CREATE TABLE `{}` LIKE {}".format(_PROBE, trial.table))
            return _first_accepted(cursor, _with_keys(cursor, trial))
        finally:
            cursor.execute("DROP TABLE IF EXISTS `{}`".format(_PROBE))
            cursor.close()


def _settings(connection: Any) -> List[Tuple[str, Any]]:
    """What the migration's session has set; nothing where it cannot be asked."""
    try:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT " + ", ".join("@@" + name for name in _SESSION))
        row = cursor.fetchone()
        cursor.close()
    except Exception:  # MySQL has no alter_algorithm
        return []
    values = row.values() if isinstance(row, dict) else row
    return list(zip(_SESSION, values))  # noqa: B905 -- Python 3.8 and 3.9 know no strict


def _with_keys(cursor: Any, trial: _Trial) -> _Trial:
    """Give the probe the foreign keys that the statement drops; it names those then."""
    names = [_plain(found) for found in _DROPS_KEY.findall(trial.rest)]
    if not names:
        return trial
    cursor.execute("SHOW CREATE TABLE {}".format(trial.table))
    text = cursor.fetchone()[1]
    rest = trial.rest
    for number, name in enumerate(names):
        found = re.search(_KEY.format(re.escape(name.replace("`", "``"))), text, re.MULTILINE)
        if found is None:  # it is a check, which came with the definition
            continue
        other = "{}_key_{}".format(_PROBE, number)
        cursor.execute(
            "ALTER TABLE `{}` ADD CONSTRAINT `{}` {}".format(_PROBE, other, found.group(1))
        )
        rest = re.sub(
            _DROPS_KEY,
            lambda match, name=name, other=other: (  # type: ignore[misc]
                match.group().replace(match.group(1), "`{}`".format(other))
                if _plain(match.group(1)) == name
                else match.group()
            ),
            rest,
        )
    return trial._replace(rest=rest)


def _plain(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _first_accepted(cursor: Any, trial: _Trial) -> Optional[Tuple[str, str, Optional[str]]]:
    reason: Optional[str] = None
    # Partitions are made by a copy, whatever the server lets itself be told.
    ways = [way for way in _WAYS if way[0] == "COPY"] if trial.joint == _FIRST else _WAYS
    for algorithm, lock in ways:
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


def _joint(rest: str) -> str:
    """What stands before ALGORITHM; partitions are told of last, and nothing comes after them."""
    return _FIRST if _PARTITIONS.match(rest) else ","


def _trial(sql: str) -> Optional[_Trial]:
    """The statement as it is to be tried; None for one that is not, or that is not understood."""
    text = sql.strip().rstrip(";").replace("%%", "%")
    if _NOT_TRIED.search(text):
        return None
    found = _ALTER.match(text)
    if found and not found["rest"].startswith("."):
        return _Trial(found["table"], "ALTER TABLE", found["rest"], _joint(found["rest"]))
    found = _CREATE_INDEX.match(text)
    if found:
        return _Trial(found["table"], found["head"], found["rest"], "")
    found = _DROP_INDEX.match(text)  # which takes no ALGORITHM; ALTER TABLE does
    return _Trial(found["table"], "ALTER TABLE", found["rest"], ",") if found else None
