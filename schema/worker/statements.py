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
    ``after_execution`` is called with each new count and the connection.
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
        self._send = send
        self._open: Optional[Group] = None
        self._index: Optional[int] = None
        self._quiet: Optional[str] = None
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
        """Record what this engine executes, and when its transactions end."""
        from sqlalchemy import event

        event.listen(engine, "before_cursor_execute", self._before, retval=True)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "handle_error", self._failed)
        # The dialect is the engine's own; these are its documented methods. The events come before
        # the end of a transaction only.
        dialect = engine.dialect
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

    def _before(
        self, connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool
    ) -> Tuple[str, Any]:
        if CONTROL.is_stopping:
            CONTROL.check()
        if self.active and context is not None:
            if sql != "BEGIN" and not (sql == self._quiet and connection is self._connection):
                self._quiet = None
                self.watcher.before(connection, sql)
            context._schema_started = time.perf_counter()
        return sql, values

    def _after(
        self, connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool
    ) -> None:
        now = time.perf_counter()
        started = getattr(context, "_schema_started", None)
        if started is None or sql == "BEGIN":
            return
        rows = getattr(cursor, "rowcount", None)
        rows = rows if isinstance(rows, int) and rows >= 0 else None
        if sql == self._quiet and self._open is not None:
            self._repeat(self._open, now - started, rows, len(values) if many else 1)
        else:
            self._add(sql, started, now - started, rows, values, len(values) if many else 1)
            self._tell_watcher(connection, sql, started)
        context._schema_counted = True
        self.count += 1
        if self.after_execution is not None:
            self.after_execution(self.count, connection)

    def _tell_watcher(self, connection: Any, sql: str, started: float) -> None:
        group = self._open
        if group is not None and self.watcher.after(connection, sql, group, self._index, started):
            self._quiet, self._connection = sql, connection

    def _failed(self, context: Any) -> None:
        started = getattr(context.execution_context, "_schema_started", None)
        sql = context.statement
        if started is None or not sql or sql == "BEGIN":
            return
        if getattr(context.execution_context, "_schema_counted", False):
            return  # the statement itself was well; the error is one of our own making
        seconds = time.perf_counter() - started
        self._add(sql, started, seconds, None, context.parameters, 1)
        self.count += 1

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
        last = self._open
        if last is not None and last["sql"] == sql:
            self._repeat(last, seconds, rows, executions)
            return
        self.seconds += seconds
        self._fold_up()
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


_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d[\d.]*\b")


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
