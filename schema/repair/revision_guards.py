"""How each operation of a revision is left out where its work is done already.

The revision runs on a new database, which has none of its objects, and on the live one, where they
were made by hand. Alembic's ``if_not_exists`` and SQL's IF EXISTS serve where they exist; for the
rest the file looks at the table first, by a function of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import copy
from itertools import count
from typing import Any

from alembic.operations import ops
from sqlalchemy.engine import Dialect

from schema.catalog.mariadb_text import NAME
from schema.compare import Difference

__all__ = ["HELPERS", "condition", "conditions", "repeatable", "repeatable_operation"]

#: What stands at the end of a file that uses it.
HELPERS = {
    "has": '''
def has(what: str, table: str, schema=None, **facts) -> bool:
    """Whether an object of the table still has these facts; with --sql, as a new database has."""
    return op.get_context().as_sql or _finds(what, table, schema, facts)
''',
    "lacks": '''
def lacks(what: str, table: str, schema=None, **facts) -> bool:
    """Whether no object of the table has these facts; with --sql, as a new database has none."""
    return op.get_context().as_sql or not _finds(what, table, schema, facts)
''',
    "_finds": """
def _finds(what: str, table: str, schema, facts: dict) -> bool:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(table, schema=schema):
        return False
    found = getattr(inspector, f"get_{what}")(table, schema=schema)
    found = [found] if isinstance(found, dict) else found
    return any(all(str(item[k]) == str(v) for k, v in facts.items()) for item in found)
