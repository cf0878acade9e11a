"""What SQL ran on our connection: text, seconds, rows; repeats folded, and bounded in number."""

from __future__ import annotations

import re
import reprlib
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from .control import CONTROL
from .failure import redact

Group = Dict[str, Any]

#: At most so many statements are kept for a step, and so many characters of one.
MOST_STATEMENTS = 2000
MOST_CHARACTERS = 20_000

#: So many characters are kept of a statement's parameters.
MOST_PARAMETERS = 500

#: Seconds between two messages to the kernel: a loop of inserts must not drown it.
PAUSE = 0.1


class Watcher:
    """Told of a step's statements and transactions as they come; this one looks at nothing.

    ``overhead`` is the seconds that it took for itself, inside the step's time.
    """

    overhead = 0.0

    def before(self, connection: Any, sql: str) -> None:
        """A statement of the revision is about to run."""

    def after(
        self, connection: Any, sql: str, group: Group, index: Optional[int], started: float
    ) -> bool:
        """It has run, and was counted in ``group``, whose place among the statements is ``index``.

        ``started`` is a moment of ``time.perf_counter``. The index is None for one left out. True
        says that the same statement need not be told of again, before another one runs or a
        transaction ends.
        """
        return True

    def pause(self) -> None:
        """The revision's own statements are over."""

    def ending(self, fairy: Any) -> None:
        """The transaction of this DBAPI connection is about to end."""

    def ended(self, fairy: Any) -> None:
        """It has ended."""

    def result(self) -> Dict[str, Any]:
        """What was seen, for the kernel."""
        return {}

    def close(self) -> None:
        """Give up what is held for looking."""


class Recorder:
    """Listens to one step's statements while ``active``; ``send`` takes a batch of them.

    ``count`` is the number of executions so far, one that takes many sets of parameters being one.
    ``after_execution`` is called with each new count and the connection. ``passes_over`` is asked
    of each statement: one for which it gives words is not run, and ``notes`` say so.
    """

    def __init__(
        self,
        send: Callable[[List[Group]], None],
        watcher: Optional[Watcher] = None,
        *,
        hide_parameters: bool = False,
    ) -> None:
        self.active = False
        self.statements: List[Group] = []
        self.left_out = 0
        self.count = 0
        self.seconds = 0.0
        self.hide_parameters = hide_parameters
        self.watcher = watcher or Watcher()
        self.after_execution: Optional[Callable[[int, Any], None]] = None
        self.passes_over: Optional[Callable[[str], Optional[str]]] = None
        self.notes: List[str] = []
        self._send = send
        self._open: Optional[Group] = None
        self._index: Optional[int] = None
        self._quiet: Optional[str] = None
        self._shape: Optional[str] = None
        self._connection: Any = None
        self._waiting: List[Group] = []
        self._sent = 0.0
        self._began: Optional[float] = None

    def begin(self) -> None:
        """A revision begins: from here on, its statements are recorded."""
        if self._began is None:
            self._began = time.perf_counter()
        self.active = True

    def end(self) -> None:
        """The revision's own statements are over."""
        if self.active:
            self.active = False
            self.watcher.pause()

    def listen(self, engine: Any) -> None:
        """Record what this engine executes, and when its transactions end.

        The dialect is the engine's own, and these are its documented methods. Events would tell the
        same, but an engine that has a listener makes each statement slower, and tells of the end of
        a transaction only beforehand.
        """
        dialect = engine.dialect
        dialect.do_execute = self._timed(dialect.do_execute, many=False)
        dialect.do_executemany = self._timed(dialect.do_executemany, many=True)
        plain = dialect.do_execute_no_params
        without = self._timed(lambda cursor, sql, _, context: plain(cursor, sql, context), False)
        dialect.do_execute_no_params = lambda cursor, sql, context=None: without(
            cursor, sql, None, context
        )
        dialect.do_commit = self._around(dialect.do_commit, commits=True)
        dialect.do_rollback = self._around(dialect.do_rollback, commits=False)

    def close(self) -> None:
        """No more statements will come: send what waits."""
        self._fold_up()
        self._flush()

    def stop_watching(self) -> Dict[str, Any]:
        """What the watcher saw; connections that end later are nobody's concern."""
        watcher, self.watcher = self.watcher, Watcher()
        try:
            return watcher.result()
        finally:
            watcher.close()

    def _around(self, original: Callable[[Any], None], commits: bool) -> Callable[[Any], None]:
        def ends(fairy: Any) -> None:
            if commits:
                CONTROL.check()
            self._quiet = None
            self.watcher.ending(fairy)
            try:
                original(fairy)
            finally:
                self.watcher.ended(fairy)

        return ends

    def _timed(self, original: Callable[..., Any], many: bool) -> Callable[..., Any]:
        def execute(cursor: Any, sql: str, values: Any, context: Any = None) -> Any:
            if CONTROL.is_stopping:
                CONTROL.check()
            if not self.active or context is None:
                return None if self._passed(sql) else original(cursor, sql, values, context)
            connection = context.root_connection
            if connection is not self._connection or not self._is_quiet(sql):
                self._quiet = None
                if self._passed(sql):
                    return None
                self.watcher.before(connection, sql)
            started = time.perf_counter()
            try:
                result = original(cursor, sql, values, context)
            except BaseException:
                self._quiet = None
                self._add(sql, started, time.perf_counter() - started, None, values, 1)
                self.count += 1
                raise
            seconds = time.perf_counter() - started
            self._ran(connection, cursor, sql, started, seconds, values, many)
            return result

        return execute

    def _passed(self, sql: str) -> bool:
        """Whether a statement is not to be run."""
        words = self.passes_over(sql) if self.passes_over is not None else None
        if words is None:
            return False
        note = "Not run, as it reaches beyond the copy, to what all databases of its server share: "
        if note + words not in self.notes:
            self.notes.append(note + words)
        return True

    def _is_quiet(self, sql: str) -> bool:
        """Whether the watcher has no more to learn of it: it ran just now, maybe with others."""
        if self._quiet is None or sql == self._quiet:
            return self._quiet is not None
        if self._shape is None or shape_of(sql) != self._shape:
            return False
        self._quiet = sql
        return True

    def _ran(
        self,
        connection: Any,
        cursor: Any,
        sql: str,
        started: float,
        seconds: float,
        values: Any,
        many: bool,
    ) -> None:
        rows = getattr(cursor, "rowcount", None)
        rows = rows if isinstance(rows, int) and rows >= 0 else None
        executions = len(values) if many else 1
        if sql == self._quiet and self._open is not None:
            self._repeat(self._open, seconds, rows, executions)
        else:
            self._add(sql, started, seconds, rows, values, executions)
            self._tell_watcher(connection, sql, started)
        self.count += 1
        if self.after_execution is not None:
            self.after_execution(self.count, connection)

    def _tell_watcher(self, connection: Any, sql: str, started: float) -> None:
        group = self._open
        if group is not None and self.watcher.after(connection, sql, group, self._index, started):
            self._quiet, self._connection = sql, connection

    def _add(
        self,
        sql: str,
        started: float,
        seconds: float,
        rows: Optional[int],
        values: Any,
        executions: int,
    ) -> None:
        sql = sql.strip()
        sql = sql if len(sql) <= MOST_CHARACTERS else sql[:MOST_CHARACTERS] + " …"
        last, shape = self._open, shape_of(sql)
        is_alike = shape is not None and shape == self._shape
        if last is not None and (last["sql"] == sql or is_alike):
            self._repeat(last, seconds, rows, executions)
            return
        self.seconds += seconds
        self._fold_up()
        self._shape = shape
        self._open = {"sql": sql, "seconds": seconds, "rows": rows, "executions": executions}
        self._index = len(self.statements) if len(self.statements) < MOST_STATEMENTS else None
        if self._index is not None:
            shown = _shown(values, executions) if values and not self.hide_parameters else None
            self._open["parameters"] = shown
            self._open["started"] = max(0.0, started - (self._began or started))
        self._open["wal_bytes"] = None

    def _repeat(self, group: Group, seconds: float, rows: Optional[int], executions: int) -> None:
        self.seconds += seconds
        group["seconds"] += seconds
        group["executions"] += executions
        if rows is not None:
            group["rows"] = (group["rows"] or 0) + rows

    def _fold_up(self) -> None:
        if self._open is None:
            return
        if len(self.statements) < MOST_STATEMENTS:
            self.statements.append(self._open)
            self._waiting.append(self._open)
        else:
            self.left_out += 1
        self._open = None
        if self._waiting and time.monotonic() - self._sent >= PAUSE:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._send(self._waiting)
            self._waiting = []
            self._sent = time.monotonic()


