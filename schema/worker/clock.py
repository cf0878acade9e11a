"""Another day: the clock that the project's code reads, put forward before that code is loaded.

A revision that writes the time into the schema makes another schema each day. Only what Python
tells of the time is put forward; the database keeps its own clock. ``datetime.datetime`` and
``datetime.date`` stay the very classes that they are, as libraries know them by identity: only
their methods that read the clock are others. That needs CPython.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import time
from typing import Any, Callable

_TIME, _TIME_NS = time.time, time.time_ns
_GMTIME, _LOCALTIME, _CTIME, _STRFTIME = time.gmtime, time.localtime, time.ctime, time.strftime


def put_forward(seconds: float) -> None:
    """Have all code read a clock that is so far ahead. Raises RuntimeError where that cannot be."""
    ahead = datetime.timedelta(seconds=seconds)
    today = datetime.date.today()
    _put_time(seconds)
    try:
        for name in ("now", "utcnow"):
            _put(datetime.datetime, name, ahead)
        if datetime.date.today() == today:  # as a rule, it asks time.time
            _put(datetime.date, "today", ahead)
    except Exception as error:
        raise RuntimeError("this Python's clock cannot be put forward: {}".format(error)) from None


def _put(kind: type, name: str, ahead: datetime.timedelta) -> None:
    # The dictionary behind the proxy: a type that is written in C lets nothing else change it.
    (members,) = gc.get_referents(kind.__dict__)
    members[name] = classmethod(_later(members[name], ahead))
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _later(real: Any, ahead: datetime.timedelta) -> Callable[..., Any]:
    def read(cls: type, *arguments: Any, **keywords: Any) -> Any:
        return real.__get__(None, cls)(*arguments, **keywords) + ahead

    read.__name__ = real.__name__
    return read


def _put_time(seconds: float) -> None:
    def now() -> float:
        return _TIME() + seconds

    def or_now(moment: Any) -> float:
        return now() if moment is None else moment

    time.time = now
    time.time_ns = lambda: _TIME_NS() + int(seconds * 1e9)
    time.gmtime = lambda moment=None: _GMTIME(or_now(moment))
    time.localtime = lambda moment=None: _LOCALTIME(or_now(moment))
    time.ctime = lambda moment=None: _CTIME(or_now(moment))
    time.strftime = lambda form, moment=None: _STRFTIME(form, moment or _LOCALTIME(now()))
