"""Which table a person means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from schema.catalog import Catalog, SchemaObject
from schema.errors import WorkbenchError
from schema.synthetic.tables import table_label
from schema.tables.models import Models

__all__ = ["objects_of", "resolve", "tables_of"]


def tables_of(catalog: Catalog | None) -> dict[str, SchemaObject]:
    """The tables of a catalog by their labels."""
    found = catalog.of_kind("table") if catalog is not None else []
    return {table_label(item.schema_name, item.name): item for item in found}


def objects_of(catalog: Catalog, table: SchemaObject) -> Mapping[str, Sequence[SchemaObject]]:
    """What belongs to a table, by kind."""
    found: dict[str, list[SchemaObject]] = defaultdict(list)
    for item in catalog.values():
        if item.table == table.name and item.schema_name == table.schema_name:
            found[item.kind].append(item)
    return found


def resolve(name: str, labels: Iterable[str], models: Models | None) -> str:
    """The label of the one table that is meant, by its own name or by that of its class.

    Case counts only where it must, and a schema may be left out. Raises WorkbenchError when there
    is no such table, or more than one.
    """
    known = list(dict.fromkeys(labels))
    wanted = name.strip().removeprefix("public.")
    if wanted in known:
        return wanted
    by_class: dict[str, list[str]] = defaultdict(list)
    for cls in models.classes if models is not None else ():
        if cls.table is not None:
            by_class[cls.name].append(cls.table)
    low = wanted.lower()
    for found in (
        [each for each in known if each.rpartition(".")[2] == wanted],
        [each for each in known if low in {each.lower(), each.rpartition(".")[2].lower()}],
        list(dict.fromkeys(by_class.get(wanted, []))),
        list(dict.fromkeys(t for each, ts in by_class.items() if each.lower() == low for t in ts)),
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise WorkbenchError(f"{name!r} may be any of {', '.join(sorted(found))}: name one.")
    raise WorkbenchError(_unknown(name, [*known, *by_class]))


def _unknown(name: str, known: Sequence[str]) -> str:
    said = f"There is no table {name!r}."
    if not known:
        return f"{said} There are none at all."
    close = get_close_matches(name, known, 3, 0.6)
    if close:
        *others, last = dict.fromkeys(close)
        return f"{said} Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    return f"{said} To look for it: schema search {name}"
