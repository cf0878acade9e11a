"""What SQL ran on our connection: text, seconds, rows; repeats folded, and bounded in number."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Optional

#: At most so many statements are kept for a step, and so many characters of one.
MOST_STATEMENTS = 2000
MOST_CHARACTERS = 20_000

#: Seconds between two messages to the kernel: a loop of inserts must not drown it.
PAUSE = 0.1


class Recorder:
    """Listens to one step's statements while ``active``; ``send`` takes a batch of them."""

    def __init__(self, send: Callable[[List[Dict[str, Any]]], None]) -> None:
        self.active = False
        self.statements: List[Dict[str, Any]] = []
        self.left_out = 0
        self._send = send
        self._open: Optional[Dict[str, Any]] = None
        self._waiting: List[Dict[str, Any]] = []
        self._sent = 0.0

    def listen(self, engine: Any) -> None:
        """Record what this engine executes."""
        from sqlalchemy import event

        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "handle_error", self._failed)

    def close(self) -> None:
        """No more statements will come: send what waits."""
        self._fold_up()
        self._flush()

    def _before(
        self, connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool
    ) -> None:
        if self.active and context is not None:
            context._schema_started = time.perf_counter()

    def _after(
        self, connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool
    ) -> None:
        started = getattr(context, "_schema_started", None)
        if started is None or sql == "BEGIN":
            return
        rows = getattr(cursor, "rowcount", -1)
        self._add(
            sql,
            time.perf_counter() - started,
            rows if isinstance(rows, int) and rows >= 0 else None,
            len(values) if many else 1,
        )

    def _failed(self, context: Any) -> None:
        started = getattr(context.execution_context, "_schema_started", None)
        if started is not None and context.statement:
            self._add(context.statement, time.perf_counter() - started, None, 1)

    def _add(self, sql: str, seconds: float, rows: Optional[int], executions: int) -> None:
        sql = sql.strip()
        sql = sql if len(sql) <= MOST_CHARACTERS else sql[:MOST_CHARACTERS] + " …"
        last = self._open
        if last is not None and last["sql"] == sql:
            last["seconds"] += seconds
            last["executions"] += executions
            if rows is not None:
                last["rows"] = (last["rows"] or 0) + rows
            return
        self._fold_up()
        self._open = {"sql": sql, "seconds": seconds, "rows": rows, "executions": executions}

    def _fold_up(self) -> None:
        if self._open is None:
            return
        if len(self.statements) < MOST_STATEMENTS:
            self.statements.append(self._open)
            self._waiting.append(self._open)
        else:
            self.left_out += 1
        self._open = None
        if time.monotonic() - self._sent >= PAUSE:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._send(self._waiting)
            self._waiting = []
            self._sent = time.monotonic()
