"""A process that reads databases: tasks come in on standard input, what was read goes out.

Nothing it is given stands in its command line. It ends when its input does: also when the process
that started it is killed, and also in the middle of a reading.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
from typing import Any, BinaryIO

__all__ = ["receive", "send"]

_LENGTH = struct.Struct("!Q")


def send(stream: BinaryIO, value: object) -> None:
    """Write a value, with its length before it."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:  # noqa: ANN401
    """The next value. Raises EOFError when there is none, or only a part of one."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return pickle.loads(_exactly(stream, length))  # noqa: S301 -- from our own process


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def main() -> None:
    # Ctrl-C goes to every process of a terminal; what it means, the one that asks decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # a driver that prints disturbs nobody
        os.dup2(nowhere, number)
    calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, calls), daemon=True).start()

    from schema.fleet.reading import limit_memory

    limit_memory()
    send(outgoing, "ready")
    while True:
        function, arguments = calls.get()
        try:
            answer = (True, function(*arguments))
        except BaseException as error:  # told to the one who asked
            answer = (False, RuntimeError(f"{type(error).__name__}: {error}"))
        try:
            send(outgoing, answer)
        except OSError:  # nobody listens any more
            os._exit(1)


def _listen(incoming: BinaryIO, calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]]) -> None:
    try:
        while True:
            calls.put(receive(incoming))
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    sys.modules["schema.fleet.child"] = sys.modules["__main__"]
    main()
