"""Renames: the statements, and the catalog that they lead to.

A difference calls a renamed object by its present name, and tells the wanted one apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject
from schema.compare import Difference
from schema.ddl.postgresql_text import literal, qualified, quoted
from schema.ddl.postgresql_words import CONSTRAINTS, ROUTINES, altered
from schema.ddl.statement import Statement

__all__ = ["Renames"]

#: What is renamed first: the names of the later ones are then said in new words.
_ORDER = ("schema", "enum", "enum value", "domain", "composite type", "range type", "table",
          "column")  # fmt: skip

#: Properties whose names are a column's of the same table, or of the table referred to.
_LISTS = ("columns", "include", "target_columns", "on_delete_columns")


class Renames:
    """The renames among some differences."""

    def __init__(self, differences: Iterable[Difference]) -> None:
        found = [each for each in differences if each.change == "renamed" and each.renamed_from]
        self._renamed = sorted(found, key=_place)
        self._schemas = self._names("schema")
        self._tables = {
            (item.schema_name, item.name): str(item.renamed_from)
            for item in self._renamed
            if item.kind in {"table", "view", "materialized view", "enum"}
        }
        self._own = {item.identity: str(item.renamed_from) for item in self._renamed}

    def __bool__(self) -> bool:
        return bool(self._renamed)

    def _names(self, kind: str) -> dict[str, str]:
        return {item.name: str(item.renamed_from) for item in self._renamed if item.kind == kind}

    def wanted(self, identity: Identity) -> Identity:
        """What the wanted catalog calls what is called so now."""
        schema_name = identity.schema_name
        table = self._tables.get((schema_name, identity.table or ""), identity.table)
        name = self._own.get(identity, identity.name)
        return Identity(
            identity.kind, self._schemas.get(schema_name or "", schema_name), table, name
        )

    def statements(self, found: Catalog) -> list[Statement]:
        """ALTER ... RENAME TO, one for each."""
        statements = []
        for item in self._renamed:
            sql = self._statement(item, found)
            if sql is not None:
                statements.append(Statement(sql, (self.wanted(item.identity),)))
        return statements

    def _statement(self, item: Difference, found: Catalog) -> str | None:
        old, new = item.identity, str(item.renamed_from)
        schema_name = self._schemas.get(item.schema_name or "", item.schema_name)
        table = self._tables.get((item.schema_name, item.table or ""), item.table)
        on = qualified(schema_name, str(table))
        if item.kind == "enum value":
            return f"ALTER TYPE {on} RENAME VALUE {literal(item.name)} TO {literal(new)}"
        if item.kind == "column":
            return f"ALTER TABLE {on} RENAME COLUMN {quoted(item.name)} TO {quoted(new)}"
        if item.kind in CONSTRAINTS:
            return f"ALTER TABLE {on} RENAME CONSTRAINT {quoted(item.name)} TO {quoted(new)}"
        if old not in found:
            return None
        there = found[old]
        now = SchemaObject(item.kind, schema_name, table, item.name, there.properties)
        if item.kind in ROUTINES:
            new = new.rpartition("(")[0]
        return f"{altered(now)} RENAME TO {quoted(new)}"

    def applied(self, found: Catalog, wanted: Catalog, same: Iterable[Identity]) -> Catalog:
        """``found`` under the wanted names.

        ``same`` are the objects (by their wanted identity) that differ in nothing but names: they
        are taken from ``wanted``, as nobody but the server could rewrite their definitions.
        """
        if not self:
            return found
        alike = set(same)
        objects = [self._object(item, wanted, alike) for item in found.values()]
        return Catalog(
            found.dialect, found.server_version, objects, not_compared=found.not_compared
        )

    def _object(self, item: SchemaObject, wanted: Catalog, same: set[Identity]) -> SchemaObject:
        identity = self.wanted(item.identity)
        if identity in same and identity in wanted:
            return wanted[identity]
        properties = dict(item.properties)
        columns = self._columns(item)
        for name in _LISTS:
            value = properties.get(name)
            if isinstance(value, tuple) and name != "target_columns":
                properties[name] = tuple(columns.get(each, each) for each in value)
        if item.kind == "enum":
            properties["labels"] = self.labels(item.identity, properties.get("labels"))
        if item.kind == "privilege":
            properties["on_name"] = self._on_name(item, identity, columns)
            name = f"{item.properties['on_kind']} {item.properties['on_name']} to "
            now = f"{item.properties['on_kind']} {properties['on_name']} to "
            identity = identity._replace(name=item.name.replace(name, now, 1))
        if item.kind == "sequence" and properties.get("owned_by"):
            column = str(properties["owned_by"]).removeprefix(f"{item.table}.")
            properties["owned_by"] = f"{identity.table}.{columns.get(column, column)}"
        return SchemaObject(*identity, properties)

    def _columns(self, item: SchemaObject) -> dict[str, str]:
        return {
            each.name: str(each.renamed_from)
            for each in self._renamed
            if each.kind == "column"
            and (each.schema_name, each.table) == (item.schema_name, item.table)
        }

    def labels(self, enum: Identity, labels: Property) -> Property:
        """The labels of an enum, given by its present name, as they are wanted."""
        if not isinstance(labels, tuple):
            return labels
        present = (Identity("enum value", enum.schema_name, enum.name, each) for each in labels)
        return tuple(self._own.get(each, each.name) for each in present)

    def _on_name(self, item: SchemaObject, wanted: Identity, columns: dict[str, str]) -> str:
        """What a privilege is on, as it is wanted."""
        name = str(item.properties["on_name"])
        if item.properties["on_kind"] == "column":
            column = name.removeprefix(f"{item.table}.")
            return f"{wanted.table}.{columns.get(column, column)}"
        if item.table is not None:
            return str(wanted.table)
        for each, new in self._own.items():
            if (each.schema_name, each.name) == (item.schema_name, name) and each.table is None:
                return new
        return self._schemas.get(name, name) if item.schema_name is None else name


def _place(item: Difference) -> tuple[int, Sequence[str]]:
    rank = _ORDER.index(item.kind) if item.kind in _ORDER else len(_ORDER)
    return rank, (item.schema_name or "", item.table or "", item.name)
