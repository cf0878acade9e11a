"""``create_all``, recorded as text first and sent in few round trips.

SQLAlchemy asks for each table and index whether it is there, and sends each statement by itself. On
an empty database the first is needless and the second slow. So the DDL is recorded by SQLAlchemy's
own mock connection (https://docs.sqlalchemy.org/en/20/faq/metadata_schema.html) and sent at once.
Where that cannot be, as a listener of the models asks the connection something, or where it fails,
``create_all`` runs as usual, and its error is the one that is told: unless it is that of an index
or a foreign key, without which all the rest can be had.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Callable, Iterator, List, Optional, Tuple

from .failure import Failure, redact
from .namespaces import USUAL, Namespaces

#: Drivers that take several statements as one text, when it has no parameters.
_MANY_AT_ONCE = {"psycopg", "psycopg2"}
_CHARACTERS = 1_000_000  # about how long one text becomes

#: A scratch file that is lost with the machine is no loss. https://sqlite.org/pragma.html
_CARELESS = ("PRAGMA synchronous = OFF", "PRAGMA journal_mode = MEMORY")


def create(connection: Any, found: List[Any], namespaces: Namespaces = USUAL) -> List[str]:
    """Make all tables of these MetaData, and the schemas that they are in.

    Returns what could be left out where it could not be made, as ``index table.name: why``.
    """
    from sqlalchemy.exc import DBAPIError

    if namespaces.translation:
        connection = connection.execution_options(schema_translate_map=namespaces.translation)
    heard = _is_listened_to(connection)
    statements = None if heard else recorded(connection.dialect, found, namespaces)
    if statements is not None:
        if connection.dialect.name == "sqlite":
            _be_careless(connection)
        # Where it fails, create_all meets the same error, or none.
        with contextlib.suppress(Exception):
            with connection.begin():
                _send(connection, statements)
            return []
    try:
        with connection.begin():
            _make_schemas(connection, found, namespaces)
            for metadata in found:
                metadata.create_all(connection)
        return []
    except DBAPIError:
        if connection.dialect.name in ("mariadb", "mysql"):
            raise  # what was made by then stays there
        return _create_one_by_one(connection, found, namespaces)


def _create_one_by_one(connection: Any, found: List[Any], namespaces: Namespaces) -> List[str]:
    """The tables first, then each index by itself, and on PostgreSQL each foreign key too."""
    from sqlalchemy.exc import CompileError, DBAPIError
    from sqlalchemy.schema import AddConstraint

    left_out: List[str] = []

    def attempt(what: str, item: Any, make: Callable[[], Any]) -> None:
        try:
            with connection.begin_nested():
                make()
        except (CompileError, DBAPIError) as error:
            said = " ".join(str(getattr(error, "orig", error)).split())
            left_out.append(redact("{} {}: {}".format(what, item, said)))

    tables = [table for metadata in found for table in metadata.sorted_tables]
    is_postgresql = connection.dialect.name == "postgresql"
    default = "public." if is_postgresql else ""
    apart = _set_apart(tables, keys=is_postgresql)
    with apart as (indexes, keys), connection.begin():
        _make_schemas(connection, found, namespaces)
        for metadata in found:
            metadata.create_all(connection)
        for table, index in indexes:
            name = "{}{}.{}".format("" if table.schema else default, table, index.name)
            attempt("index", name, functools.partial(index.create, connection))
        for table, key in keys:
            columns = ", ".join(key.column_keys)
            name = "{}{} ({})".format("" if table.schema else default, table, columns)
            add = functools.partial(connection.execute, AddConstraint(key))
            attempt("foreign key", name, add)
    return left_out


@contextlib.contextmanager
def _set_apart(tables: List[Any], *, keys: bool) -> Iterator[Tuple[List[Any], List[Any]]]:
    """Within this block, tables have no indexes, nor foreign keys: here they are, each by table."""
    indexes = [(t, i) for t in tables for i in sorted(t.indexes, key=lambda i: str(i.name))]
    found = [(t, k) for t in tables for k in t.foreign_key_constraints] if keys else []
    found.sort(key=lambda pair: (str(pair[0]), pair[1].column_keys))
    try:
        for table in tables:
            table.indexes.clear()
        for table, key in found:
            table.constraints.discard(key)
        yield indexes, found
    finally:
        for table, index in indexes:
            table.indexes.add(index)
        for table, key in found:
            table.constraints.add(key)


def recorded(dialect: Any, found: List[Any], namespaces: Namespaces = USUAL) -> Optional[List[str]]:
    """What ``create`` will send; None when that depends on what a database answers.

    Or on a connection that puts other schemas in the place of those that are named.
    """
    if namespaces.translation:
        return None
    recorder = _recorder(dialect)
    try:
        _make_schemas(recorder, found, namespaces)
        for metadata in found:
            metadata.create_all(recorder, checkfirst=False)
    except Exception:
        return None
    return None if recorder.was_asked else recorder.statements


def make_schema(connection: Any, name: str) -> None:
    """Make one schema, unless it is there, in a transaction of its own."""
    with connection.begin():
        connection.execute(_create_schema(connection.dialect, name))


def _create_schema(dialect: Any, name: str) -> Any:
    from sqlalchemy.schema import DDL

    quoted = dialect.identifier_preparer.quote_identifier(name)
    make: Any = DDL
    return make("CREATE SCHEMA IF NOT EXISTS " + quoted.replace("%", "%%"))


def _make_schemas(connection: Any, found: List[Any], namespaces: Namespaces) -> None:
    if connection.dialect.name == "sqlite":
        return
    names = {table.schema for metadata in found for table in metadata.tables.values()}
    if connection.dialect.name in ("mariadb", "mysql") and names - {None}:
        text = "The models name {}: on MariaDB that is another database, beside the scratch one."
        raise Failure("project", text.format(", ".join(sorted(map(repr, names - {None})))))
    real = {str(namespaces.real(name)) for name in names - {None}}
    for name in sorted(real - {"public", str(namespaces.default)}):
        connection.execute(_create_schema(connection.dialect, name))


def _is_listened_to(connection: Any) -> bool:
    """Whether the project listens to statements: it may change them, and expects to see each."""
    names = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")
    return any(len(getattr(connection.dispatch, name)) for name in names)


def _be_careless(connection: Any) -> None:
    cursor = connection.connection.cursor()
    for statement in _CARELESS:
        cursor.execute(statement)
        cursor.fetchall()
    cursor.close()


def _send(connection: Any, statements: List[str]) -> None:
    cursor = connection.connection.cursor()
    at_once = connection.dialect.driver in _MANY_AT_ONCE
    try:
        for text in _joined(statements) if at_once else statements:
            cursor.execute(text)
    finally:
        cursor.close()


def _joined(statements: List[str]) -> List[str]:
    """The statements in few texts. Each ends on a line of its own, as its last may be a comment."""
    texts: List[List[str]] = [[]]
    length = 0
    for statement in statements:
        if length > _CHARACTERS:
            texts.append([])
            length = 0
        texts[-1].append(statement)
        length += len(statement)
    return ["\n;\n".join(text) for text in texts if text]


def _recorder(dialect: Any) -> Any:
    class Recorder(_mock_connection()):  # type: ignore[misc]
        """Takes the place of a connection, writes down what it is sent, and answers nothing."""

        def __init__(self) -> None:
            self.statements: List[str] = []
            self.was_asked = False
            super().__init__(dialect, None)
            self.__dict__.pop("execute", None)  # set by SQLAlchemy 1.3 and 1.4

        def execute(self, statement: Any, *parameters: Any, **options: Any) -> Any:
            text = self._text(statement) if not any(parameters) else None
            if text is None:
                self.was_asked = True
            else:
                self.statements.append(text)
            return _NoAnswer(self)

        def _text(self, statement: Any) -> Optional[str]:
            """The statement as a cursor takes it without parameters; None where it has some."""
            compiled = statement.compile(dialect=dialect)
            if getattr(compiled, "params", None):
                return None
            text = str(compiled)
            if dialect.paramstyle not in ("format", "pyformat"):
                return text
            # With parameters, even with none, a driver reads %% as %, and stumbles over %.
            return None if "%" in text.replace("%%", "") else text.replace("%%", "%")

        def __getattr__(self, name: str) -> Any:
            if name not in ("statements", "was_asked"):
                self.was_asked = True
            raise AttributeError(name)

    return Recorder()


def _mock_connection() -> Any:
    """SQLAlchemy's class, which was in another place before 1.4."""
    try:
        from sqlalchemy.engine.mock import MockConnection
    except ImportError:
        from sqlalchemy.engine import strategies

        return strategies.MockEngineStrategy.MockConnection
    return MockConnection


class _NoAnswer:
    """A result that notes that somebody wants to know it."""

    def __init__(self, recorder: Any) -> None:
        self.__dict__["_recorder"] = recorder

    def __getattr__(self, name: str) -> Any:
        self.__dict__["_recorder"].was_asked = True
        raise AttributeError(name)

    def __iter__(self) -> Any:
        self.__dict__["_recorder"].was_asked = True
        return iter(())
