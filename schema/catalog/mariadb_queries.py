"""The MariaDB reader's queries: one of each kind, whatever the number of tables.

All are of ``information_schema``, which every account may read; it shows what the account has some
right on. None joins two of its tables, as the server would make the second one up anew for each row
of the first. Source: https://mariadb.com/kb/en/information-schema-tables/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.engine import Connection

from schema.catalog.mariadb_text import quoted
from schema.errors import DatabaseError

__all__ = ["QUERIES", "Rows", "fetch", "sequences", "shown"]

Rows = list[tuple[Any, ...]]

#: By kind of row: a query that takes the database's name, or none.
QUERIES = {
    "database": """
SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, @@GLOBAL.sql_mode
FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s""",
    "tables": """
SELECT TABLE_NAME, TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT
FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s""",
    "columns": """
SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, COLUMN_TYPE,
       COLLATION_NAME, EXTRA, COLUMN_COMMENT, GENERATION_EXPRESSION
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s""",
    "checks": """
SELECT TABLE_NAME, CONSTRAINT_NAME, LEVEL, CHECK_CLAUSE
FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = %s""",
    "partitions": """
SELECT TABLE_NAME, PARTITION_NAME, SUBPARTITION_NAME, PARTITION_METHOD, SUBPARTITION_METHOD,
       PARTITION_EXPRESSION, SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION, PARTITION_COMMENT
FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = %s AND PARTITION_NAME IS NOT NULL
ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION""",
    "indexes": """
SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART,
       INDEX_TYPE, INDEX_COMMENT, IGNORED
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s""",
    "foreign keys": """
SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE
FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = %s""",
    "foreign key columns": """
SELECT TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,
       REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = %s AND REFERENCED_TABLE_NAME IS NOT NULL""",
    "views": """
SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE, ALGORITHM, DEFINER
FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %s""",
    "triggers": """
SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER,
       ACTION_STATEMENT, SQL_MODE, DEFINER
FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s""",
    "routines": """
SELECT ROUTINE_TYPE, ROUTINE_NAME, DTD_IDENTIFIER, CHARACTER_SET_NAME, IS_DETERMINISTIC,
       SQL_DATA_ACCESS, SECURITY_TYPE, ROUTINE_DEFINITION, ROUTINE_COMMENT, SQL_MODE,
       DATABASE_COLLATION, DEFINER
FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s""",
    "parameters": """
SELECT ROUTINE_TYPE, SPECIFIC_NAME, PARAMETER_MODE, PARAMETER_NAME, DTD_IDENTIFIER,
       CHARACTER_SET_NAME
FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = %s AND ORDINAL_POSITION > 0
ORDER BY SPECIFIC_NAME, ORDINAL_POSITION""",
    "events": """
SELECT EVENT_NAME, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD,
       CASE WHEN STARTS <> CREATED THEN STARTS END, ENDS, STATUS, ON_COMPLETION, EVENT_DEFINITION,
       EVENT_COMMENT, SQL_MODE, DEFINER
FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s""",
    "database privileges": """
SELECT NULL, NULL, GRANTEE, PRIVILEGE_TYPE, IS_GRANTABLE
FROM information_schema.SCHEMA_PRIVILEGES WHERE TABLE_SCHEMA = %s""",
    "table privileges": """
SELECT TABLE_NAME, NULL, GRANTEE, PRIVILEGE_TYPE, IS_GRANTABLE
FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = %s""",
    "column privileges": """
SELECT TABLE_NAME, COLUMN_NAME, GRANTEE, PRIVILEGE_TYPE, IS_GRANTABLE
FROM information_schema.COLUMN_PRIVILEGES WHERE TABLE_SCHEMA = %s""",
    "rights": """
SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
WHERE GRANTEE = concat('''', replace(current_user(), '@', '''@'''), '''')
UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
WHERE %s LIKE TABLE_SCHEMA
  AND GRANTEE = concat('''', replace(current_user(), '@', '''@'''), '''')""",
    "routine privileges": """
SELECT lower(Routine_type), Routine_name, concat('''', User, '''@''', Host, ''''), Proc_priv
FROM mysql.procs_priv WHERE Db = %s""",
}

#: Values come with the query, as nothing else tells them: a sequence is a table of one row.
_SEQUENCE = """
SELECT {literal}, start_value, minimum_value, maximum_value, increment, cache_size, cycle_option
FROM {name}"""

#: ER_WARN_I_S_SKIPPED_TABLE: another session is changing this table just now.
_SKIPPED = 1684


def fetch(connection: Connection, query: str, *parameters: str) -> Rows:
    """All rows of a query, as the driver gives them, but texts as text.

    Raises DatabaseError where the server left a table out, as its definition is being changed.
    """
    with connection.exec_driver_sql(query, parameters) as result:
        cursor: Any = result.cursor
        rows = cursor.fetchall()
        warned = bool(getattr(cursor, "warning_count", 0))
    if warned:
        _check_complete(connection)
    return list(rows)


def _check_complete(connection: Connection) -> None:
    for _, code, message in connection.exec_driver_sql("SHOW WARNINGS"):
        if code == _SKIPPED:
            raise DatabaseError(
                f"Another session is changing the schema: {message}. Try again when it has ended."
            )


def sequences(connection: Connection, names: Iterable[str]) -> Rows:
    """The values of all sequences, in one query."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    given = list(names)
    parts = [_SEQUENCE.format(literal="%s", name=quote(name)) for name in given]
    return fetch(connection, " UNION ALL ".join(parts), *given) if parts else []


def shown(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """What SHOW CREATE TABLE says of these tables, asked for in one block of statements.

    Source: https://mariadb.com/kb/en/begin-end/ (BEGIN NOT ATOMIC).
    """
    wanted = "".join(f"SHOW CREATE TABLE {quoted(name)};\n" for name in names)
    if not wanted:
        return {}
    block, options = f"BEGIN NOT ATOMIC\n{wanted}END", {"no_parameters": True}
    found: dict[str, str] = {}
    with connection.exec_driver_sql(block, execution_options=options) as result:
        cursor: Any = result.cursor
        there: Any = True
        while there:
            found |= {row[0]: row[1] for row in cursor.fetchall() if cursor.description}
            there = cursor.nextset()
    return found
