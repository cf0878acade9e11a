"""What a revision does to data, as its text says it: rows put in, changed and deleted.

Only the text is read, nothing is run: names that the code computes are not known, and a loop is one
change. What really becomes of the data, a rehearsal shows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from schema.rehearsal.hazards.reading import read_statements

__all__ = ["DataStatement", "data_statements"]

#: Of the source of one change, as many characters are kept.
MOST_CHARACTERS = 1_000

#: Stands for a part of a text that the code computes.
_COMPUTED = "computed_by_the_code"

_WRITES = {
    "insert": "insert",
    "update": "update",
    "delete": "delete",
    "truncate": "delete",
}
#: How a text begins and goes on that is SQL and no sentence.
_BEGINS = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(?:"
    r"(?P<insert>(?:INSERT|REPLACE)\s.*?\b(?:INTO|VALUES|SELECT)\b)"
    r"|(?P<update>(?:UPDATE\s.*?\bSET\b|MERGE\s+INTO\b))"
    r"|(?P<delete>(?:DELETE\s+FROM\b|TRUNCATE\s+\S))"
    r"|(?P<copy>COPY\s.*?\bFROM\b)"
    r"|(?P<query>WITH\s.*?\bAS\b.*?\b(?:INSERT|UPDATE|DELETE|MERGE)\b))",
    re.IGNORECASE | re.DOTALL,
)
_INSIDE = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)

#: What SQLAlchemy's ORM calls it; its first argument tells the table, if anything does.
_OF_A_SESSION = {
    "add": "insert",
    "add_all": "insert",
    "bulk_save_objects": "insert",
    "bulk_insert_mappings": "insert",
    "bulk_update_mappings": "update",
}


@dataclass(frozen=True, slots=True)
class DataStatement:
    """One change of data that a text holds.

    ``direction`` is ``"up"`` or ``"down"``, ``change`` is ``"insert"``, ``"update"`` or
    ``"delete"``. ``table`` is None where the text does not name it. ``rows`` is how many rows a
    literal list holds, None where that is not written down. ``line`` is the first line of
    ``source``, counted from 1.
    """

    direction: str
    change: str
    table: str | None
    line: int
    source: str
    rows: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


def data_statements(text: str) -> tuple[DataStatement, ...]:
    """All changes of data in a revision's text, the way up first, each way in the order of lines.

    Empty for what is no Python. What stands in a function of the file counts where ``upgrade()`` or
    ``downgrade()`` calls it.
    """
    try:
        return tuple(_Text(text).changes())
    except (SyntaxError, ValueError, RecursionError):
        return ()


class _Text:
    """A file's functions, and the names of its tables."""

    def __init__(self, text: str) -> None:
        self._tree = ast.parse(text)
        self._lines = text.splitlines()
        self._functions = {
            node.name: node
            for node in self._tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self._texts = dict(_named_texts(self._tree.body))
        self._tables = dict(_named_tables(ast.walk(self._tree)))

    def changes(self) -> Iterator[DataStatement]:
        for direction, prefix in (("up", "upgrade"), ("down", "downgrade")):
            found: dict[tuple[object, ...], DataStatement] = {}
            for function in self._reached(prefix):
                for item in self._in(function, direction):
                    found.setdefault((item.line, item.change, item.table), item)
            yield from sorted(found.values(), key=lambda item: item.line)

    def _reached(self, prefix: str) -> list[ast.AST]:
        """The functions of one way, and those that they name."""
        todo = [node for name, node in self._functions.items() if name.startswith(prefix)]
        seen: dict[str, ast.AST] = {}
        while todo:
            function = todo.pop()
            if function.name not in seen:
                seen[function.name] = function
                names = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
                todo += [self._functions[name] for name in names & self._functions.keys()]
        return list(seen.values())

    def _in(self, function: ast.AST, direction: str) -> Iterator[DataStatement]:
        documentation = _documentation(function)
        for statement in _statements(function):
            for node in _expressions(statement):
                for change, table, rows in self._said(node, documentation):
                    yield DataStatement(
                        direction, change, table, statement.lineno, self._source(statement), rows
                    )

    def _source(self, node: ast.stmt) -> str:
        lines = self._lines[node.lineno - 1 : node.end_lineno]
        indent = len(lines[0]) - len(lines[0].lstrip())
        source = "\n".join(line[indent:] if not line[:indent].strip() else line for line in lines)
        return source if len(source) <= MOST_CHARACTERS else source[:MOST_CHARACTERS] + " …"

    # -- what one expression does ------------------------------------------------------------

    def _said(
        self, node: ast.AST, documentation: ast.AST | None
    ) -> Iterator[tuple[str, str | None, int | None]]:
        if isinstance(node, ast.Call):
            yield from self._called(node)
        elif isinstance(node, ast.Constant | ast.JoinedStr) and node is not documentation:
            yield from _written(_text_of(node))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from _written(self._texts.get(node.id, ""))

    def _called(self, call: ast.Call) -> Iterator[tuple[str, str | None, int | None]]:
        name = _name_of(call.func)
        first = call.args[0] if call.args else None
        if name == "bulk_insert":
            yield "insert", self._table(first), _count(call.args[1] if call.args[1:] else None)
        elif name in {"insert", "update", "delete"}:
            yield from self._built(call, name, first)
        elif name in _OF_A_SESSION and _owner(call.func).endswith("session"):
            yield _OF_A_SESSION[name], self._table(first), None

    def _built(
        self, call: ast.Call, name: str, first: ast.expr | None
    ) -> Iterator[tuple[str, str | None, int | None]]:
        """``sa.update(table)``, ``table.update()``, ``session.query(table).update({…})``."""
        if isinstance(call.func, ast.Attribute):
            of = call.func.value
            if (table := self._table(of)) is not None:
                yield name, table, None
                return
            if (queried := _query(of)) is not None:
                yield name, self._table(queried.args[0] if queried.args else None), None
                return
            if not (
                isinstance(of, ast.Name) and of.id in {"sa", "sqlalchemy", "sql", "expression"}
            ):
                return  # a dictionary's or a set's own
        if first is not None:
            yield name, self._table(first), None

    def _table(self, node: ast.expr | None) -> str | None:
        """The name of the table that an expression means; None where the text does not tell."""
        if isinstance(node, ast.Name):
            return self._tables.get(node.id)
        if isinstance(node, ast.Attribute):
            # Its own columns, or a class's __table__.
            return self._table(node.value)
        if isinstance(node, ast.Call):
            return _table_made(node) or self._tables.get(_name_of(node.func))
        return None


# -- names --------------------------------------------------------------------------------------


def _named_texts(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """The texts that a file gives names to."""
    for name, value in _assignments(body):
        if isinstance(value, ast.Call) and _name_of(value.func) in {"text", "dedent"}:
            value = value.args[0] if value.args else value
        if found := _text_of(value):
            yield name, found


def _named_tables(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, str]]:
    """Variables that hold a table, and classes of the ORM."""
    for node in nodes:
        for name, value in _assignments([node]):
            if isinstance(value, ast.Call) and (table := _table_made(value)):
                yield name, table
        if isinstance(node, ast.ClassDef):
            for name, value in _assignments(node.body):
                made = _table_made(value) if isinstance(value, ast.Call) else _text_of(value)
                if made and name in {"__tablename__", "__table__"}:
                    yield node.name, made


def _assignments(body: list[Any]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _table_made(call: ast.Call) -> str | None:
    """The name in ``sa.table("…")``, ``sa.Table("…", …)`` or ``op.create_table("…", …)``."""
    if _name_of(call.func) in {"table", "Table", "create_table", "TableClause"} and call.args:
        return _text_of(call.args[0]) or None
    return None


def _name_of(node: ast.expr) -> str:
    """The last name of a dotted one."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _owner(node: ast.expr) -> str:
    """``session`` of ``self.session.add``."""
    return _name_of(node.value) if isinstance(node, ast.Attribute) else ""


def _query(of: ast.expr) -> ast.Call | None:
    """The ``session.query(…)`` that a chain of calls begins with."""
    calls = (each for each in ast.walk(of) if isinstance(each, ast.Call))
    return next((each for each in calls if _name_of(each.func) == "query"), None)


# -- parts of the syntax tree -------------------------------------------------------------------


def _documentation(function: ast.AST) -> ast.AST | None:
    body = getattr(function, "body", [])
    first = body[0] if body else None
    return first.value if isinstance(first, ast.Expr) else None


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements in a function, those in its blocks too, each by itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        yield from _statements(child)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement, without those of the statements in it.

    What a variable is merely given is told where it is used; a text in a text is told once.
    """
    todo: list[ast.AST] = list(ast.iter_child_nodes(statement))
    while todo:
        node = todo.pop(0)
        if not isinstance(node, ast.stmt | ast.excepthandler):
            yield node
            if not isinstance(node, ast.JoinedStr):
                todo += ast.iter_child_nodes(node)


def _count(node: ast.expr | None) -> int | None:
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    is_whole = not any(isinstance(each, ast.Starred) for each in node.elts)
    return len(node.elts) if is_whole else None


def _text_of(node: ast.AST) -> str:
    """A literal text; what an f-string computes is a word of its own in it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _COMPUTED for part in node.values
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


# -- SQL ----------------------------------------------------------------------------------------


def _written(sql: str) -> Iterator[tuple[str, str | None, None]]:
    """What a text changes, if it is SQL that does."""
    found = _BEGINS.match(sql)
    if found is None:
        return
    actions = [item for item in read_statements([sql], "postgresql") if item.kind in _WRITES]
    for action in actions:
        name = action.object
        known = name if name and _COMPUTED not in name and "%" not in name else None
        yield _WRITES[action.kind], known, None
    if not actions:
        yield from _unread(found.lastgroup or "", sql)


def _unread(verb: str, sql: str) -> Iterator[tuple[str, str | None, None]]:
    """What no reader could follow: its verb is told, a query that writes by the verb inside."""
    if verb != "query":
        yield "insert" if verb == "copy" else verb, None, None
        return
    for inside in dict.fromkeys(each.lower() for each in _INSIDE.findall(sql)):
        yield "update" if inside == "merge" else inside, None, None