def driver_connection(fairy: Any) -> Any:
    """The driver's own connection within the pool's, which had another name before 1.4.24."""
    return getattr(fairy, "dbapi_connection", None) or fairy.connection


_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d[\d.]*\b")


_CHANGES_ROWS = re.compile(r"(?i)\s*(INSERT|UPDATE|DELETE|SELECT|REPLACE|WITH)\b")


def shape_of(sql: str) -> Optional[str]:
    """The pattern of a statement that reads or changes rows, None for any other.

    A loop that writes its values into the text runs one statement, whose first text is told.
    """
    return pattern_of(sql) if _CHANGES_ROWS.match(sql) else None


def pattern_of(sql: str) -> str:
    """The text without its values, so that a loop over literals is one statement."""
    return _VALUES.sub("?", sql) if len(sql) < MOST_CHARACTERS // 10 else sql


_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 120
_repr.maxdict = _repr.maxlist = _repr.maxtuple = 20


def _shown(values: Any, executions: int) -> Optional[str]:
    """The first set of parameters as text, and how many sets there are; None when there are none.

    Long values are cut before they are made text: one may be a file of many megabytes.
    """
    first: Tuple[Any, int] = (values, 1)
    if executions > 1 and isinstance(values, (list, tuple)) and values:
        first = (values[0], executions)
    if not first[0]:
        return None
    try:
        text = _repr.repr(first[0])
    except Exception:
        text = "<{}>".format(type(first[0]).__name__)
    text = redact(text)
    text = text if len(text) <= MOST_PARAMETERS else text[:MOST_PARAMETERS] + " …"
    return text if first[1] == 1 else "{} and {} more sets".format(text, first[1] - 1)
