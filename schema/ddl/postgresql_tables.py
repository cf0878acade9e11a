"""PostgreSQL's tables and their columns as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl.postgresql_text import literal, parts, qualified, qualified_object, quoted

__all__ = [
    "changed_sequence_options",
    "collated",
    "column",
    "find",
    "generated",
    "identity",
    "options",
    "settings",
    "table",
    "wrapper_options",
]

#: The words of a catalog's identity options, and those of SQL.
_SEQUENCE_WORDS = {
    "start": "START WITH",
    "increment": "INCREMENT BY",
    "minimum": "MINVALUE",
    "maximum": "MAXVALUE",
    "cache": "CACHE",
    "cycle": "CYCLE",
    "unlogged": "UNLOGGED",
    "logged": "LOGGED",
}


def table(item: SchemaObject, columns: Sequence[SchemaObject], catalog: Catalog) -> Iterator[str]:
    """CREATE TABLE, and the settings of its columns that have no place in it."""
    found = item.properties
    words = ["CREATE", *_kind(item), qualified_object(item)]
    if found.get("of_type"):
        words.append(f"OF {found['of_type']}")
    if found.get("partition_bound"):
        words.append(f"PARTITION OF {_first(found.get('inherits'))}")
    body = ",\n    ".join(column(each, catalog) for each in columns)
    if body and not found.get("of_type"):
        words.append(f"(\n    {body}\n)")
    elif body:
        typed = (column(each, catalog, typed=True) for each in columns)
        body = ",\n    ".join(clause for clause in typed if clause)
        words += [f"(\n    {body}\n)"] if body else []
    elif not found.get("partition_bound"):
        words.append("()")
    yield " ".join([*words, *_after_columns(item)])
    yield from _table_settings(item)
    for each in columns:
        yield from settings(each)


def _kind(item: SchemaObject) -> list[str]:
    if item.properties.get("kind") == "foreign table":
        return ["FOREIGN TABLE"]
    return ["UNLOGGED TABLE"] if item.properties.get("persistence") == "unlogged" else ["TABLE"]


def _after_columns(item: SchemaObject) -> Iterator[str]:
    found = item.properties
    parents = found.get("inherits")
    if found.get("partition_bound"):
        yield str(found["partition_bound"])
    elif isinstance(parents, tuple) and parents:
        yield f"INHERITS ({', '.join(parents)})"
    if found.get("partition_key"):
        yield f"PARTITION BY {found['partition_key']}"
    if found.get("server"):
        yield f"SERVER {quoted(str(found['server']))}"
        yield wrapper_options(found.get("server_options"))
        return
    method = found.get("access_method")
    if method and method != "heap":
        yield f"USING {quoted(str(method))}"
    if found.get("options"):
        yield f"WITH ({options(found['options'])})"
    if found.get("tablespace"):
        yield f"TABLESPACE {quoted(str(found['tablespace']))}"


def _table_settings(item: SchemaObject) -> Iterator[str]:
    name = qualified_object(item)
    if item.properties.get("row_security"):
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    if item.properties.get("force_row_security"):
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    is_foreign = item.properties.get("kind") == "foreign table"
    replica = None if is_foreign else item.properties.get("replica_identity")
    if replica in {"nothing", "full"}:
        yield f"ALTER TABLE {name} REPLICA IDENTITY {str(replica).upper()}"


def column(item: SchemaObject, catalog: Catalog, *, typed: bool = False) -> str:
    """The column as it stands in CREATE TABLE or after ADD COLUMN.

    ``typed`` gives what a column of ``CREATE TABLE ... OF`` may have, "" when that is nothing.
    """
    found = item.properties
    words = [] if typed else [str(found["type"])]
    if not typed and found.get("collation"):
        words.append(f"COLLATE {collated(str(found['collation']), catalog)}")
    if found.get("server_options"):
        words.append(wrapper_options(found["server_options"]))
    if found.get("generated"):
        words.append(generated(str(found["generated"])))
    elif found.get("default") is not None:
        words.append(f"DEFAULT {found['default']}")
    if found.get("identity"):
        words.append(identity(item))
    if found.get("nullable") is False and not found.get("not_null_not_valid"):
        words.append(_not_null(item))
    if typed and not words:
        return ""
    return " ".join([quoted(item.name), *(["WITH OPTIONS"] if typed else []), *words])


def _not_null(item: SchemaObject) -> str:
    name = item.properties.get("not_null_name")
    words = f"CONSTRAINT {quoted(name)} NOT NULL" if isinstance(name, str) else "NOT NULL"
    return f"{words} NO INHERIT" if item.properties.get("not_null_no_inherit") else words


def generated(text: str) -> str:
    """``stored: (a + b)`` as SQL's clause."""
    how, _, expression = text.partition(": ")
    return f"GENERATED ALWAYS AS ({expression}) {how.upper()}"


