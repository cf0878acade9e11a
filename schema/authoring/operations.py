"""The operations of a revision file in words, read from its source: nothing of it is run.

What the database makes of them is not decided here: that is compared by catalogs. This is for a
person who reads the file, and for the offers to mend it, which change the text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["Operation", "functions", "named_argument", "operations_of", "read_operations"]

#: SQL and other texts are cut to so many characters.
_MOST_CHARACTERS = 120


_NO_CALL = ast.Call(ast.Name(""), [], [])


@dataclass(frozen=True)
class Operation:
    """One call of ``op`` or of a batch.

    ``name`` is Alembic's, such as ``add_column``; ``table`` and ``object`` what it is about, None
    where the source does not say it plainly. ``words`` is one sentence, ``line`` to ``end_line``
    where the statement stands. ``renamed_to`` is the new name that it gives. ``in_batch`` tells
    that it is one of a ``batch_alter_table``.
    """

    name: str
    table: str | None
    object: str | None
    words: str
    line: int
    end_line: int
    in_batch: bool = False
    renamed_to: str | None = None
    call: ast.Call = field(repr=False, compare=False, default=_NO_CALL)

    @property
    def label(self) -> str | None:
        """``users.name``, ``users`` or an index's name."""
        return ".".join(filter(None, (self.table, self.object))) or None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "operation": self.name,
            "table": self.table,
            "object": self.object,
            "words": self.words,
            "line": self.line,
        }


def functions(tree: ast.Module, direction: str) -> list[ast.FunctionDef]:
    """``upgrade`` or ``downgrade``; also one for each database where there are several."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and (node.name == direction or node.name.startswith(f"{direction}_"))
    ]


def read_operations(text: str, direction: str = "upgrade") -> tuple[Operation, ...]:
    """The operations of one direction, in the order in which they stand. Raises SyntaxError."""
    return operations_of(ast.parse(text), direction)


def operations_of(tree: ast.Module, direction: str = "upgrade") -> tuple[Operation, ...]:
    """The same of a text that was parsed."""
    found = functions(tree, direction)
    return tuple(item for node in found for item in _of_body(node.body, {}))


#: The table of each batch by the name that it has in the source.
_Batches = Mapping[str, str | None]


def _of_body(body: list[ast.stmt], batches: _Batches) -> Iterator[Operation]:
    for node in body:
        if isinstance(node, ast.With):
            yield from _of_body(node.body, {**batches, **_batch(node)})
        elif isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return):
            yield from _of_statement(node, batches)
        else:
            for name in ("body", "orelse", "finalbody"):
                yield from _of_body(getattr(node, name, []), batches)


def _batch(node: ast.With) -> dict[str, str | None]:
    """``with op.batch_alter_table("t") as batch_op``."""
    found: dict[str, str | None] = {}
    for item in node.items:
        call, name = item.context_expr, item.optional_vars
        if _called(call, {"op"}) == "batch_alter_table" and isinstance(name, ast.Name):
            found[name.id] = _text(named_argument(call, 0, "table_name"))
    return found


def _called(node: ast.AST, owners: Collection[str]) -> str | None:
    """The method that is called of one of these names."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    owner = node.func.value
    return node.func.attr if isinstance(owner, ast.Name) and owner.id in owners else None


def _of_statement(node: ast.stmt, batches: _Batches) -> Iterator[Operation]:
    for call in ast.walk(node):
        name = _called(call, {"op", *batches})
        if name is None or name == "f" or not isinstance(call, ast.Call):
            continue
        owner = call.func.value.id  # type: ignore[attr-defined]  # as _called found
        reader = _READERS.get(name, _other)
        told = reader(_Call(name, call, owner in batches, batches.get(owner)))
        yield Operation(
            name, told.table, told.object, told.words, node.lineno, node.end_lineno or node.lineno,
            owner in batches, told.renamed_to, call,
        )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    words: str
    table: str | None = None
    object: str | None = None
    renamed_to: str | None = None