""",
    "text_of": '''
def text_of(table: str) -> str:
    """The table as SQLite keeps it, in small letters; with --sql, as for a new database, none."""
    if op.get_context().as_sql:
        return ""
    query = sa.text("SELECT lower(sql) FROM sqlite_master WHERE type = 'table' AND name = :name")
    return " ".join(str(op.get_bind().scalar(query, {"name": table})).split())
''',
    "keep_referring_rows": '''
def keep_referring_rows() -> None:
    """Turn foreign keys off, for this connection: with them on, SQLite deletes the rows that refer
    to a table (ON DELETE CASCADE) while the table is made anew. It takes this outside of a
    transaction only, so what ran before is committed.
    """
    bind = op.get_bind()
    if op.get_context().as_sql or bind.dialect.name != "sqlite":
        return
    if not bind.exec_driver_sql("PRAGMA foreign_keys").scalar():
        return
    begun = getattr(bind.connection.driver_connection, "in_transaction", True)
    for statement in ["COMMIT"] * begun + ["PRAGMA foreign_keys = OFF"] + ["BEGIN"] * begun:
        bind.exec_driver_sql(statement)
''',
}

#: The inspector's word for a kind of constraint, and the fact that tells one without a name.
_READERS = {
    "foreignkey": ("foreign_keys", "constrained_columns"),
    "unique": ("unique_constraints", "column_names"),
    "check": ("check_constraints", "sqltext"),
}


def repeatable_operation(item: ops.MigrateOperation) -> ops.MigrateOperation:
    """The operation, to be passed over by Alembic where its object is there, or gone, already."""
    found = copy(item)
    if isinstance(found, ops.CreateTableOp | ops.CreateIndexOp):
        found.if_not_exists = True
    elif isinstance(found, ops.DropTableOp | ops.DropIndexOp):
        found.if_exists = True
    return found


def condition(item: ops.MigrateOperation, dialect: Dialect) -> str | None:
    """The ``if`` before an operation; None where it can be repeated without one."""
    if isinstance(item, ops.AddColumnOp):
        return _asks("lacks", "columns", item, name=str(item.column.name))
    if isinstance(item, ops.DropColumnOp):
        return _asks("has", "columns", item, name=item.column_name)
    if isinstance(item, ops.AlterColumnOp):
        return _altered(item, dialect)
    if isinstance(item, ops.AddConstraintOp):
        return _constraint("lacks", item, item.to_constraint())
    if isinstance(item, ops.DropConstraintOp):
        return _constraint("has", item, item.to_constraint())
    if isinstance(item, ops.RenameTableOp):
        return _asks("has", "columns", item)
    return None


def _altered(item: ops.AlterColumnOp, dialect: Dialect) -> str | None:
    """PostgreSQL alters a column to what it is at no cost; SQLite makes the table anew."""
    if item.modify_name is not None:
        return _asks("has", "columns", item, name=item.column_name)
    if dialect.name != "sqlite":
        return None
    facts: dict[str, Any] = {}
    if item.modify_type is not None:
        facts["type"] = item.modify_type.compile(dialect)
    if item.modify_nullable is not None:
        facts["nullable"] = item.modify_nullable
    if item.modify_server_default is not False:
        default = item.modify_server_default
        facts["default"] = str(getattr(default, "arg", default)) if default is not None else None
    return _asks("lacks", "columns", item, name=item.column_name, **facts) if facts else None


def _constraint(
    word: str,
    item: Any,  # noqa: ANN401 -- AddConstraintOp and DropConstraintOp have no common class
    constraint: Any,  # noqa: ANN401 -- any of SQLAlchemy's
) -> str | None:
    kind = getattr(item, "constraint_type", None) or ""
    if kind not in _READERS:
        return None
    reader, fact = _READERS[kind]
    if constraint.name is not None and not _is_conventional(item):
        return _asks(word, reader, item, name=str(constraint.name))
    if kind == "check":
        return _asks(word, reader, item, **{fact: str(constraint.sqltext)})
    return _asks(word, reader, item, **{fact: [str(column.name) for column in constraint.columns]})


# -- a table that SQL makes anew ------------------------------------------------------------------

#: What only the text of a SQLite table tells, by property.
_WORDS = {
    "autoincrement": "autoincrement",
    "strict": "strict",
    "without_rowid": "without rowid",
    "generated": " as (",
    "on_conflict": "on conflict",
    "collation": "collate",
}

_INSPECTED = {
    "primary key": ("pk_constraint", "columns", "constrained_columns"),
    "unique": ("unique_constraints", "columns", "column_names"),
    "foreign key": ("foreign_keys", "columns", "constrained_columns"),
    "check": ("check_constraints", "expression", "sqltext"),
}


def conditions(differences: Iterable[Difference]) -> str:
    """The ``if`` before a table is made anew: whether any of these is not done yet.

    The left side of a difference is what shall be. Empty where the table cannot be asked.
    """
    asked = [text for item in differences for text in _of(item)]
    return " or ".join(dict.fromkeys(asked))


def _of(item: Difference) -> Iterator[str]:
    table = str(item.table or item.name)
    for name, (wanted, found) in item.properties.items():
        if name in _WORDS and item.change == "changed":
            yield _words(table, _WORDS[name], str(wanted or found).lower(), is_new=bool(wanted))
    side = 1 if item.change == "added" else 0
    word = "has" if item.change == "added" else "lacks"
    values = {name: pair[side] for name, pair in item.properties.items()}
    facts: dict[str, Any] = {}
    if item.kind == "table" and item.change != "changed":
        reader = "columns"
    elif item.kind == "column":
        known: dict[str, Any] = {
            name: values[name] for name in ("type", "nullable", "default") if name in values
        }
        facts = {"name": item.name, **(known if item.change == "changed" else {})}
        reader = "columns" if item.change != "changed" or known else ""
    else:
        reader, ours, theirs = _INSPECTED.get(item.kind, ("", "", ""))
        value = values.get(ours)
        facts = {theirs: list(value) if isinstance(value, tuple) else value}
        reader = reader if value else ""
    if reader:
        arguments = [repr(reader), repr(table), *(f"{k}={v!r}" for k, v in facts.items())]
        yield f"{word}({', '.join(arguments)})"


def _words(table: str, before: str, value: str, *, is_new: bool) -> str:
    words = f"collate {value}" if before == "collate" else before
    if is_new:
        return f"{words!r} not in text_of({table!r})"
    return f"op.get_context().as_sql or {words!r} in text_of({table!r})"


def _is_conventional(item: object) -> bool:
    """Whether a nameless foreign key has its name from a convention of the file's own."""
    name = getattr(item, "constraint_name", None)
    original = getattr(item, "_reverse", None)
    return name is not None and original is not None and original.constraint_name is None


def _asks(word: str, what: str, item: Any, **facts: Any) -> str:  # noqa: ANN401 -- any operation
    # A foreign key's operation has two tables.
    table = getattr(item, "source_table", None) or item.table_name
    schema = getattr(item, "source_schema", None) or getattr(item, "schema", None)
    arguments = [repr(what), repr(str(table))]
    if schema:
        facts = {"schema": str(schema), **facts}
    arguments += [f"{name}={value!r}" for name, value in facts.items()]
    return f"{word}({', '.join(arguments)})"


# -- SQL ------------------------------------------------------------------------------------------

_WITH_IF_NOT_EXISTS = {
    "sqlite": "TABLE|VIRTUAL TABLE|VIEW|TRIGGER|INDEX|UNIQUE INDEX",
    "postgresql": "TABLE|UNLOGGED TABLE|FOREIGN TABLE|INDEX|UNIQUE INDEX|SCHEMA|SEQUENCE|EXTENSION"
    "|MATERIALIZED VIEW|COLLATION|STATISTICS|SERVER|USER MAPPING",
}
_DROPPED = re.compile(r"DROP (?!IF\b)((?:MATERIALIZED |FOREIGN |EVENT )?[A-Z]+) (?!IF EXISTS)")
_ALTERED_DROP = re.compile(
    r"(ALTER TABLE .*? DROP (?:CONSTRAINT|COLUMN|IDENTITY|EXPRESSION))(?! IF EXISTS)", re.DOTALL
)
_ADDED_VALUE = re.compile(r"(ALTER TYPE .*? ADD VALUE)(?! IF NOT EXISTS)", re.DOTALL)
_GONE = "undefined_object OR undefined_table OR undefined_column OR undefined_function"

