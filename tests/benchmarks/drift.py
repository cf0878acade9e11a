"""How long drift takes, and what it costs, beside ``alembic check`` and the catalog queries alone.

``python tests/benchmarks/drift.py --tables 1000 --dialect postgresql`` makes a project and its
database in a temporary folder, and prints ratios. What is compared is run in turn, A B A B …, so
that a machine whose speed drifts treats both alike; the minimum and the median of the runs are
shown, and for processes also the processor's time, which other work on the machine disturbs less.

alembic check   ``python -m alembic check``, with types and server defaults compared, on a copy
floor           the catalog queries alone, through the driver alone
drift           ``schema drift`` as a process, and ``find_drift`` in a process that has run before
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from measures import (  # noqa: E402 -- found by the path above
    Bench,
    measure_cold,
    measure_everyday,
    measure_latency,
    measure_memory,
    measure_reading,
)
from servers import database  # noqa: E402


def main() -> None:
    options = _options()
    with own_cache(options.folder), database(options.dialect, options.folder) as found:
        bench = Bench(options.tables, options.revisions, options.runs, found)
        print(f"{options.tables} tables on {found.title}, {options.runs} runs each", flush=True)
        bench.prepare()
        measure_reading(bench)
        measure_memory(bench)
        if not options.reading_only:
            measure_everyday(bench)
            measure_cold(bench)
            if options.dialect == "postgresql":
                measure_latency(bench, options.latency / 1000)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--dialect", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--revisions", type=int, default=10, help="into which the tables are split")
    parser.add_argument("--runs", type=int, default=5, help="of each command that is compared")
    parser.add_argument("--latency", type=float, default=20, help="milliseconds there and back")
    parser.add_argument("--reading-only", action="store_true", help="measure no drift")
    parser.add_argument("--folder", type=Path, help="where to work; made anew, and left there")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True)
    return options


@contextlib.contextmanager
def own_cache(folder: Path | None) -> Iterator[None]:
    """A cache of the benchmark's own: the user's is neither used nor filled."""
    with contextlib.ExitStack() as stack:
        # A short path: a server's socket lies below it.
        made = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="swb-", dir="/tmp"))
        os.environ["SCHEMA_CACHE_DIR"] = str(Path(made) / "cache")
        os.environ.setdefault("XDG_RUNTIME_DIR", str(made))
        os.environ["SCHEMA_BENCHMARK_DIR"] = str(made)
        yield


if __name__ == "__main__":
    main()
