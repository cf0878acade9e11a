"""A revision's Python source: operations, statements and guards as lines of two functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alembic.autogenerate import render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.sql.elements import TextClause

from schema.compare import Difference
from schema.ddl import Statement
from schema.repair.revision_guards import (
    HELPERS,
    condition,
    conditions,
    repeatable,
    repeatable_operation,
)
from schema.repair.revision_operations import Block, escaped

__all__ = ["Body", "Rebuild", "body", "helpers", "imports"]

_INDENT = "    "


@dataclass(frozen=True)
class Rebuild:
    """Statements that change one table; the left of each difference is what shall be."""

    statements: tuple[Statement, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Body:
    """The inside of ``upgrade`` or ``downgrade``, each line without its first indentation."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """As a template takes it: the first line stands where the template put it."""
        return f"\n{_INDENT}".join(self.lines).replace(f"\n{_INDENT}\n", "\n\n")


def body(
    before: Sequence[Statement],
    blocks: Sequence[Block],
    rebuilds: Sequence[Rebuild],
    after: Sequence[Statement],
    context: MigrationContext,
    *,
    is_guarded: bool,
    keeps_rows: bool,
) -> Body:
    """The lines of one direction. ``is_guarded``: what is done already is passed over.

    ``keeps_rows``: a table to which others refer is made anew, on SQLite.
    """
    writer = _Writer(context, is_guarded)
    lines = ["keep_referring_rows()"] if keeps_rows else []
    lines += [line for each in before for line in writer.statement(each)]
    lines += [line for block in blocks for line in writer.block(block)]
    for rebuild in rebuilds:
        lines += writer.rebuild(rebuild)
    lines += [line for each in after for line in writer.statement(each)]
    while lines and not lines[-1]:
        lines.pop()
    return Body(tuple(lines))


class _Writer:
    def __init__(self, context: MigrationContext, is_guarded: bool) -> None:
        self._context = context
        self._is_guarded = is_guarded

    def statement(self, item: Statement) -> list[str]:
        sql = repeatable(item.sql, self._context.dialect.name) if self._is_guarded else item.sql
        lines = _execute(sql)
        if item.in_transaction or self._context.dialect.name == "mariadb":
            return lines  # MariaDB has no transaction around such statements anyway
        return ["with op.get_context().autocommit_block():", *_indented(lines)]

    def rebuild(self, item: Rebuild) -> Iterator[str]:
        """What Alembic cannot do: on SQLite mostly a table made anew, passed over as a whole."""
        is_sqlite = self._context.dialect.name == "sqlite"
        asked = conditions(item.differences) if self._is_guarded and is_sqlite else ""
        statements = [each.sql for each in item.statements]
        if self._is_guarded and not asked:
            statements = [repeatable(sql, self._context.dialect.name) for sql in statements]
        lines = [line for sql in statements for line in _execute(sql)]
        yield from [f"if {asked}:", *_indented(lines)] if asked else lines

    def block(self, block: Block) -> Iterator[str]:
        if not block.in_batch or block.table is None:
            for item in block.operations:
                yield from self._guarded(item, self._rendered(item, None))
            return
        yield self._with(block)
        for item in block.operations:
            yield from _indented(self._guarded(item, self._rendered(item, block)))
        yield ""

    def _with(self, block: Block) -> str:
        schema, name = block.table or (None, "")
        arguments = [repr(str(name))]
        arguments += [f"schema={str(schema)!r}"] if schema else []
        if block.naming_convention:
            arguments.append(f"naming_convention={block.naming_convention!r}")
        return f"with op.batch_alter_table({', '.join(arguments)}) as batch_op:"

    def _guarded(self, item: ops.MigrateOperation, lines: list[str]) -> list[str]:
        asked = condition(item, self._context.dialect) if self._is_guarded else None
        return lines if asked is None else [f"if {asked}:", *_indented(lines)]

    def _rendered(self, item: ops.MigrateOperation, block: Block | None) -> list[str]:
        """One operation as Alembic writes it, without the comments around it."""
        own = _own_words(item, block)
        if own is not None:
            return [own]
        item = repeatable_operation(item) if self._is_guarded else item
        whole: ops.MigrateOperation = item
        if block is not None and block.table is not None:
            schema, name = block.table
            whole = ops.ModifyTableOps(name, [item], schema=schema)
        text = render_python_code(
            ops.UpgradeOps([whole]),
            render_as_batch=block is not None,
            migration_context=self._context,
        )
        lines = [line.removeprefix(_INDENT) for line in text.splitlines()]
        lines = [line for line in lines if line.strip() and not line.startswith("# ###")]
        return lines if block is None else [line.removeprefix(_INDENT) for line in lines[1:]]


def _own_words(item: ops.MigrateOperation, block: Block | None) -> str | None:
    """An operation that autogenerate never makes, and so does not write; None for all others."""
    if isinstance(item, ops.CreateCheckConstraintOp):
        return _check(item, block)
    if isinstance(item, ops.RenameTableOp):
        return _call("op.rename_table", item.table_name, item.new_table_name, schema=item.schema)
    return None


def _call(function: str, *values: str, **options: str | None) -> str:
    arguments = [repr(str(value)) for value in values]
    arguments += [f"{name}={str(value)!r}" for name, value in options.items() if value is not None]
    return f"{function}({', '.join(arguments)})"


def _check(item: ops.CreateCheckConstraintOp, block: Block | None) -> str:
    """Alembic writes a check from 1.19 on."""
    text = str(item.condition.text if isinstance(item.condition, TextClause) else item.condition)
    if block is not None:
        return _call("batch_op.create_check_constraint", str(item.constraint_name), escaped(text))
    return _call(
        "op.create_check_constraint", str(item.constraint_name), item.table_name, escaped(text),
        schema=item.schema,
    )  # fmt: skip


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"{_INDENT}{line}" for line in lines]


def _execute(sql: str) -> list[str]:
    """``op.execute`` with the statement as it is, whose colons are no parameters."""
    text = escaped(sql)
    if "\n" not in text and len(text) < 90:
        return [f"op.execute({_quoted(text)})"]
    if '"""' in text or "\\" in text or text.endswith('"'):
        return ["op.execute(", *_indented(_pieces(text)), ")"]
    # White space inside a literal counts, so the text is not indented.
    return [f'op.execute("""{text}""")']


def _pieces(text: str) -> list[str]:
    """A long text as adjacent literals, one for each of its lines."""
    return [repr(line) for line in text.splitlines(keepends=True)]


def _quoted(text: str) -> str:
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)


def imports(*bodies: Body) -> str:
    """The import lines that a template cannot know of."""
    text = "\n".join(line for each in bodies for line in each.lines)
    names = [
        name for name in ("mysql", "postgresql", "sqlite") if re.search(rf"\b{name}\.[A-Z]", text)
    ]
    return "\n".join(f"from sqlalchemy.dialects import {name}" for name in names)


def helpers(*bodies: Body) -> str:
    """The functions that the bodies call, to stand at the end of the file."""
    text = "\n".join(line for each in bodies for line in each.lines)
    used = [name for name in HELPERS if re.search(rf"\b{name}\(", text)]
    if {"has", "lacks"} & set(used):
        used.append("_finds")
    return "".join(f"\n{HELPERS[name]}" for name in used)