def identity(item: SchemaObject) -> str:
    """``GENERATED ALWAYS AS IDENTITY``, with the options that are not as by default."""
    words = f"GENERATED {str(item.properties['identity']).upper()} AS IDENTITY"
    found = [*_sequence_name(item), *_sequence_options(item.properties.get("identity_options"))]
    return f"{words} ({' '.join(found)})" if found else words


def _sequence_name(item: SchemaObject) -> list[str]:
    name = item.properties.get("identity_sequence")
    return [f"SEQUENCE NAME {qualified(item.schema_name, name)}"] if isinstance(name, str) else []


def _sequence_options(text: object) -> Iterator[str]:
    for part in str(text).split(", ") if text else ():
        word, _, value = part.partition(" ")
        yield f"{_SEQUENCE_WORDS[word]} {value}".strip()


def changed_sequence_options(before: SchemaObject, after: SchemaObject) -> Iterator[str]:
    """Each option of an identity column's sequence that gets another value, or its default."""
    old, new = (_options_by_word(each) for each in (before, after))
    for word in _SEQUENCE_WORDS:
        if old.get(word) == new.get(word) or word in {"unlogged", "logged"}:
            continue
        if word in new:
            yield f"{_SEQUENCE_WORDS[word]} {new[word]}".strip()
        elif word == "start":
            ascends = not new.get("increment", "1").startswith("-")
            first = new.get("minimum", "1") if ascends else new.get("maximum", "-1")
            yield f"START WITH {first}"
        else:
            yield {"increment": "INCREMENT BY 1", "cache": "CACHE 1"}.get(
                word, f"NO {_SEQUENCE_WORDS[word]}"
            )


def _options_by_word(item: SchemaObject) -> dict[str, str]:
    text = item.properties.get("identity_options")
    pairs = (each.partition(" ") for each in str(text).split(", ")) if text else ()
    return {word: value for word, _, value in pairs}


def settings(item: SchemaObject) -> Iterator[str]:
    """What of a column has no place in CREATE TABLE on every server."""
    found = item.properties
    start = f"ALTER TABLE {qualified(item.schema_name, str(item.table))} "
    alter = f"{start}ALTER COLUMN {quoted(item.name)} SET"
    if found.get("nullable") is False and found.get("not_null_not_valid"):
        name = found.get("not_null_name")
        constraint = f"CONSTRAINT {quoted(name)} " if isinstance(name, str) else ""
        yield f"{start}ADD {constraint}NOT NULL {quoted(item.name)} NOT VALID"
    if found.get("storage"):
        yield f"{alter} STORAGE {str(found['storage']).upper()}"
    if found.get("compression"):
        yield f"{alter} COMPRESSION {found['compression']}"
    if found.get("statistics") is not None:
        yield f"{alter} STATISTICS {found['statistics']}"
    if found.get("options"):
        yield f"{alter} ({options(found['options'])})"


def options(found: object) -> str:
    """Storage options as SQL: ``fillfactor='70'``."""
    pairs = (str(each).partition("=") for each in found) if isinstance(found, tuple) else ()
    return ", ".join(f"{_option(name)}={literal(value)}" for name, _, value in pairs)


def _option(name: str) -> str:
    return ".".join(quoted(part) for part in name.split("."))


def wrapper_options(found: object) -> str:
    """Options of a foreign server or table: ``OPTIONS (table_name 'orders')``, or nothing."""
    if not isinstance(found, tuple) or not found:
        return ""
    pairs = (str(each).partition("=") for each in found)
    return f"OPTIONS ({', '.join(f'{quoted(name)} {literal(value)}' for name, _, value in pairs)})"


def collated(name: str, catalog: Catalog) -> str:
    """A collation's name: qualified when the catalog has it, else one of the server's own."""
    item = find(catalog, "collation", name, bare_in=None)
    return qualified_object(item) if item is not None else f"pg_catalog.{quoted(name)}"


def find(catalog: Catalog, kind: str, name: str, *, bare_in: str | None) -> SchemaObject | None:
    """The object that a catalog calls ``schema.name``, or just ``name`` when it is in ``bare_in``.

    Neither part is in quotation marks there, and both may hold a dot.
    """
    ends = [place for place, letter in enumerate(name) if letter == "."]
    pairs = [(bare_in, name), *((name[:end], name[end + 1 :]) for end in ends)]
    identities = (Identity(kind, schema_name, None, part) for schema_name, part in pairs)
    return next((catalog[each] for each in identities if each in catalog), None)


def _first(parents: object) -> str:
    """The parent of a partition, as the catalog has it: quoted already."""
    assert isinstance(parents, tuple)  # noqa: S101 -- a partition has one parent
    return ".".join(map(quoted, parts(parents[0])))
