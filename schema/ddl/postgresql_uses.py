"""What an object of a PostgreSQL catalog cannot be without.

Taken from the structure where the catalog has it (a constraint's table, a column's type), and from
the names in definitions, which the server writes with their schema. A function's body in a string
is not looked into: the server does not either before the function is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl.postgresql_constraints import target_of
from schema.ddl.postgresql_text import chains, in_public

__all__ = ["Uses", "texts"]

#: Properties that are words or names of another kind, and mention no object.
_NO_SQL = frozenset(
    """comment version owner grantee role roles labels name position server wrapper server_options
    kind on_kind on_name privileges revoked tablespace owned_by locale ctype method columns include
    target target_columns match on_delete on_update on_delete_columns kinds schemas
    attribute_comments check_comments in_schema""".split()
)
#: Those that hold types, whose schema is left out when it is public.
_TYPES = frozenset({"type", "subtype", "attributes", "returns", "arguments", "state_type",
                    "moving_state_type", "of_type"})  # fmt: skip
_KEYS = ("primary key", "unique", "index")

#: What other objects name by their schema and name.
_NAMED = frozenset({"table", "view", "materialized view", "sequence", "enum", "domain",
                    "composite type", "range type", "function", "procedure", "aggregate",
                    "collation"})  # fmt: skip


def texts(item: SchemaObject) -> Iterator[tuple[str, str]]:
    """Each piece of SQL among the properties, with the property's name."""
    for name, value in item.properties.items():
        if name in _NO_SQL and not (name == "columns" and item.kind == "index"):
            continue
        for text in _strings(value):
            yield name, text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)


class Uses:
    """Answers for one catalog, object by object: what it uses."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._named: dict[tuple[str, str], set[Identity]] = defaultdict(set)
        self._columns: dict[tuple[str | None, str], dict[str, Identity]] = defaultdict(dict)
        self._keys: dict[tuple[str | None, str], list[SchemaObject]] = defaultdict(list)
        for item in catalog.values():
            if item.kind in _NAMED:
                name = item.name.rpartition("(")[0] if "(" in item.name else item.name
                self._named[item.schema_name or "", name].add(item.identity)
                self._named[item.schema_name or "", item.name].add(item.identity)
            if item.kind == "column" and item.table:
                self._columns[item.schema_name, item.table][item.name] = item.identity
            if item.kind in _KEYS and item.table:
                self._keys[item.schema_name, item.table].append(item)

    def of(self, item: SchemaObject) -> set[Identity]:
        """The identities of what it uses, columns among them."""
        found = {*self._structure(item), *self._mentioned(item)}
        found.discard(item.identity)
        return found & self._catalog.keys()

    def _structure(self, item: SchemaObject) -> Iterator[Identity]:
        if item.schema_name:
            yield Identity("schema", None, None, item.schema_name)
        if item.table and item.kind != "sequence":
            yield from self._named[item.schema_name or "", item.table]
        yield from self._own_columns(item)
        if item.kind == "foreign key":
            yield from self._target(item)
        for name, kind in (("server", "foreign server"), ("wrapper", "foreign data wrapper"),
                           ("in_schema", "schema")):  # fmt: skip
            if isinstance(value := item.properties.get(name), str):
                yield Identity(kind, None, None, value)
        if item.kind == "privilege":
            yield from self._named[item.schema_name or "", str(item.properties.get("on_name"))]
            name = str(item.properties.get("on_name"))
            yield Identity(str(item.properties.get("on_kind")), None, None, name)
        if item.kind == "publication":
            for name in _strings(item.properties.get("schemas")):
                yield Identity("schema", None, None, name)

    def _own_columns(self, item: SchemaObject) -> Iterator[Identity]:
        """The columns that a constraint or index names."""
        columns = self._columns.get((item.schema_name, item.table or ""), {})
        for name in (*_strings(item.properties.get("columns")),
                     *_strings(item.properties.get("include"))):  # fmt: skip
            if name in columns:
                yield columns[name]

    def _target(self, item: SchemaObject) -> Iterator[Identity]:
        """A foreign key's table, its columns, and the key that it refers to."""
        target = target_of(item, self._catalog)
        if target is None:
            return
        yield target.identity
        wanted = item.properties["target_columns"]
        names = set(_strings(wanted))
        columns = self._columns.get((target.schema_name, target.name), {})
        yield from (columns[name] for name in names if name in columns)
        for key in self._keys.get((target.schema_name, target.name), ()):
            if set(_strings(key.properties.get("columns"))) == names:
                yield key.identity

    def _mentioned(self, item: SchemaObject) -> Iterator[Identity]:
        """What definitions name; of a relation, also each column whose name is in the text."""
        own = (item.schema_name, item.table or "")
        for name, text in texts(item):
            mentioned = list(chains(text))
            words = {part for chain in mentioned for part in chain}
            relations = {own} if own in self._columns and item.kind != "column" else set()
            if item.kind == "column" and name == "generated":
                relations = {own}
            for chain in mentioned:
                pair = in_public(chain)[:2] if name in _TYPES else chain[:2]
                if len(pair) == 2:
                    yield from self._named.get((pair[0], pair[1]), ())
                    relations.add((pair[0], pair[1]))
            for relation in relations:
                yield from _both(self._columns.get(relation, {}), words)


def _both(columns: dict[str, Identity], words: Iterable[str]) -> Iterator[Identity]:
    return (columns[word] for word in words if word in columns)