#: How PostgreSQL says that it has one already, by what a statement begins with; else an object.
_THERE = (
    (r"CREATE (TEMP |RECURSIVE )*VIEW ", "duplicate_table"),
    (r"CREATE (FUNCTION|PROCEDURE|AGGREGATE) ", "duplicate_function"),
    (r"ALTER TABLE .* ADD COLUMN ", "duplicate_column"),
    (r"ALTER TABLE .* ADD GENERATED ", "object_not_in_prerequisite_state"),
    # An identity column has no default to drop, and that is called a syntax error.
    (r"ALTER TABLE .* DROP DEFAULT", "syntax_error"),
    (r"ALTER TABLE .* ADD ", "duplicate_object OR duplicate_table OR invalid_table_definition"),
)

#: What MariaDB's statements and their clauses, each on a line of its own, are passed over by.
_CLAUSES = (
    (re.compile(r"\A(CREATE (?:TABLE|SEQUENCE) )(?!IF )"), "IF NOT EXISTS"),
    (re.compile(r"\A((?:DROP|RENAME) (?:TABLE|SEQUENCE) )(?!IF )"), "IF EXISTS"),
    (
        re.compile(
            r"^(  (?:ADD (?:COLUMN|PRIMARY KEY|(?:UNIQUE |FULLTEXT |SPATIAL )?KEY) "
            rf"|ADD CONSTRAINT (?={NAME} CHECK )"
            rf"|ADD CONSTRAINT {NAME} FOREIGN KEY ))(?!IF )",
            re.MULTILINE,
        ),
        "IF NOT EXISTS",
    ),
    (
        re.compile(
            r"^(  (?:DROP (?:COLUMN|KEY|CONSTRAINT|FOREIGN KEY) |RENAME COLUMN ))(?!IF )",
            re.MULTILINE,
        ),
        "IF EXISTS",
    ),
)


def repeatable(sql: str, dialect: str) -> str:
    """The statement, to be passed over where its work is done already.

    What PostgreSQL has no IF for goes into a DO block that takes "there is one" for an answer.
    """
    if dialect == "mariadb":
        return _with_ifs(sql)
    words = _WITH_IF_NOT_EXISTS[dialect]
    made = re.match(rf"CREATE ({words}) (?!IF NOT EXISTS)", sql)
    if made:
        return f"{made[0]}IF NOT EXISTS {sql[made.end() :]}"
    if _DROPPED.match(sql):
        return _DROPPED.sub(lambda found: f"{found[0]}IF EXISTS ", sql, count=1)
    if dialect == "sqlite":
        return sql
    for pattern, words in ((_ALTERED_DROP, "IF EXISTS"), (_ADDED_VALUE, "IF NOT EXISTS")):
        if pattern.match(sql):
            return pattern.sub(rf"\1 {words}", sql, count=1)
    if re.match(r"CREATE (?!OR REPLACE)|ALTER TABLE .* (ADD |DROP DEFAULT)", sql, re.DOTALL):
        errors = (name for begin, name in _THERE if re.match(begin, sql, re.DOTALL))
        return _unless(sql, next(errors, "duplicate_object"))
    return _unless(sql, _GONE) if re.match(r"ALTER .* RENAME ", sql) else sql


def _with_ifs(sql: str) -> str:
    """MariaDB looks before the first clause, so what one drops and another adds is just added."""
    for pattern, words in _CLAUSES:
        sql = pattern.sub(rf"\1{words} ", sql)
    for name in re.findall(rf"^  DROP \w+ IF EXISTS ({NAME})", sql, re.MULTILINE):
        again = re.compile(
            rf"^(  ADD (?:[A-Z]+ )?[A-Z]+ )IF NOT EXISTS (?={re.escape(name)})", re.MULTILINE
        )
        sql = again.sub(r"\1", sql)
    if "DROP KEY IF EXISTS `PRIMARY`" in sql:
        sql = sql.replace("ADD PRIMARY KEY IF NOT EXISTS ", "ADD PRIMARY KEY ")
    return sql


def _unless(sql: str, errors: str) -> str:
    tag = next(tag for n in count() if (tag := f"${'unless' * bool(n)}{n or ''}$") not in sql)
    return f"DO {tag} BEGIN\n{sql};\nEXCEPTION WHEN {errors} THEN NULL;\nEND {tag}"
