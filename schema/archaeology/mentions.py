"""What a revision file makes, drops and changes, read from its text without running it.

Only a pointer to where to look: what a revision really does is known by replaying it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from schema.compare import Difference

__all__ = ["Mention", "mentions", "verb_for"]

#: The kinds that Alembic's operations name as constraints.
_CONSTRAINTS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that a file does.

    ``verb`` is ``"make"``, ``"drop"`` or ``"change"``. ``kind`` is ``"table"``, ``"column"``,
    ``"index"``, ``"constraint"``, ``"enum"``, ``"sequence"``, or ``"sql"``, whose ``words`` are all
    the names and words of a statement. ``name`` is None for a constraint that the database names;
    then ``words`` are its columns.
    """

    verb: str
    kind: str
    table: str | None
    name: str | None
    words: frozenset[str] = frozenset()

    def fits(self, change: Difference) -> bool:
        """Whether this is what a difference may come from."""
        verbs = _VERBS[change.change]
        if self.kind == "sql":
            return self.verb in {*verbs, "change"} and self._has_words(change)
        if self.verb not in verbs or self.kind != _kind(change.kind, self.kind):
            return False
        if self.kind in {"table", "enum", "sequence"}:
            return self.name == change.name
        if self.table is not None and self.table != change.table:
            return False
        if self.name is not None:
            return self.name == change.name
        return self.table is not None and self.words == _columns(change)

    def _has_words(self, change: Difference) -> bool:
        names = [change.name, change.table] if change.table else [change.name]
        return all(name.casefold() in self.words for name in names)


#: What must have been done for a difference to be there.
_VERBS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "added": ("make",),
        "removed": ("drop",),
        "renamed": ("make",),
        "changed": ("change", "make", "drop"),
    }
)


def verb_for(change: Difference) -> str:
    """What a revision did that left this difference: ``made``, ``dropped`` or ``changed``."""
    return {"added": "made", "renamed": "made", "removed": "dropped"}.get(change.change, "changed")


