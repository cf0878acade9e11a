"""Differences that come from the server's version alone, proved by having the other one write them.

PostgreSQL writes expressions and definitions in its own words, which change from version to
version. Where the migrations were replayed on another version than live's, live's schema is rebuilt
there: what is then written as the migrations have it never differed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy.engine import URL

from schema.catalog import Catalog
from schema.compare import Difference
from schema.errors import WorkbenchError
from schema.rebuilding import rebuilt

__all__ = ["tell_noise"]

#: Properties in which the server writes SQL in its own words.
_WRITTEN = frozenset(
    {"definition", "expression", "default", "generated", "predicate", "when", "using", "check",
     "with_check", "source", "body", "bound", "partition_bound", "partition_key"}
)  # fmt: skip


def tell_noise(
    changes: Sequence[Difference],
    expected: Catalog,
    live: Catalog,
    server: URL | None,
    scope: Callable[[Catalog], Catalog],
) -> tuple[list[Difference], list[Difference]]:
    """The changes that are real, and those that are the version's, with that cause.

    Nothing is rebuilt where the versions agree, or no difference can be of that sort. When live's
    schema cannot be rebuilt, all count as real.
    """
    candidates = [item for item in changes if _is_written(item)]
    if not candidates or _major(expected) == _major(live) or live.dialect != "postgresql":
        return list(changes), []
    try:
        with rebuilt(live, server, label="version") as copy:
            written = scope(copy.catalog)
    except WorkbenchError:
        return list(changes), []
    noise = [item for item in candidates if _agrees(item, expected, written)]
    words = f"as PostgreSQL {_major(expected)} and {_major(live)} write it"
    told = [replace(i, cause="noise", explanation=words, is_cosmetic=True) for i in noise]
    return [item for item in changes if item not in noise], told


def _is_written(item: Difference) -> bool:
    if item.change != "changed" or not item.properties.keys() <= _WRITTEN:
        return False
    return all(isinstance(side, str) for pair in item.properties.values() for side in pair)


def _agrees(item: Difference, expected: Catalog, written: Catalog) -> bool:
    wanted, found = expected.get(item.identity), written.get(item.identity)
    if wanted is None or found is None:
        return False
    return all(wanted.properties[name] == found.properties.get(name) for name in item.properties)


def _major(catalog: Catalog) -> str:
    return catalog.server_version.partition(".")[0]
