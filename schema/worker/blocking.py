"""An asynchronous driver, made to answer like any other: asyncpg.

SQLAlchemy's dialect for it gives a connection with the functions of an ordinary one, which can be
called only within a greenlet that an event loop drives
(https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-core). Here each call is
made in such a greenlet, in a thread with a loop of its own, and waited for. So a project that has
no other driver can be followed, and what asyncpg makes of a statement is what it makes of it there.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any, Callable, List, Optional

from .guard import permitted

#: What a cursor asks the server; the rows of most are at hand then.
_ASKS = {"close", "execute", "executemany"}
_FETCHES = {"fetchall", "fetchmany", "fetchone"}


class _Loop:
    """An event loop in a thread of its own, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call it in a greenlet of the loop's thread, which may open connections; wait for it."""
        from sqlalchemy.util import greenlet_spawn

        def called() -> Any:
            return function(*arguments, **keywords)

        async def run() -> Any:
            with permitted():
                return await greenlet_spawn(called)

        return asyncio.run_coroutine_threadsafe(run(), self._started()).result()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                run = self._loop.run_forever
                threading.Thread(target=run, name="schema-driver", daemon=True).start()
            return self._loop


_LOOP = _Loop()


#: The dialect, and how SQLAlchemy is told of it.
NAME = "postgresql.asyncpg_that_waits"
DRIVER = NAME.partition(".")[2]
_made: List[Any] = []


def register() -> None:
    """Have SQLAlchemy know the dialect. Raises ImportError where it has none for asyncpg."""
    from sqlalchemy.dialects import registry
    from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg as Original
    from sqlalchemy.pool import QueuePool

    if _made:
        return

    class Dialect(Original):
        """As the original, but for its connections, which wait: so its engines are ordinary."""

        is_async = False
        supports_statement_cache = True

        @classmethod
        def get_pool_class(cls, url: Any) -> Any:
            # The original names a pool for engines of asyncio alone, which an ordinary one refuses.
            return QueuePool

        def connect(self, *arguments: Any, **keywords: Any) -> Any:
            return _Waiting(_LOOP.call(super().connect, *arguments, **keywords))

        def on_connect(self) -> Any:
            function: Any = super().on_connect()  # type: ignore[no-untyped-call]
            if function is None:
                return None
            return lambda connection: _LOOP.call(function, connection.__dict__["_schema_inner"])

    _made.append(Dialect)
    registry.register(NAME, __name__, "dialect")


def __getattr__(name: str) -> Any:
    """``dialect``, by which SQLAlchemy finds it."""
    if name == "dialect" and _made:
        return _made[0]
    raise AttributeError(name)


class _Waiting:
    """A connection, or a cursor of it, whose calls are made in the loop's thread."""

    def __init__(self, inner: Any) -> None:
        self.__dict__["_schema_inner"] = inner

    def _is_slow(self, name: str) -> bool:
        return True

    def cursor(self, *arguments: Any, **keywords: Any) -> Any:
        return _WaitingCursor(self._schema_inner.cursor(*arguments, **keywords))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.__dict__["_schema_inner"], name)
        if not callable(found) or not self._is_slow(name):
            return found
        return functools.partial(_LOOP.call, found)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_schema_inner"], name, value)


class _WaitingCursor(_Waiting):
    def _is_slow(self, name: str) -> bool:
        return name in _ASKS or (name in _FETCHES and getattr(self, "server_side", False))

    def __iter__(self) -> Any:
        return iter(self.fetchall())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()
