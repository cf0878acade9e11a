"""Which schemas env.py means: by a search path that it sets, and by a map of schemas.

With a schema for each tenant, revisions and models name no schema, or one that stands for the
tenant's. PostgreSQL then goes by the session's ``search_path``, and SQLAlchemy by
``schema_translate_map``. env.py is asked for both without a database: by the statements that it
sends before ``context.configure()``, and by the options that its connection gets.

Sources: "Rudimental Schema-Level Multi Tenancy" in Alembic's cookbook,
https://alembic.sqlalchemy.org/en/latest/cookbook.html, and
https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, Optional

__all__ = ["USUAL", "Namespaces", "path_of_arguments", "path_of_statements"]

_SET = re.compile(
    r"\s*SET\s+(?:SESSION\s+|LOCAL\s+)?search_path\s*(?:=|\bTO\b)\s*(?P<path>[^;]+?)\s*;?\s*\Z",
    re.IGNORECASE,
)
_SET_CONFIG = re.compile(
    r"\bset_config\(\s*'search_path'\s*,\s*'(?P<path>(?:[^']|'')*)'", re.IGNORECASE
)
_OPTION = re.compile(r"(?:-c\s*|--)search_path=(?P<path>(?:\\.|\S)+)")
_NAME = re.compile(
    r"""\s*(?:"(?P<double>(?:[^"]|"")*)"|'(?P<single>(?:[^']|'')*)'|(?P<bare>[^,]*))"""
)
#: What stands in a search path and is no schema to make tables in, as a rule.
_PASSED = ("", "$user", "pg_catalog", "pg_temp", "default")


class Namespaces:
    """``path`` is the search path that env.py sets, each name quoted; None when it sets none.

    ``translation`` is SQLAlchemy's ``schema_translate_map``.
    """

    def __init__(self, path: Optional[str], translation: Optional[Dict[Any, Any]] = None) -> None:
        names = list(_names(path or ""))
        self.path = ", ".join('"' + name.replace('"', '""') + '"' for name in names) or None
        self._first = next((name for name in names if name.lower() not in _PASSED), None)
        self.translation: Dict[Any, Any] = dict(translation or {})

    @property
    def default(self) -> Optional[str]:
        """The schema of what names none; None for the usual one."""
        found = self.translation.get(None) or self._first
        return None if found == "public" else found

    def real(self, name: Optional[str]) -> Optional[str]:
        """The schema that a name leads to; None for the usual one."""
        found = self.translation.get(name, name)
        return self.default if found is None else str(found)


def path_of_statements(statements: Iterable[str]) -> Optional[str]:
    """The search path that statements leave; None when they set none."""
    path = None
    for text in statements:
        found = _SET.match(text) or _SET_CONFIG.search(text)
        path = found.group("path") if found else path
    return path


def path_of_arguments(arguments: Dict[str, Any]) -> Optional[str]:
    """The search path among what a driver is given to connect by; None when there is none."""
    settings = arguments.get("server_settings")  # of asyncpg
    if isinstance(settings, dict) and settings.get("search_path"):
        return str(settings["search_path"])
    found = _OPTION.search(str(arguments.get("options") or ""))  # of libpq
    return re.sub(r"\\(.)", r"\1", found.group("path")) if found else None


def _names(path: str) -> Iterable[str]:
    """The schemas of a search path, as they are called."""
    place = 0
    while place < len(path):
        found = _NAME.match(path, place)
        if found is None:
            return
        double, single, bare = found.group("double"), found.group("single"), found.group("bare")
        if double is not None:
            yield double.replace('""', '"')
        elif single is not None:  # SET search_path TO 'one, two' names one schema
            yield single.replace("''", "'")
        else:
            yield bare.strip().lower()
        comma = path.find(",", found.end())
        place = len(path) if comma < 0 else comma + 1


#: Of an env.py that says nothing of it.
USUAL = Namespaces(None)
