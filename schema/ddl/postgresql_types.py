"""PostgreSQL's schemas, extensions, types, collations and sequences as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.postgresql_tables import collated
from schema.ddl.postgresql_text import literal, qualified, qualified_object, quoted

__all__ = [
    "collation",
    "composite",
    "domain",
    "enum",
    "extension",
    "range_type",
    "schema",
    "sequence",
]


def schema(item: SchemaObject) -> Iterator[str]:
    """CREATE SCHEMA; public is always there."""
    if item.name != "public":
        yield f"CREATE SCHEMA {quoted(item.name)}"


def extension(item: SchemaObject) -> Iterator[str]:
    """CREATE EXTENSION, in its version if the server has that."""
    found = item.properties
    where = f" SCHEMA {quoted(str(found['in_schema']))}" if found.get("in_schema") else ""
    version = f" VERSION {literal(str(found['version']))}" if found.get("version") else ""
    yield f"CREATE EXTENSION {quoted(item.name)}{where}{version}"


def collation(item: SchemaObject) -> Iterator[str]:
    """CREATE COLLATION."""
    found = item.properties
    provider, locale = str(found["provider"]), literal(str(found["locale"]))
    parts = [f"provider = {provider}"]
    if provider == "libc":
        parts += [f"lc_collate = {locale}", f"lc_ctype = {literal(str(found['ctype']))}"]
    else:
        parts.append(f"locale = {locale}")
    if found.get("deterministic") is False:
        parts.append("deterministic = false")
    if found.get("rules"):
        parts.append(f"rules = {literal(str(found['rules']))}")
    yield f"CREATE COLLATION {qualified_object(item)} ({', '.join(parts)})"


def enum(item: SchemaObject, name: str | None = None) -> Iterator[str]:
    """CREATE TYPE ... AS ENUM, under another name when one is given."""
    labels = item.properties["labels"]
    values = ", ".join(map(literal, labels)) if isinstance(labels, tuple) else ""
    yield f"CREATE TYPE {qualified(item.schema_name, name or item.name)} AS ENUM ({values})"


def domain(item: SchemaObject, catalog: Catalog) -> Iterator[str]:
    """CREATE DOMAIN with its checks."""
    found = item.properties
    name = qualified_object(item)
    words = [f"CREATE DOMAIN {name} AS {found['type']}"]
    if found.get("collation"):
        words.append(f"COLLATE {collated(str(found['collation']), catalog)}")
    if found.get("default") is not None:
        words.append(f"DEFAULT {found['default']}")
    if found.get("nullable") is False:
        words.append("NOT NULL")
    checks = found.get("checks")
    valid = [each for each in _tuple(checks) if not each.endswith(" NOT VALID")]
    words += [f"CONSTRAINT {each}" for each in valid]
    yield " ".join(words)
    for each in _tuple(checks):
        if each not in valid:
            yield f"ALTER DOMAIN {name} ADD CONSTRAINT {each}"
    for each in _tuple(found.get("check_comments")):
        constraint, text = _named(each)
        yield f"COMMENT ON CONSTRAINT {constraint} ON DOMAIN {name} IS {literal(text)}"


def composite(item: SchemaObject) -> Iterator[str]:
    """CREATE TYPE ... AS (...)."""
    name = qualified_object(item)
    attributes = ", ".join(_tuple(item.properties["attributes"]))
    yield f"CREATE TYPE {name} AS ({attributes})"
    for each in _tuple(item.properties.get("attribute_comments")):
        attribute, text = _named(each)
        yield f"COMMENT ON COLUMN {name}.{attribute} IS {literal(text)}"


def range_type(item: SchemaObject, catalog: Catalog) -> Iterator[str]:
    """CREATE TYPE ... AS RANGE."""
    found = item.properties
    parts = [f"subtype = {found['subtype']}"]
    if found.get("opclass"):
        parts.append(f"subtype_opclass = {found['opclass']}")
    if found.get("collation"):
        parts.append(f"collation = {collated(str(found['collation']), catalog)}")
    if found.get("canonical"):
        parts.append(f"canonical = {found['canonical']}")
    if found.get("subtype_diff"):
        parts.append(f"subtype_diff = {found['subtype_diff']}")
    if found.get("multirange"):
        parts.append(
            f"multirange_type_name = {qualified(item.schema_name, str(found['multirange']))}"
        )
    name = qualified_object(item)
    if found.get("canonical"):  # it takes the type, so a shell of that must be there before it
        yield f"CREATE TYPE {name}"
    yield f"CREATE TYPE {name} AS RANGE ({', '.join(parts)})"


def sequence(item: SchemaObject) -> Iterator[str]:
    """CREATE SEQUENCE; which column owns it is said when there are columns."""
    found = item.properties
    unlogged = "UNLOGGED " if found.get("persistence") == "unlogged" else ""
    words = [f"CREATE {unlogged}SEQUENCE {qualified_object(item)}", *sequence_options(item)]
    yield " ".join(words)


def sequence_options(item: SchemaObject) -> Iterator[str]:
    """All that a sequence can be told, as its properties have it."""
    found = item.properties
    yield f"AS {found['type']}"
    yield f"INCREMENT BY {found['increment']}"
    yield f"MINVALUE {found['minimum']} MAXVALUE {found['maximum']}"
    yield f"START WITH {found['start']} CACHE {found['cache']}"
    yield "CYCLE" if found.get("cycle") else "NO CYCLE"


def _tuple(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _named(text: str) -> tuple[str, str]:
    """``name rest``, where the name is quoted already and may hold spaces then."""
    end = 1
    if text.startswith('"'):
        while text[end : end + 2] == '""' or text[end] != '"':
            end += 2 if text[end : end + 2] == '""' else 1
        return text[: end + 1], text[end + 2 :]
    name, _, rest = text.partition(" ")
    return name, rest
