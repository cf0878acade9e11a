"""PostgreSQL's names and strings as text, and the names that a piece of SQL mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.dialects import postgresql

from schema.catalog.objects import SchemaObject

__all__ = [
    "chains",
    "comma",
    "in_public",
    "literal",
    "parts",
    "qualified",
    "qualified_object",
    "quoted",
    "type_name",
]

_PREPARER = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]

#: Keywords that SQLAlchemy leaves bare and that cannot stand everywhere: pg_get_keywords().
_KEYWORDS = frozenset(
    """between bigint bit boolean char character coalesce collation concurrently dec decimal exists
    extract float greatest grouping inout int integer interval json json_array json_arrayagg
    json_exists json_object json_objectagg json_query json_scalar json_serialize json_table
    json_value lateral least merge_action national nchar none normalize nullif numeric out overlay
    position precision real row setof smallint substring system_user tablesample time timestamp
    treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
    xmlparse xmlpi xmlroot xmlserialize xmltable""".split()
)

_NAME = r'(?:"(?:[^"]|"")*"|[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*)'
_TOKEN = re.compile(
    rf"""(?P<reg>'(?:[^']|'')*')(?=::reg)          # 'public.thing'::regclass names something
       | [eE]?'(?:[^'\\]|''|\\.)*'                 # any other string does not
       | (?P<dollar>\$(?:[A-Za-z_]\w*)?\$).*?(?P=dollar)
       | (?P<chain>{_NAME}(?:\.{_NAME})*)""",
    re.X | re.S,
)
_PART = re.compile(_NAME)


def quoted(name: str) -> str:
    """An identifier, in quotation marks where it needs them."""
    if name in _KEYWORDS:
        return f'"{name}"'
    # The preparer doubles percent signs, for drivers that would take them as parameters.
    text: str = _PREPARER.quote(name)
    return text.replace("%%", "%")


def qualified(schema_name: str | None, name: str) -> str:
    """A name with its schema, each in quotation marks where it needs them."""
    return f"{quoted(schema_name)}.{quoted(name)}" if schema_name else quoted(name)


def qualified_object(item: SchemaObject) -> str:
    """The object's own name with its schema."""
    return qualified(item.schema_name, item.name)


def literal(text: str) -> str:
    """A string as PostgreSQL writes it; a backslash is no escape since 9.1."""
    return "'" + text.replace("'", "''") + "'"


def comma(names: object) -> str:
    """Names of columns, as they stand in a constraint: quoted, with commas."""
    return ", ".join(quoted(str(name)) for name in names) if isinstance(names, tuple) else ""


def type_name(text: object) -> str:
    """A type as a catalog has it. Its schema is left out where that is public, as is SQL's."""
    return str(text)


def chains(sql: str) -> Iterator[tuple[str, ...]]:
    """Every name in SQL text, in its parts: ``public.orders.id`` gives three of them.

    Strings are passed over, but for one that is cast to ``regclass`` and its like.
    """
    for match in _TOKEN.finditer(sql):
        if match["reg"]:
            yield from chains(match["reg"][1:-1].replace("''", "'"))
        elif match["chain"]:
            yield parts(match["chain"])


def parts(chain: str) -> tuple[str, ...]:
    """``public."Odd.Name"`` gives ``("public", "Odd.Name")``."""
    return tuple(
        name[1:-1].replace('""', '"') if name.startswith('"') else name
        for name in _PART.findall(chain)
    )


def in_public(chain: tuple[str, ...]) -> tuple[str, ...]:
    """The same name with ``public`` before it when it has no schema."""
    return ("public", *chain) if len(chain) == 1 else chain
