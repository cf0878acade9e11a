"""What must be known of a PostgreSQL database before it is copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL

from schema.database import open_read_only

__all__ = ["Source", "literal", "look_at", "quoted", "setting_statements"]

#: Parameters whose stored value is a list that is quoted already.
#: Source: variable_is_guc_list_quote() in PostgreSQL's src/bin/pg_dump/dumputils.c.
_LISTS = {
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
}

# Columns of pg_database differ from version to version (datlocprovider came with 15), so that the
# row is asked for as JSON. pg_table_size() would wait for tables that are locked. Source: https://www.postgresql.org/docs/18/catalog-pg-database.html
_QUERY = """
SELECT current_database() AS database,
       CAST(current_setting('server_version_num') AS int) / 10000 AS version,
       pg_database_size(current_database()) AS bytes,
       (SELECT sum(greatest(c.relpages, 0)) * CAST(current_setting('block_size') AS int)
        FROM pg_class c WHERE c.relkind IN ('r', 'm', 't') AND c.oid >= 16384) AS table_bytes,
       pg_encoding_to_char(d.encoding) AS encoding,
       to_jsonb(d) AS description,
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid >= 16384
        AND left(n.nspname, 3) <> 'pg_') AS tables,
       ARRAY(SELECT CAST(CAST(c.oid AS regclass) AS text) FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND left(n.nspname, 3) <> 'pg_'
             AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
             ORDER BY 1) AS unreadable,
       ARRAY(SELECT CAST(greatest(c.reltuples, 0) AS bigint) FROM pg_class c
             WHERE c.relkind = 'r' AND c.oid >= 16384) AS rows,
       (SELECT count(*) FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
        AND a.backend_type = 'client backend') AS others,
       r.rolsuper OR d.datistemplate OR pg_has_role(d.datdba, 'USAGE') AS may_be_template,
       CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
            THEN current_setting('data_directory') END AS folder,
       r.rolsuper AS is_superuser,
       r.rolcreatedb OR r.rolsuper AS may_create,
       ARRAY(SELECT CAST(rolname AS text) FROM pg_roles WHERE left(rolname, 3) <> 'pg_') AS roles,
       ARRAY(SELECT unnest(s.setconfig) FROM pg_db_role_setting s
             WHERE s.setdatabase = d.oid AND s.setrole = 0) AS settings
FROM pg_database d, pg_roles r
WHERE d.datname = current_database() AND r.rolname = current_user
"""


@dataclass(frozen=True)
class Source:
    """A database about to be copied.

    ``version`` is the server's major one. ``bytes`` is all that the database takes on disk;
    ``table_bytes`` is what its tables took when they were last analysed, or else half of that.
    ``roles`` are all of its server. ``settings`` are what ``ALTER DATABASE … SET`` left, as
    "name=value". ``rows`` are of each table, as estimated when it was last analysed.
    ``unreadable`` names tables that the role may not read. ``others`` counts the other sessions in
    it. ``folder`` is where the server keeps its databases; None when the role may not know.
    """

    database: str
    version: int
    bytes: int
    table_bytes: int
    encoding: str
    collate: str
    ctype: str
    provider: str | None
    locale: str | None
    is_superuser: bool
    may_create: bool
    roles: tuple[str, ...]
    settings: tuple[str, ...]
    tables: int
    rows: tuple[int, ...]
    unreadable: tuple[str, ...]
    others: int
    may_be_template: bool
    folder: str | None

    def create_statement(self, name: str, *, same_server: bool) -> str:
        """CREATE DATABASE for an empty database of this kind; ``name`` is quoted already.

        Another server may not know these locales: there its own are taken.
        """
        statement = f"CREATE DATABASE {name} TEMPLATE template0"
        if not same_server:
            return statement
        statement += f" ENCODING {literal(self.encoding)}"
        statement += f" LC_COLLATE {literal(self.collate)} LC_CTYPE {literal(self.ctype)}"
        option = {"i": "icu ICU_LOCALE", "b": "builtin BUILTIN_LOCALE"}.get(self.provider or "c")
        if option and self.locale:
            statement += f" LOCALE_PROVIDER {option} {literal(self.locale)}"
        return statement

    def setting_statements(self, name: str) -> list[str]:
        """What gives another database the same settings, such as its search_path."""
        return setting_statements(name, self.settings)


def setting_statements(name: str, settings: Iterable[str]) -> list[str]:
    """ALTER DATABASE for each of the settings, "name=value"; ``name`` is quoted already."""
    statements = []
    for setting in settings:
        key, _, value = setting.partition("=")
        shown = value if key.lower() in _LISTS and value else literal(value)
        variable = ".".join(quoted(part) for part in key.split("."))
        statements.append(f"ALTER DATABASE {name} SET {variable} TO {shown}")
    return statements


_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_PREPARER = _DIALECT.identifier_preparer


def look_at(url: URL) -> Source:
    """Read these facts in a read-only session. Raises DatabaseError."""
    with open_read_only(url) as connection:
        row = connection.execute(sa.text(_QUERY)).one()
    description = row.description
    return Source(
        database=row.database,
        version=row.version,
        bytes=int(row.bytes),
        table_bytes=int(row.table_bytes or 0) or int(row.bytes) // 2,
        encoding=row.encoding,
        collate=description["datcollate"],
        ctype=description["datctype"],
        provider=description.get("datlocprovider"),
        locale=description.get("datlocale") or description.get("daticulocale"),
        is_superuser=row.is_superuser,
        may_create=row.may_create,
        roles=tuple(row.roles),
        settings=tuple(row.settings),
        tables=row.tables,
        rows=tuple(row.rows),
        unreadable=tuple(row.unreadable),
        others=row.others,
        may_be_template=row.may_be_template,
        folder=row.folder,
    )


def quoted(name: str) -> str:
    """An identifier in quotation marks, for statements that take no parameters."""
    # The preparer doubles percent signs, for drivers that would take them as parameters.
    return _PREPARER.quote_identifier(name).replace("%%", "%")


def literal(text: str) -> str:
    """A string as PostgreSQL writes it; a backslash is no escape since 9.1."""
    return "'" + text.replace("'", "''") + "'"
