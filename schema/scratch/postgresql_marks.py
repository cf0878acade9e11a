"""The mark of a scratch database on a PostgreSQL server, and reading and writing it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema.scratch.model import Mark, ScratchDatabase, time_in_name
from schema.scratch.server import run
from schema.scratch.source import literal, quoted

__all__ = ["GUARD_QUERY", "LIST_QUERY", "from_row", "set_mark", "used"]

#: The mark is the database's comment, which a copy by TEMPLATE does not take along; it holds the
#: database's own oid, as a dump of a whole server would take comments along.
_MARK_START = '{"schema-workbench": "scratch", "oid": '
GUARD_QUERY = f"""
SELECT substring(mark from '"token": "([0-9a-f]+)"')
FROM (SELECT oid, shobj_description(oid, 'pg_database') AS mark
      FROM pg_database WHERE datname = current_database()) AS d
WHERE position('{_MARK_START}' || CAST(oid AS text) || ',' in mark) = 1
""".strip()  # noqa: S608 -- the parts are constants


LIST_QUERY = """
SELECT d.oid, d.datname AS name, shobj_description(d.oid, 'pg_database') AS mark,
       EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = d.datname) AS making
FROM pg_database d
"""


def from_row(server: URL, row: sa.Row[Any]) -> ScratchDatabase | None:
    """The scratch database that a row of LIST_QUERY tells of; None for another one."""
    url = server.set(database=row.name)
    if row.mark is not None and row.mark.startswith(f"{_MARK_START}{row.oid},"):
        mark = json.loads(row.mark)
        created = datetime.fromisoformat(mark["created"])
        return ScratchDatabase(
            url,
            row.name,
            mark["source"],
            created,
            mark["token"],
            mark["complete"],
            mark.get("checkpoint_of", ""),
            mark.get("keeps", ""),
        )
    created_then = time_in_name(row.name)
    # Killed before it could write the mark, or a migration has written over it.
    if created_then is not None and not (row.mark or "").startswith(_MARK_START):
        return ScratchDatabase(url, row.name, "", created_then, "", complete=False)
    return None


def used(row: sa.Row[Any]) -> str:
    """When a database that LIST_QUERY tells of was last made or copied, in a form that sorts."""
    return str(json.loads(row.mark).get("used", ""))


def set_mark(admin: Connection, name: str, mark: Mark, *, complete: bool) -> None:
    """Write the mark into the database's comment."""
    oid = admin.scalar(sa.text("SELECT oid FROM pg_database WHERE datname = :n"), {"n": name})
    text = json.dumps(
        {
            "schema-workbench": "scratch",
            "oid": oid,
            "token": mark.token,
            "source": mark.source,
            "created": mark.created.isoformat(),
            "complete": complete,
            "checkpoint_of": mark.checkpoint_of,
            "keeps": mark.keeps,
            "used": datetime.now(UTC).isoformat(),
        }
    )
    run(admin, f"COMMENT ON DATABASE {quoted(name)} IS {literal(text)}")