@dataclass(frozen=True)
class _Call:
    """A call whose arguments are found by place or by name; in a batch the table is not among."""

    name: str
    node: ast.Call
    in_batch: bool
    batch_table: str | None

    def get(self, place: int, name: str, table_place: int | None = 0) -> ast.expr | None:
        """The argument that is at this place outside of a batch."""
        if self.in_batch and table_place is not None and place > table_place:
            place -= 1
        return named_argument(self.node, place, name)

    def text(self, place: int, name: str, table_place: int | None = 0) -> str | None:
        return _text(self.get(place, name, table_place))

    def table(self, place: int = 0, name: str = "table_name") -> str | None:
        if self.in_batch:
            return self.batch_table
        return self.text(place, name, None)

    def option(self, name: str) -> ast.expr | None:
        return next((each.value for each in self.node.keywords if each.arg == name), None)

    def columns(self, place: int, name: str, table_place: int = 1) -> str:
        found = self.get(place, name, table_place)
        if isinstance(found, ast.List | ast.Tuple):
            return ", ".join(_text(each) or _source(each) for each in found.elts)
        return _source(found)


def named_argument(call: ast.AST, place: int, name: str) -> ast.expr | None:
    """An argument by its name, or else by its place."""
    if not isinstance(call, ast.Call):
        return None
    by_name = next((each.value for each in call.keywords if each.arg == name), None)
    if by_name is not None:
        return by_name
    return call.args[place] if place < len(call.args) else None


