"""PostgreSQL's constraints and indexes as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.postgresql_tables import collated, find, options
from schema.ddl.postgresql_text import comma, literal, qualified, quoted

__all__ = ["clause", "constraint", "index", "table_of", "target_of"]

_DIRECTIONS = (" DESC NULLS LAST", " NULLS FIRST", " DESC")


def table_of(item: SchemaObject) -> str:
    """The qualified name of the table that the object belongs to."""
    return qualified(item.schema_name, str(item.table))


def target_of(item: SchemaObject, catalog: Catalog) -> SchemaObject | None:
    """The table that a foreign key refers to; None when the catalog does not have it."""
    return find(catalog, "table", str(item.properties["target"]), bare_in="public")


def constraint(item: SchemaObject, catalog: Catalog) -> Iterator[str]:
    """ALTER TABLE ... ADD CONSTRAINT, and what has no place in it."""
    start = f"ALTER TABLE {table_of(item)}"
    yield f"{start} ADD CONSTRAINT {quoted(item.name)} {clause(item, catalog)}"
    if item.properties.get("triggers_disabled"):
        yield f"{start} DISABLE TRIGGER ALL"
    if item.kind == "exclusion":
        name = qualified(item.schema_name, item.name)
        if item.properties.get("options"):
            yield f"ALTER INDEX {name} SET ({options(item.properties['options'])})"
        if item.properties.get("tablespace"):
            yield f"ALTER INDEX {name} SET TABLESPACE {quoted(str(item.properties['tablespace']))}"


def clause(item: SchemaObject, catalog: Catalog) -> str:
    """The constraint as it stands after its name."""
    found = item.properties
    if item.kind in {"primary key", "unique"}:
        words = [*_key(item)]
    elif item.kind == "foreign key":
        words = [*_foreign_key(item, catalog)]
    elif item.kind == "exclusion":
        words = [str(found["definition"])]
    else:
        words = [f"CHECK ({found['expression']})"]
        words += ["NO INHERIT"] if found.get("no_inherit") else []
    if found.get("deferrable"):
        words.append("DEFERRABLE")
        words += ["INITIALLY DEFERRED"] if found.get("initially_deferred") else []
    if found.get("not_enforced"):
        words.append("NOT ENFORCED")
    elif found.get("validated") is False:
        words.append("NOT VALID")
    return " ".join(words)


def _key(item: SchemaObject) -> Iterator[str]:
    found = item.properties
    yield item.kind.upper()
    if found.get("nulls_not_distinct"):
        yield "NULLS NOT DISTINCT"
    overlaps = " WITHOUT OVERLAPS" if found.get("without_overlaps") else ""
    yield f"({comma(found['columns'])}{overlaps})"
    if found.get("include"):
        yield f"INCLUDE ({comma(found['include'])})"
    yield from _storage(item, "USING INDEX TABLESPACE")


def _storage(item: SchemaObject, tablespace: str) -> Iterator[str]:
    found = item.properties
    if found.get("options"):
        yield f"WITH ({options(found['options'])})"
    if found.get("tablespace"):
        yield f"{tablespace} {quoted(str(found['tablespace']))}"


def _foreign_key(item: SchemaObject, catalog: Catalog) -> Iterator[str]:
    found = item.properties
    target = target_of(item, catalog)
    there = (
        qualified(target.schema_name, target.name)
        if target is not None
        else quoted(str(found["target"]))
    )
    yield f"FOREIGN KEY ({_period(found['columns'], found.get('period'))})"
    yield f"REFERENCES {there} ({_period(found['target_columns'], found.get('period'))})"
    if found.get("match") not in {None, "SIMPLE"}:
        yield f"MATCH {found['match']}"
    if found.get("on_delete") not in {None, "NO ACTION"}:
        cleared = found.get("on_delete_columns")
        yield f"ON DELETE {found['on_delete']}" + (f" ({comma(cleared)})" if cleared else "")
    if found.get("on_update") not in {None, "NO ACTION"}:
        yield f"ON UPDATE {found['on_update']}"


def _period(names: object, period: object) -> str:
    if not period or not isinstance(names, tuple):
        return comma(names)
    *scalars, last = names
    return ", ".join([*map(quoted, scalars), f"PERIOD {quoted(last)}"])


def index(item: SchemaObject, catalog: Catalog) -> Iterator[str]:
    """CREATE INDEX, and what has no place in it."""
    found = item.properties
    words = ["CREATE", *(["UNIQUE"] if found.get("unique") else []), "INDEX", quoted(item.name)]
    words += ["ON", table_of(item), f"USING {quoted(str(found['method']))}"]
    words.append(f"({', '.join(_parts(item, catalog))})")
    if found.get("include"):
        words.append(f"INCLUDE ({', '.join(found['include'])})")  # type: ignore[arg-type]
    if found.get("nulls_not_distinct"):
        words.append("NULLS NOT DISTINCT")
    words += _storage(item, "TABLESPACE")
    if found.get("predicate"):
        words.append(f"WHERE {found['predicate']}")
    yield " ".join(words)
    statistics = found.get("statistics")
    for place, target in enumerate(statistics if isinstance(statistics, tuple) else (), 1):
        if target is not None:
            name = qualified(item.schema_name, item.name)
            yield f"ALTER INDEX {name} ALTER COLUMN {place} SET STATISTICS {target}"


def _parts(item: SchemaObject, catalog: Catalog) -> Iterator[str]:
    """Each column or expression with its collation, operator class and direction."""
    found = item.properties
    collations, classes = found.get("collation"), found.get("opclass")
    columns = found["columns"]
    for place, part in enumerate(columns if isinstance(columns, tuple) else ()):
        direction = next((each for each in _DIRECTIONS if part.endswith(each)), "")
        words = [part.removesuffix(direction)]
        if isinstance(collations, tuple) and collations[place]:
            words.append(f"COLLATE {collated(collations[place], catalog)}")
        if isinstance(classes, tuple) and classes[place]:
            words.append(_operator_class(classes[place]))
        yield " ".join(words) + direction


def _operator_class(text: str) -> str:
    """``name`` or ``name(siglen=32)``: the values of parameters are strings."""
    name, bracket, rest = text.partition("(")
    if not bracket:
        return quoted(name)
    pairs = (each.partition("=") for each in rest.removesuffix(")").split(", "))
    values = (f"{quoted(key)}={literal(value)}" for key, _, value in pairs)
    return f"{quoted(name)}({', '.join(values)})"
