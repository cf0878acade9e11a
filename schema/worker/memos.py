"""What one run of Alembic remembers from revision to revision, kept over runs of one each.

A revision that makes a table with an enum makes the type too, unless the same run has made it
before: SQLAlchemy notes that in the ``memo`` of what runs its DDL, which is Alembic's impl. So
``alembic upgrade head`` from base may succeed where the same revisions, run one by one, find that
the type is there already (https://docs.sqlalchemy.org/en/20/dialects/postgresql.html, "ENUM
Types"). As the workbench runs them one by one, it carries the memo along.
"""

from __future__ import annotations

from typing import Any, Dict

_TYPES = """
SELECT CASE WHEN n.nspname = current_schema() THEN NULL ELSE n.nspname END, t.typname
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = '{kind}'
"""
#: PostgreSQL's letters for kinds of types, and what SQLAlchemy 1.x, 2.0 and 2.1 note them under.
_KINDS = {"e": ("_pg_enums", "pg_enum", "pg_ENUM"), "d": ("pg_domain", "pg_DOMAIN")}


class Memos:
    """The memos by scratch database, as long as its revisions go up."""

    def __init__(self) -> None:
        self._known: Dict[str, Dict[str, Any]] = {}

    def hand_on(
        self, impl: Any, connection: Any, token: str, *, goes_up: bool, continues: bool
    ) -> None:
        """Give a run's impl the memo of the run before it.

        ``continues``: where none is known, as that run was in another process, its types are those
        that the database has.
        """
        if not goes_up:
            self._known.pop(token, None)
            return
        if token not in self._known:
            self._known[token] = impl.memo
            if continues and connection.dialect.name == "postgresql":
                _add_types(impl.memo, connection)
        impl.memo = self._known[token]


def _add_types(memo: Dict[str, Any], connection: Any) -> None:
    """Note the types that the database has, by a cursor that nobody listens to."""
    cursor = connection.connection.cursor()
    for kind, names in _KINDS.items():
        cursor.execute(_TYPES.format(kind=kind))
        there = {(schema, name) for schema, name in cursor.fetchall()}
        for name in names:
            memo.setdefault(name, set()).update(there)
    cursor.close()
