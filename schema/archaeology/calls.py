"""Alembic's operations as they are written: what one call, or one statement of SQL, does."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from schema.archaeology.mention import Mention

__all__ = ["Found", "argument", "in_call", "in_sql", "keyword", "name_of", "sql_of", "text_of"]

#: What is done, and where that is written: a column of a ``create_table`` has a place of its own.
Found = tuple[ast.expr, Mention]


def in_call(call: ast.Call, batch: str | None = None) -> Iterator[Found]:
    """What a call does. ``batch`` is the table of the batch block that it stands in."""
    name = name_of(call)
    if name in _OPERATIONS:
        yield from _OPERATIONS[name](call, batch)
    elif name in {"Enum", "ENUM", "Sequence"}:
        kind = "sequence" if name == "Sequence" else "enum"
        found = argument(call, 0 if kind == "sequence" else 10**6, "name")
        if (text := text_of(found)) is not None:
            yield call, Mention("make", kind, None, text)


_Operation = Callable[[ast.Call, str | None], Iterator[Found]]


def _create_table(call: ast.Call, _batch: str | None) -> Iterator[Found]:
    table = text_of(argument(call, 0, "table_name"))
    if table is None:
        parts = (part for part in call.args[1:] if isinstance(part, ast.Call))
        names = (argument(part, 0, "name") for part in parts if name_of(part) == "Column")
        written = frozenset(filter(None, map(text_of, names)))
        yield call, Mention("make", "table", None, None, written)
        return
    yield call, Mention("make", "table", None, table)
    for part in call.args[1:]:
        if not isinstance(part, ast.Call):
            continue
        kind = name_of(part)
        if kind == "Column":
            yield part, Mention("make", "column", table, text_of(argument(part, 0, "name")))
        elif kind == "Index":
            yield part, Mention("make", "index", table, text_of(argument(part, 0, "name")))
        elif kind.endswith("Constraint"):
            columns = frozenset(text for arg in part.args if (text := text_of(arg)))
            name = text_of(keyword(part, "name"))
            yield part, Mention("make", "constraint", table, name, columns)


def _drop_table(call: ast.Call, _batch: str | None) -> Iterator[Found]:
    yield call, Mention("drop", "table", None, text_of(argument(call, 0, "table_name")))


def _rename_table(call: ast.Call, _batch: str | None) -> Iterator[Found]:
    old = text_of(argument(call, 0, "old_table_name"))
    new = text_of(argument(call, 1, "new_table_name"))
    yield call, Mention("drop", "table", None, old)
    yield call, Mention("make", "table", None, new, renamed_from=old)


def _add_column(call: ast.Call, batch: str | None) -> Iterator[Found]:
    table = batch or text_of(argument(call, 0, "table_name"))
    column = argument(call, 0 if batch else 1, "column")
    if isinstance(column, ast.Call):
        yield call, Mention("make", "column", table, text_of(argument(column, 0, "name")))


def _drop_column(call: ast.Call, batch: str | None) -> Iterator[Found]:
    table = batch or text_of(argument(call, 0, "table_name"))
    name = text_of(argument(call, 0 if batch else 1, "column_name"))
    yield call, Mention("drop", "column", table, name)


def _alter_column(call: ast.Call, batch: str | None) -> Iterator[Found]:
    table = batch or text_of(argument(call, 0, "table_name"))
    name = text_of(argument(call, 0 if batch else 1, "column_name"))
    yield call, Mention("change", "column", table, name)
    new = text_of(keyword(call, "new_column_name")) or text_of(keyword(call, "name"))
    if new is not None:
        yield call, Mention("drop", "column", table, name)
        yield call, Mention("make", "column", table, new, renamed_from=name)


def _named(verb: str, kind: str, *keywords: str) -> _Operation:
    """An operation whose first argument is a name, and whose second the table."""

    def read(call: ast.Call, batch: str | None) -> Iterator[Found]:
        name = text_of(argument(call, 0, *keywords))
        table = batch or text_of(argument(call, 1, "table_name", "source_table"))
        columns = argument(call, 1 if batch else 2, "columns", "local_cols")
        listed = columns.elts if isinstance(columns, ast.List | ast.Tuple) else ()
        words = frozenset(text for each in listed if (text := text_of(each)))
        if name is not None or words:
            yield call, Mention(verb, kind, table, name, frozenset() if name else words)

    return read


def _table_comment(call: ast.Call, batch: str | None) -> Iterator[Found]:
    yield call, Mention("change", "table", None, batch or text_of(argument(call, 0, "table_name")))


_CONSTRAINT = _named("make", "constraint", "constraint_name")
_OPERATIONS: Mapping[str, _Operation] = MappingProxyType(
    {
        "create_table": _create_table,
        "drop_table": _drop_table,
        "rename_table": _rename_table,
        "add_column": _add_column,
        "drop_column": _drop_column,
        "alter_column": _alter_column,
        "create_index": _named("make", "index", "index_name"),
        "drop_index": _named("drop", "index", "index_name"),
        "create_unique_constraint": _CONSTRAINT,
        "create_primary_key": _CONSTRAINT,
        "create_foreign_key": _CONSTRAINT,
        "create_check_constraint": _CONSTRAINT,
        "create_exclude_constraint": _CONSTRAINT,
        "drop_constraint": _named("drop", "constraint", "constraint_name"),
        "create_table_comment": _table_comment,
        "drop_table_comment": _table_comment,
    }
)


# -- parts of the syntax tree ---------------------------------------------------------------------


def name_of(call: ast.Call) -> str:
    """``create_table`` of ``op.create_table(…)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def argument(call: ast.Call, place: int, *keywords: str) -> ast.expr | None:
    """What is given at a place, or by the first of these keywords that is there."""
    if place < len(call.args):
        return call.args[place]
    return next((found for name in keywords if (found := keyword(call, name))), None)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((item.value for item in call.keywords if item.arg == name), None)


def text_of(node: ast.expr | None) -> str | None:
    """A literal text, also one in ``op.f(…)``, which only says that a name is final."""
    if isinstance(node, ast.Call) and name_of(node) in {"f", "quoted_name"} and node.args:
        node = node.args[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


# -- SQL ------------------------------------------------------------------------------------------

_WORD = re.compile(r'"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([^\W\d][\w$]*)')
_VERB_OF = {"create": "make", "drop": "drop", "alter": "change", "comment": "change"}
_STATEMENT = re.compile(r"^\s*(create|alter|drop|comment)\s", re.IGNORECASE)
_END = re.compile(r";\s*\n|;\s*$")


def sql_of(node: ast.Constant | ast.JoinedStr) -> str:
    """The text of a literal; of an f-string what is literal in it."""
    if isinstance(node, ast.JoinedStr):
        parts = [part for part in node.values if isinstance(part, ast.Constant)]
        return " ".join(str(part.value) for part in parts)
    return node.value if isinstance(node.value, str) else ""


def in_sql(text: str) -> Iterator[tuple[int, str, Mention]]:
    """What a text that begins as a statement of SQL does; several are parted where a line ends one.

    Each with its place in the text, and the statement.
    """
    start = 0
    for end in [*(found.end() for found in _END.finditer(text)), len(text)]:
        part = text[start:end]
        if found := _STATEMENT.match(part):
            place = start + len(part) - len(part.lstrip())
            verb = _VERB_OF[found[1].lower()]
            yield place, part.strip(), Mention(verb, "sql", None, None, _words(part))
        start = end


def _words(sql: str) -> frozenset[str]:
    found: Sequence[tuple[str, ...]] = _WORD.findall(sql)
    return frozenset("".join(each).replace('""', '"').casefold() for each in found)
