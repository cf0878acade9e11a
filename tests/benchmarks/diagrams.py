"""What drawing a diagram costs: from a catalog to SVG, for schemas of several sizes.

``python tests/benchmarks/diagrams.py`` makes catalogs of 15, 60, 200 and 1,000 tables, and tells
the median of the processor.s seconds, and the size of the picture. At
most a second is wanted for 200 tables, and five for 1,000.
"""

from __future__ import annotations

import argparse
import gc
import re
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from made_schema import made_schema  # noqa: E402 -- found by the path above

from schema.catalog import Catalog  # noqa: E402
from schema.diagram import Diagram, diagram_of  # noqa: E402
from schema.render.er import er_svg  # noqa: E402
from schema.render.er_map import arrange_map  # noqa: E402
from schema.render.er_places import arrange  # noqa: E402

SIZES = (15, 60, 200, 1000)


def main() -> None:
    options = _options()
    for size in options.tables:
        measure(made_schema(size), size, options.runs)


def measure(catalog: Catalog, size: int, runs: int) -> None:
    """One size: the diagram and its SVG, each time from the beginning."""
    found = [_once(catalog) for _ in range(runs)]
    taken = statistics.median(seconds for seconds, _ in found)
    svg = found[-1][1]
    match = re.search(r'width="(\d+)" height="(\d+)"', svg)
    shape = " x ".join(match.groups()) if match else "?"
    print(
        f"{size:5} tables: {taken:6.3f} s, {shape} pixels, {len(svg) / 1000:,.0f} kB of SVG",
        flush=True,
    )


def _once(catalog: Catalog) -> tuple[float, str]:
    arrange.cache_clear()
    arrange_map.cache_clear()
    gc.collect()
    start = time.process_time()
    diagram: Diagram = diagram_of(catalog)
    svg = er_svg(diagram)
    return time.process_time() - start, svg


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, nargs="+", default=SIZES)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
