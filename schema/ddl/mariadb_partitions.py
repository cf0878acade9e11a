"""How a MariaDB table is divided, as SQL.

Source: https://mariadb.com/kb/en/partitioning-types-overview/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.catalog.mariadb_text import quoted
from schema.catalog.objects import SchemaObject
from schema.ddl.mariadb_text import literal

__all__ = ["partitioning"]


def partitioning(item: SchemaObject) -> str:
    """PARTITION BY with all parts of a table; nothing for one that is not divided."""
    told = item.properties.get("partition_key")
    if not told:
        return ""
    method, _, sub = str(told).partition(" SUBPARTITION ")
    found = item.properties.get("partitions")
    rows = found if isinstance(found, tuple) else ()
    divided = f"PARTITION BY {method}" + (f"\nSUBPARTITION BY {sub}" if sub else "")
    inside = ",\n".join(f"  {each}" for each in _parts(rows, method.partition(" (")[0], bool(sub)))
    return f"{divided}\n(\n{inside}\n)"


def _parts(rows: Iterable[tuple[str, ...]], method: str, has_parts: bool) -> Iterator[str]:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for name, *rest in rows:
        groups.setdefault(name, []).append(tuple(rest))
    for name, members in groups.items():
        facts = list(members[0][1:] if has_parts else members[0])
        words = [f"PARTITION {quoted(name)}"]
        words += [_bound(method, facts.pop(0))] if _is_bound(method) and facts else []
        words += [f"COMMENT = {literal(facts[0])}"] if facts else []
        if has_parts:
            inside = ", ".join(f"SUBPARTITION {quoted(each[0])}" for each in members)
            words.append(f"({inside})")
        yield " ".join(words)


def _is_bound(method: str) -> bool:
    return method.startswith(("RANGE", "LIST", "SYSTEM_TIME"))


def _bound(method: str, told: str) -> str:
    if method.startswith("SYSTEM_TIME"):
        return told
    if method.startswith("RANGE"):
        return f"VALUES LESS THAN {told if told == 'MAXVALUE' else f'({told})'}"
    return "DEFAULT" if told == "MAXVALUE" else f"VALUES IN ({told})"