def _text(node: ast.expr | None) -> str | None:
    """A text, also one in ``op.f()``; None for what is no plain text."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        return _text(node.args[0]) if node.func.attr in {"f", "text"} else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _source(node: ast.expr | None) -> str:
    """A piece of source in one line, without the prefix of SQLAlchemy."""
    if node is None:
        return "?"
    said = " ".join(ast.unparse(node).replace("sa.", "").split())
    return said if len(said) <= _MOST_CHARACTERS else f"{said[:_MOST_CHARACTERS]} …"


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


# -- one reader an operation ----------------------------------------------------------------------


def _create_table(call: _Call) -> _Told:
    table = call.table(0)
    names = [
        _text(each.args[0]) or "?"
        for each in call.node.args[1:]
        if isinstance(each, ast.Call) and _source(each.func).endswith("Column") and each.args
    ]
    return _Told(f"Creates table {table or '?'} with the columns {', '.join(names)}.", table)


def _drop_table(call: _Call) -> _Told:
    table = call.table(0)
    return _Told(f"Drops table {table or '?'} with all of its rows.", table)


def _rename_table(call: _Call) -> _Told:
    old, new = call.text(0, "old_table_name", None), call.text(1, "new_table_name", None)
    return _Told(f"Renames table {old} to {new}.", old, None, new)


def _add_column(call: _Call) -> _Told:
    table, column = call.table(), call.get(1, "column")
    name = _text(named_argument(column, 0, "name")) if column is not None else None
    told = f"Adds column {table or '?'}.{name or '?'}"
    if isinstance(column, ast.Call):
        told += f", {_source(named_argument(column, 1, 'type_'))}"
        options = {each.arg: each.value for each in column.keywords}
        told += ", NOT NULL" if _is(options.get("nullable"), False) else ""
        default = options.get("server_default")
        told += f", default {_default(default)}" if default is not None else ""
    return _Told(f"{told}.", table, name)


def _drop_column(call: _Call) -> _Told:
    table, name = call.table(), call.text(1, "column_name")
    return _Told(f"Drops column {table or '?'}.{name or '?'} and its values.", table, name)


def _alter_column(call: _Call) -> _Told:
    table, name = call.table(), call.text(1, "column_name")
    new = _text(call.option("new_column_name"))
    told = [f"renames it to {new}"] if new else []
    type_, nullable = call.option("type_"), call.option("nullable")
    old = call.option("existing_type")
    if type_ is not None:
        before = f" from {_source(old)}" if old is not None else ""
        told.append(f"changes its type{before} to {_source(type_)}")
    if nullable is not None:
        words = {True: "lets it be NULL", False: "makes it NOT NULL"}
        is_known = isinstance(nullable, ast.Constant)
        told.append(words[bool(nullable.value)] if is_known else "changes NULL")  # type: ignore[attr-defined]
    default = call.option("server_default")
    if default is not None and not _is(default, False):
        is_gone = _is(default, None)
        told.append("drops its default" if is_gone else f"sets its default {_default(default)}")
    if call.option("comment") is not None:
        told.append("changes its comment")
    changes = ", ".join(told) or "changes nothing that is told here"
    return _Told(f"Column {table or '?'}.{name or '?'}: {changes}.", table, name, new)


def _default(node: ast.expr | None) -> str:
    said = _text(node)
    return said if said is not None else _source(node)


def _create_index(call: _Call) -> _Told:
    name, table = call.text(0, "index_name", 1), call.table(1)
    unique = "unique index" if _is(call.option("unique"), True) else "index"
    columns = call.columns(2, "columns")
    return _Told(f"Creates {unique} {name or '?'} on {table or '?'} ({columns}).", table, name)


def _drop_index(call: _Call) -> _Told:
    name, table = call.text(0, "index_name", 1), call.table(1)
    return _Told(f"Drops index {name or '?'}{f' of {table}' if table else ''}.", table, name)


def _create_unique(call: _Call) -> _Told:
    name, table = call.text(0, "constraint_name", 1), call.table(1)
    return _Told(f"Makes {table or '?'} ({call.columns(2, 'columns')}) unique"
                 f"{_called_so(name)}.", table, name)  # fmt: skip


def _create_foreign_key(call: _Call) -> _Told:
    name, table = call.text(0, "constraint_name", 1), call.table(1, "source_table")
    target = call.text(2, "referent_table", 1)
    here, there = call.columns(3, "local_cols"), call.columns(4, "remote_cols")
    words = f"Adds a foreign key from {table or '?'} ({here}) to {target or '?'} ({there})"
    return _Told(f"{words}{_called_so(name)}.", table, name)


def _create_check(call: _Call) -> _Told:
    name, table = call.text(0, "constraint_name", 1), call.table(1)
    condition = call.get(2, "condition", 1)
    words = f"Adds a check to {table or '?'}: {_text(condition) or _source(condition)}"
    return _Told(f"{words}{_called_so(name)}.", table, name)


def _create_primary_key(call: _Call) -> _Told:
    name, table = call.text(0, "constraint_name", 1), call.table(1)
    columns = call.columns(2, "columns")
    return _Told(f"Makes ({columns}) the primary key of {table or '?'}.", table, name)


def _drop_constraint(call: _Call) -> _Told:
    name, table = call.text(0, "constraint_name", 1), call.table(1)
    kind = _text(call.option("type_")) or _text(call.get(2, "type_", 1))
    kinds = {"foreignkey": "foreign key", "unique": "unique constraint", "check": "check",
             "primary": "primary key"}  # fmt: skip
    words = kinds.get(kind or "", "constraint")
    return _Told(f"Drops the {words} {name or 'without a name'} of {table or '?'}.", table, name)


def _called_so(name: str | None) -> str:
    return f", as {name}" if name else ", without a name"


def _execute(call: _Call) -> _Told:
    sql = named_argument(call.node, 0, "sqltext")
    said = _text(sql)
    line = _source(sql) if said is None else " ".join(said.split())
    cut = line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]} …"
    return _Told(f"Runs SQL: {cut}")


def _other(call: _Call) -> _Told:
    known = {
        "bulk_insert": "Inserts rows.",
        "get_bind": "Asks the database itself.",
        "get_context": "Asks for Alembic's own context.",
        "batch_alter_table": "Alters a table in one batch.",
    }
    table = call.batch_table or _text(named_argument(call.node, 0, "table_name"))
    words = known.get(call.name, f"{call.name.replace('_', ' ')}: {_source(call.node)}")
    return _Told(words, table)


_READERS: Mapping[str, Callable[[_Call], _Told]] = MappingProxyType(
    {
        "create_table": _create_table,
        "drop_table": _drop_table,
        "rename_table": _rename_table,
        "add_column": _add_column,
        "drop_column": _drop_column,
        "alter_column": _alter_column,
        "create_index": _create_index,
        "drop_index": _drop_index,
        "create_unique_constraint": _create_unique,
        "create_foreign_key": _create_foreign_key,
        "create_check_constraint": _create_check,
        "create_primary_key": _create_primary_key,
        "drop_constraint": _drop_constraint,
        "execute": _execute,
    }
)
