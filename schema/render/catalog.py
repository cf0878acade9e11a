"""A catalog on a page: its tables, each to unfold, and what belongs to no table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from markupsafe import Markup

from schema.catalog import Catalog, SchemaObject
from schema.render.history import problems_html
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import counted, shown

__all__ = ["catalog_html"]


def catalog_html(catalog: Catalog) -> str:
    """The whole catalog as one panel; tables are folded."""
    owned: dict[tuple[str | None, str], list[SchemaObject]] = defaultdict(list)
    for item in catalog.values():
        if item.table is not None:
            owned[item.schema_name, item.table].append(item)
    tables = catalog.of_kind("table")
    names = {(item.schema_name, item.name) for item in tables}
    others = [item for item in catalog.values() if item.table is None and item.kind != "table"]
    others += [item for key, items in owned.items() if key not in names for item in items]
    return panel(
        _summary(catalog),
        problems_html((f"Not read: {what}." for what in catalog.not_compared), "note"),
        *(_table(item, owned[item.schema_name, item.name]) for item in tables),
        _others(others),
    )


def _summary(catalog: Catalog) -> Markup:
    counts = Counter(item.kind for item in catalog.values())
    kinds = ", ".join(counted(count, kind) for kind, count in counts.items()) or "empty"
    whole = Markup('<p><b>{} {}</b> <span class="swb-faint">{}</span></p>')
    return whole.format(text(catalog.dialect), text(catalog.server_version), text(kinds))


def _table(item: SchemaObject, parts: list[SchemaObject]) -> Markup:
    columns = [part for part in parts if part.kind == "column"]
    rest = [part for part in parts if part.kind != "column"]
    whole = Markup(
        '<details><summary><b>{}</b> <span class="swb-faint">{}</span></summary>{}{}</details>'
    )
    return whole.format(
        text(item.identity.label),
        counted(len(columns), "column"),
        table(
            [Column("Column"), Column("Type"), Column("Null"), Column("Default"), Column("More")],
            (_column(part) for part in columns),
        ),
        _objects(rest),
    )


def _column(item: SchemaObject) -> list[object]:
    told = {"type", "nullable", "default", "position"}
    properties = item.properties
    default = properties.get("default")
    return [
        item.name,
        shown(properties.get("type")),
        "null" if properties.get("nullable") else "not null",
        "" if default is None else shown(default),
        _properties(item, leave_out=told),
    ]


def _objects(items: Iterable[SchemaObject]) -> Markup:
    rows = [[item.kind, item.name, _properties(item)] for item in items]
    return (
        table([Column("Kind", "short"), Column("Name"), Column("Properties")], rows)
        if rows
        else Markup()
    )


def _properties(item: SchemaObject, leave_out: Iterable[str] = ()) -> Markup:
    """What is set, in words; what is not goes without saying."""
    unset = (None, False, (), "")
    told = {k: v for k, v in item.properties.items() if k not in leave_out and v not in unset}
    line = Markup('<div><span class="swb-faint">{}:</span> {}</div>')
    return join(line.format(text(name), shown(value)) for name, value in told.items())


def _others(items: list[SchemaObject]) -> Markup:
    if not items:
        return Markup()
    return Markup("<h4>Other objects</h4>{}").format(_objects(items))
