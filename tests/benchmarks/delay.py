"""A proxy that makes a link longer: every byte arrives a set time after it was sent.

The delay is that of a long cable, not of a slow one: what is sent at once arrives at once, later;
bandwidth is not limited, and packets on their way do not wait for each other.

Run by itself (``python delay.py SOCKET SECONDS``) it prints its port and serves until it is ended,
so that its work does not take the time of the process that is measured.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["delayed"]

_CHUNK = 1 << 18  # bytes read at a time


@contextmanager
def delayed(socket: Path, round_trip: float) -> Iterator[int]:
    """A TCP port of this machine that leads to a server's socket, ``round_trip`` seconds away."""
    command = [sys.executable, __file__, str(socket), str(round_trip / 2)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.terminate()


async def _serve(socket: str, delay: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(socket, limit=_CHUNK)
        await asyncio.gather(_carry(reader, back, delay), _carry(there, writer, delay))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=_CHUNK)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Take chunks as they come; hand each on when its time has come, in their order."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, chunk = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not chunk:
                break
            writer.write(chunk)
        writer.close()

    arriving = asyncio.create_task(arrive())
    try:
        while chunk := await reader.read(_CHUNK):
            on_the_way.put_nowait((loop.time() + delay, chunk))
    except ConnectionError:
        pass
    on_the_way.put_nowait((loop.time() + delay, b""))
    await arriving


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], float(sys.argv[2])))
