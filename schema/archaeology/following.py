"""What ``upgrade()`` of a revision file does, call by call, read by following it without running.

Functions of the file are followed, with what they are given; loops over what is written out are
gone round. Of a condition both ways are read, but where it asks for the kind of the database alone
and that is known. What the file takes from elsewhere (the database,
another module) is not known, and the calls that rest on it have unknown names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from schema.archaeology.asking import is_met
from schema.archaeology.calls import argument, in_call, in_sql, keyword, name_of, sql_of, text_of
from schema.archaeology.folding import Scope, elements, fold
from schema.archaeology.mention import Mention

__all__ = ["Done", "done_by"]

#: So many calls are followed: a loop in a loop in a loop must end.
_MOST_CALLS = 50_000


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """One thing that ``upgrade()`` does.

    ``call`` is the call of Alembic's, or of a connection's, that does it; ``part`` what of it does,
    such as one column of a ``create_table``: the same, where it is all of it. ``schema_name`` is
    the schema that the call names. ``statement`` is the SQL that does it, "" where it is no SQL,
    and ``line`` where it is written.
    """

    mention: Mention
    call: ast.expr
    part: ast.expr
    schema_name: str | None
    statement: str
    line: int


@lru_cache(maxsize=1024)
def done_by(text: str, dialect: str = "") -> tuple[Done, ...]:
    """All that a file's ``upgrade()`` does, in its order; empty for what is no such file.

    With ``dialect``, what it does on that kind of database: ``"sqlite"``, ``"postgresql"`` or
    ``"mariadb"``.
    """
    try:
        tree = ast.parse(text)
        return tuple(_Follower(tree, dialect).follow())
    except (SyntaxError, ValueError, RecursionError):
        return ()


class _Follower:
    """Reads statements in the order in which they would run."""

    def __init__(self, tree: ast.Module, dialect: str) -> None:
        self._tree = tree
        self._dialect = dialect
        self._functions = {
            node.name: node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self._globals: dict[str, ast.expr] = {}
        self._batch: ast.Call | None = None
        self._running: list[str] = []
        self._calls = 0

    def follow(self) -> Iterator[Done]:
        for node in self._tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                self._assign(node, self._globals)
        for name, function in list(self._functions.items()):  # Some define others as they run.
            if name == "upgrade" or name.startswith("upgrade_"):
                yield from self._block(function.body, dict(self._globals))

    # -- statements ----------------------------------------------------------------------------

    def _block(self, body: list[ast.stmt], scope: dict[str, ast.expr]) -> Iterator[Done]:
        for statement in body:
            yield from self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: dict[str, ast.expr]) -> Iterator[Done]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._functions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from self._expression(node.value, scope)
            self._assign(node, scope)
        elif isinstance(node, ast.If):
            yield from self._either(node, scope)
        elif isinstance(node, ast.For | ast.AsyncFor):
            yield from self._loop(node, scope)
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from self._with(node, scope)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from self._expression(child, scope)
                elif isinstance(child, ast.stmt):
                    yield from self._statement(child, scope)
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    yield from self._block(child.body, scope)

    def _assign(self, node: ast.Assign | ast.AnnAssign, scope: dict[str, ast.expr]) -> None:
        if node.value is None:
            return
        value = fold(node.value, scope)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            _bind(target, value, scope)

    def _either(self, node: ast.If, scope: dict[str, ast.expr]) -> Iterator[Done]:
        yield from self._expression(node.test, scope)
        met = is_met(node.test, scope, self._dialect) if self._dialect else None
        yield from self._block(node.body if met is not False else [], scope)
        yield from self._block(node.orelse if met is not True else [], scope)

    def _loop(self, node: ast.For | ast.AsyncFor, scope: dict[str, ast.expr]) -> Iterator[Done]:
        yield from self._expression(node.iter, scope)
        for each in self._rounds(node.iter, scope):
            _bind(node.target, each, scope)
            yield from self._block(node.body, scope)
        yield from self._block(node.orelse, scope)

    def _rounds(self, over: ast.expr, scope: Scope) -> list[ast.expr | None]:
        """What a loop goes through; once with None where that is not known."""
        found = elements(fold(over, scope))
        return [None] if found is None else list(found)

    def _with(self, node: ast.With | ast.AsyncWith, scope: dict[str, ast.expr]) -> Iterator[Done]:
        outer = self._batch
        for item in node.items:
            call = fold(item.context_expr, scope)
            if isinstance(call, ast.Call) and name_of(call) == "batch_alter_table":
                self._batch = call
            else:
                yield from self._expression(item.context_expr, scope)
            if item.optional_vars is not None:
                _bind(item.optional_vars, None, scope)
        yield from self._block(node.body, scope)
        self._batch = outer

    # -- expressions ---------------------------------------------------------------------------

    def _expression(self, node: ast.expr | None, scope: dict[str, ast.expr]) -> Iterator[Done]:
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            yield from self._comprehension(node, scope)
        elif node is not None:
            yield from self._read(fold(node, scope), None, scope)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: dict[str, ast.expr]
    ) -> Iterator[Done]:
        first = node.generators[0]
        inner = dict(scope)
        for each in self._rounds(first.iter, scope):
            _bind(first.target, each, inner)
            for further in node.generators[1:]:
                _bind(further.target, None, inner)
            yield from self._expression(node.elt, inner)

    def _read(
        self, node: ast.AST, call: ast.expr | None, scope: dict[str, ast.expr]
    ) -> Iterator[Done]:
        """What a folded expression does, as a part of ``call`` when it is one."""
        if isinstance(node, ast.Constant | ast.JoinedStr):
            if call is not None:
                yield from _statements(node, call)
            return
        if isinstance(node, ast.Call):
            self._calls += 1
            if self._calls > _MOST_CALLS:
                return
            if isinstance(node.func, ast.Name) and node.func.id in self._functions:
                yield from self._function(node)
                call = None
            else:
                call = call or node
                yield from self._operations(node, call)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr | ast.keyword | ast.comprehension):
                yield from self._read(child, call, scope)

    def _operations(self, node: ast.Call, call: ast.expr) -> Iterator[Done]:
        batch = self._batch
        table = None if batch is None else text_of(argument(batch, 0, "table_name"))
        schema_name = text_of(keyword(node, "schema"))
        if schema_name is None and batch is not None:
            schema_name = text_of(keyword(batch, "schema"))
        for part, mention in (*in_call(node, table), *_by_method(node)):
            yield Done(mention, call, part, schema_name, "", _line(call, part))

    def _function(self, call: ast.Call) -> Iterator[Done]:
        """A function of the file, with what it is given."""
        assert isinstance(call.func, ast.Name)  # noqa: S101 -- the caller looked
        name = call.func.id
        if name in self._running:
            return  # it calls itself
        self._running.append(name)
        function = self._functions[name]
        yield from self._block(function.body, {**self._globals, **_given(function, call)})
        self._running.pop()


def _bind(target: ast.expr, value: ast.expr | None, scope: dict[str, ast.expr]) -> None:
    """Keep what a name stands for from now on; None where that is not known."""
    if isinstance(target, ast.Name):
        if value is None:
            scope.pop(target.id, None)
        else:
            scope[target.id] = value
    elif isinstance(target, ast.Tuple | ast.List):
        parts = None if value is None else elements(value)
        known = parts is not None and len(parts) == len(target.elts)
        for number, each in enumerate(target.elts):
            _bind(each, parts[number] if known and parts is not None else None, scope)


def _given(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    """What the names of a function's parameters stand for in one call of it."""
    arguments = function.args
    names = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    given: dict[str, ast.expr] = {}
    if arguments.defaults:
        given.update(zip(names[-len(arguments.defaults) :], arguments.defaults, strict=False))
    for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            given[item.arg] = default
    given.update(zip(names, call.args, strict=False))
    given.update({item.arg: item.value for item in call.keywords if item.arg is not None})
    if arguments.vararg is not None:
        given[arguments.vararg.arg] = ast.Tuple(call.args[len(names) :], ast.Load())
    return given


