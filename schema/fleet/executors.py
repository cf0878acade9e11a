"""Who reads the databases: processes, threads, a Dask cluster, or any other executor."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from schema.errors import ConfigError
from schema.fleet.pools import Processes, Threads

__all__ = ["DEFAULT", "abandon", "default_jobs", "opened"]

#: What is used where nothing is said: see tests/benchmarks/fleet.py for what each takes.
DEFAULT = "processes"

#: For fewer readings than these another process is not started: that takes about as long.
WORTH_A_PROCESS = 8

_DASK = ("dask://", "dask+tcp://", "dask+tls://")


def default_jobs() -> int:
    """How many databases are read at once: two for each processor that this process may use.

    While one waits for its server, or for the disk, the other can compute.
    """
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        processors = os.cpu_count() or 1
    return max(2, min(2 * processors, 16))


@contextmanager
def opened(
    executor: Executor | str | None, jobs: int | None, count: int
) -> Iterator[tuple[Executor, int]]:
    """An executor for so many readings, and how many it is given at once.

    ``executor`` is one that somebody else made, and ends; or ``"processes"``, ``"threads"``,
    ``"dask://HOST:PORT"`` (``dask+tls://`` with Dask's own TLS settings). Raises ConfigError.
    """
    if executor is not None and not isinstance(executor, str):
        yield executor, jobs or _width(executor)
        return
    name = executor or DEFAULT
    if name.startswith(_DASK):
        with _dask(name) as (found, width):
            yield found, jobs or width
        return
    if name not in {"processes", "threads"}:
        raise ConfigError(
            f"There is no executor {name!r}; there are processes, threads and dask://HOST:PORT."
        )
    if name == "processes":
        width = jobs or min(default_jobs(), -(-count // WORTH_A_PROCESS))
        pool: Processes | Threads = Processes(width)
    else:
        width = jobs or default_jobs()
        pool = Threads(width)
    try:
        yield pool, width
    finally:
        pool.shutdown()


def abandon(executor: Executor, future: Future[Any], why: BaseException) -> None:
    """Give up a call that takes too long: at once, whatever the executor can do about it."""
    if isinstance(executor, Processes | Threads):
        executor.abandon(future, why)
    else:  # one that blocks here must not hold up the others
        threading.Thread(target=future.cancel, daemon=True).start()


def _width(executor: Executor) -> int:
    """How many calls an executor runs at once, as far as it says."""
    return getattr(executor, "_max_workers", None) or default_jobs()


@contextmanager
def _dask(name: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "dask:// needs Dask. Install it with: pip install 'schema-workbench[dask]'"
        ) from None
    scheme, _, place = name.partition("://")
    address = f"{'tls' if scheme.endswith('tls') else 'tcp'}://{place}"
    try:
        client: Any = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ConfigError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        width = sum(client.nthreads().values())
        if not width:
            raise ConfigError(f"The Dask cluster at {address} has no workers.")
        yield client.get_executor(), 2 * width
