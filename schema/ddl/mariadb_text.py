"""Names, strings and parts of MariaDB's SQL.

Source: https://mariadb.com/kb/en/identifier-names/ and https://mariadb.com/kb/en/string-literals/
"""

from __future__ import annotations

import re

from schema.catalog.mariadb_text import NAME, bare, quoted
from schema.catalog.objects import SchemaObject

__all__ = ["account", "listed", "literal", "named_in", "parameter", "part", "under_mode"]

#: A column of an index, as the catalog has it: ``name(20) DESC``.
_PART = re.compile(rf"(?P<name>{NAME}|[^\W\d][\w$]*)(?P<rest>(?:\(\d+\))?(?: DESC)?)\Z", re.DOTALL)
_PARAMETER = re.compile(
    rf"(?P<mode>(?:IN|OUT|INOUT) )?(?P<name>{NAME}|[^\W\d][\w$]*) (?P<type>.*)\Z", re.DOTALL
)
_NAME = re.compile(NAME)


def listed(names: object) -> str:
    """A tuple of columns, as SQL lists them."""
    return ", ".join(quoted(str(each)) for each in names) if isinstance(names, tuple) else ""


def literal(text: str) -> str:
    """A string; a backslash is doubled, as it escapes unless the session's mode says otherwise."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def part(told: str) -> tuple[str, str]:
    """The column of an index's part, and what is said of it: its length and order."""
    found = _PART.match(told)
    if found is None:
        return told, ""
    return bare(found["name"]), found["rest"]


def parameter(told: str, *, is_oracle: bool = False) -> str:
    """A parameter of a routine, its name in quotation marks.

    Oracle's mode has the way behind the name: https://mariadb.com/kb/en/sql_modeoracle/
    """
    found = _PARAMETER.match(told)
    if found is None:
        return told
    if is_oracle:
        return f"{quoted(bare(found['name']))} {found['mode'] or ''}{found['type']}"
    return f"{found['mode'] or ''}{quoted(bare(found['name']))} {found['type']}"


def named_in(text: str) -> set[str]:
    """The names in quotation marks of an expression, which the server writes so."""
    return set(map(bare, _NAME.findall(text)))


def account(told: str) -> str:
    """``user@host`` as SQL has it."""
    user, _, host = told.rpartition("@")
    return f"{quoted(user)}@{quoted(host)}"


def under_mode(item: SchemaObject, sql: str) -> list[str]:
    """The statement, with the ``sql_mode`` that the object is to run under set around it."""
    mode = item.properties.get("sql_mode")
    if mode is None:
        return [sql]
    return [
        f"SET SESSION sql_mode = {literal(str(mode))}",
        sql,
        "SET SESSION sql_mode = @@GLOBAL.sql_mode",
    ]