def mentions(text: str) -> frozenset[Mention]:
    """All that a file's text does on the way up; empty for what is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    try:
        return frozenset(_Reader().read(tree))
    except RecursionError:
        return frozenset()


def _kind(kind: str, of_mention: str) -> str:
    if kind == "index" and of_mention == "constraint":
        return "constraint"  # a unique constraint may be told as the index that it is
    if kind == "unique" and of_mention == "index":
        return "index"
    return "constraint" if kind in _CONSTRAINTS else kind


def _columns(change: Difference) -> frozenset[str]:
    for pair in (change.properties.get("columns"),):
        for side in pair or ():
            if isinstance(side, tuple):
                return frozenset(map(str, side))
    return frozenset()


class _Reader:
    """Walks a file; ``_table`` is the one of the batch block that it is in."""

    def __init__(self) -> None:
        self._table: str | None = None

    def read(self, node: ast.AST) -> Iterator[Mention]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("downgrade"):
                return
        elif isinstance(node, ast.With):
            yield from self._block(node)
            return
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            yield from _statements(_literal_text(node))
            return
        for child in ast.iter_child_nodes(node):
            yield from self.read(child)

    def _block(self, node: ast.With) -> Iterator[Mention]:
        outer = self._table
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and _name_of(call) == "batch_alter_table":
                self._table = _text(_argument(call, 0, "table_name"))
            yield from self.read(call)
        for child in node.body:
            yield from self.read(child)
        self._table = outer

    def _call(self, call: ast.Call) -> Iterator[Mention]:
        name = _name_of(call)
        if name in _OPERATIONS:
            yield from _OPERATIONS[name](call, self._table)
        elif name in {"Enum", "ENUM", "Sequence"}:
            kind = "sequence" if name == "Sequence" else "enum"
            found = _argument(call, 0 if kind == "sequence" else 10**6, "name")
            if (text := _text(found)) is not None:
                yield Mention("make", kind, None, text)


# -- Alembic's operations -------------------------------------------------------------------------

_Operation = Callable[[ast.Call, str | None], Iterator[Mention]]


def _create_table(call: ast.Call, _batch: str | None) -> Iterator[Mention]:
    table = _text(_argument(call, 0, "table_name"))
    if table is None:
        return
    yield Mention("make", "table", None, table)
    for part in call.args[1:]:
        if not isinstance(part, ast.Call):
            continue
        kind = _name_of(part)
        if kind == "Column":
            yield Mention("make", "column", table, _text(_argument(part, 0, "name")))
        elif kind == "Index":
            yield Mention("make", "index", table, _text(_argument(part, 0, "name")))
        elif kind.endswith("Constraint"):
            columns = frozenset(text for arg in part.args if (text := _text(arg)))
            yield Mention("make", "constraint", table, _text(_keyword(part, "name")), columns)


def _drop_table(call: ast.Call, _batch: str | None) -> Iterator[Mention]:
    yield Mention("drop", "table", None, _text(_argument(call, 0, "table_name")))


def _rename_table(call: ast.Call, _batch: str | None) -> Iterator[Mention]:
    yield Mention("drop", "table", None, _text(_argument(call, 0, "old_table_name")))
    yield Mention("make", "table", None, _text(_argument(call, 1, "new_table_name")))


def _add_column(call: ast.Call, batch: str | None) -> Iterator[Mention]:
    table = batch or _text(_argument(call, 0, "table_name"))
    column = _argument(call, 0 if batch else 1, "column")
    if isinstance(column, ast.Call):
        yield Mention("make", "column", table, _text(_argument(column, 0, "name")))


def _drop_column(call: ast.Call, batch: str | None) -> Iterator[Mention]:
    table = batch or _text(_argument(call, 0, "table_name"))
    name = _text(_argument(call, 0 if batch else 1, "column_name"))
    yield Mention("drop", "column", table, name)


def _alter_column(call: ast.Call, batch: str | None) -> Iterator[Mention]:
    table = batch or _text(_argument(call, 0, "table_name"))
    name = _text(_argument(call, 0 if batch else 1, "column_name"))
    yield Mention("change", "column", table, name)
    new = _text(_keyword(call, "new_column_name")) or _text(_keyword(call, "name"))
    if new is not None:
        yield Mention("drop", "column", table, name)
        yield Mention("make", "column", table, new)


def _named(verb: str, kind: str, *keywords: str) -> _Operation:
    """An operation whose first argument is a name, and whose second the table."""

    def read(call: ast.Call, batch: str | None) -> Iterator[Mention]:
        name = _text(_argument(call, 0, *keywords))
        table = batch or _text(_argument(call, 1, "table_name", "source_table"))
        columns = _argument(call, 1 if batch else 2, "columns", "local_cols")
        listed = columns.elts if isinstance(columns, ast.List | ast.Tuple) else ()
        words = frozenset(text for each in listed if (text := _text(each)))
        if name is not None or words:
            yield Mention(verb, kind, table, name, frozenset() if name else words)

    return read


def _table_comment(call: ast.Call, batch: str | None) -> Iterator[Mention]:
    yield Mention("change", "table", None, batch or _text(_argument(call, 0, "table_name")))


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


def _name_of(call: ast.Call) -> str:
    """``create_table`` of ``op.create_table(…)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _argument(call: ast.Call, place: int, *keywords: str) -> ast.expr | None:
    if place < len(call.args):
        return call.args[place]
    return next((found for name in keywords if (found := _keyword(call, name))), None)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((item.value for item in call.keywords if item.arg == name), None)


def _text(node: ast.expr | None) -> str | None:
    """A literal text, also one in ``op.f(…)``, which only says that a name is final."""
    if isinstance(node, ast.Call) and _name_of(node) in {"f", "quoted_name"} and node.args:
        node = node.args[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


# -- SQL ------------------------------------------------------------------------------------------

_WORD = re.compile(r'"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([^\W\d][\w$]*)')
_VERB_OF = {"create": "make", "drop": "drop", "alter": "change", "comment": "change"}
_STATEMENT = re.compile(r"^\s*(create|alter|drop|comment)\s", re.IGNORECASE)


def _literal_text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.JoinedStr):
        parts = [part for part in node.values if isinstance(part, ast.Constant)]
        return " ".join(str(part.value) for part in parts)
    return node.value if isinstance(node.value, str) else ""


def _statements(text: str) -> Iterator[Mention]:
    """A text that begins as a statement of SQL does; several are parted where a line ends one."""
    for part in re.split(r";\s*\n|;\s*$", text):
        if found := _STATEMENT.match(part):
            yield Mention(_VERB_OF[found[1].lower()], "sql", None, None, _words(part))


def _words(sql: str) -> frozenset[str]:
    found: Sequence[tuple[str, ...]] = _WORD.findall(sql)
    return frozenset("".join(each).replace('""', '"').casefold() for each in found)