def _by_method(call: ast.Call) -> Iterator[tuple[ast.expr, Mention]]:
    """``sa.Enum(…).create(bind)`` and ``sa.Table(…).drop(bind)``."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in {"create", "drop"}:
        return
    made = func.value
    if not isinstance(made, ast.Call):
        return
    verb = "make" if func.attr == "create" else "drop"
    if name_of(made) == "Table":
        yield call, Mention(verb, "table", None, text_of(argument(made, 0, "name")))
    for _, mention in in_call(made):
        if mention.kind in {"enum", "sequence"}:
            yield call, Mention(verb, mention.kind, None, mention.name)


def _statements(node: ast.Constant | ast.JoinedStr, call: ast.expr) -> Iterator[Done]:
    """What SQL in a text does; each statement with its own line, where lines can be counted."""
    text = sql_of(node)
    if not text:
        return
    span = (node.end_lineno or node.lineno) - node.lineno
    counts = span == text.count("\n") and _is_inside(node, call)
    for place, statement, mention in in_sql(text):
        line = node.lineno + text.count("\n", 0, place) if counts else _line(call, node)
        yield Done(mention, call, node, None, statement, line)


def _line(call: ast.expr, part: ast.expr) -> int:
    """Where a part is written; where that is elsewhere in the file, where the call is."""
    return part.lineno if _is_inside(part, call) else call.lineno


def _is_inside(part: ast.expr, call: ast.expr) -> bool:
    return call.lineno <= part.lineno <= (call.end_lineno or call.lineno)
