"""A diagram as DBML (https://dbml.dbdiagram.io/docs/): tables, indexes, references, enums, notes.

Names and types are quoted wherever they are more than a word; within quotes, a backslash escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema.diagram.values import Diagram, DiagramColumn, DiagramIndex, DiagramTable, Relation
from schema.wording import printable

__all__ = ["er_dbml"]

_ACTIONS = {
    "CASCADE": "cascade",
    "RESTRICT": "restrict",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\(\d+(,\s*\d+)?\))?")


def er_dbml(diagram: Diagram) -> str:
    """The diagram as DBML text. Views are left out: DBML has none. Implied ones are comments."""
    tables = [table for table in diagram.tables if table.kind == "table"]
    there = {table.label for table in tables}
    blocks = [_enum(each.label, each.values) for each in diagram.enums]
    blocks += [_table(table) for table in tables]
    references = [
        _reference(each, diagram)
        for each in diagram.relations
        if each.table in there and each.target in there
    ]
    blocks += ["\n".join(references)] if references else []
    groups = [each for each in diagram.groups if set(each.tables) & there]
    if len(groups) > 1:
        blocks += [
            _group(each.name, [t for t in tables if t.label in each.tables]) for each in groups
        ]
    return "\n\n".join(blocks) + "\n"


def _enum(label: str, values: tuple[str, ...]) -> str:
    schema_name, dot, name = label.rpartition(".")
    return _block(f"Enum {_path(schema_name if dot else None, name)}", map(_name, values))


def _table(table: DiagramTable) -> str:
    lines = [_column(column, table) for column in table.columns]
    if not lines:  # a table needs a column
        lines.append("_ unknown")
    if indexes := list(_indexes(table)):
        lines += ["", _block("indexes", indexes)]
    if table.comment:
        lines += ["", f"Note: {_string(table.comment)}"]
    return _block(f"Table {_of(table)}", lines)


def _column(column: DiagramColumn, table: DiagramTable) -> str:
    settings = ["pk"] if table.primary_key == (column.name,) else []
    settings += [] if column.is_nullable else ["not null"]
    if any(each.is_unique and each.columns == (column.name,) for each in table.indexes):
        settings.append("unique")
    if column.default is not None:
        settings.append(f"default: {_expression(column.default)}")
    if column.comment:
        settings.append(f"note: {_string(column.comment)}")
    told = f" [{', '.join(settings)}]" if settings else ""
    return f"{_name(column.name)} {_type(column.type)}{told}"


def _indexes(table: DiagramTable) -> Iterator[str]:
    if len(table.primary_key) > 1:
        yield f"({', '.join(map(_name, table.primary_key))}) [pk]"
    names = {column.name for column in table.columns}
    for each in table.indexes:
        if each.columns:
            yield f"{_parts(each, names)} [{', '.join(_settings(each))}]"


def _parts(index: DiagramIndex, names: set[str]) -> str:
    parts = [_name(each) if each in names else _expression(each) for each in index.columns]
    return f"({', '.join(parts)})"


def _settings(index: DiagramIndex) -> Iterator[str]:
    if index.is_unique:
        yield "unique"
    yield f"name: {_string(index.name)}"


def _reference(relation: Relation, diagram: Diagram) -> str:
    sign = "-" if relation.is_unique else ">"
    own = _end(diagram[relation.table], relation.columns)
    there = _end(diagram[relation.target], relation.target_columns)
    settings = [
        f"{when}: {_ACTIONS[action]}"
        for when, action in (("delete", relation.on_delete), ("update", relation.on_update))
        if action in _ACTIONS
    ]
    told = f" [{', '.join(settings)}]" if settings else ""
    line = f"Ref: {own} {sign} {there}{told}"
    return f"// implied by names: {line}" if relation.is_implied else line


def _end(table: DiagramTable, columns: tuple[str, ...]) -> str:
    names = ", ".join(map(_name, columns))
    return f"{_of(table)}.({names})" if len(columns) > 1 else f"{_of(table)}.{names}"


def _group(name: str, tables: list[DiagramTable]) -> str:
    return _block(f"TableGroup {_name(name)}", map(_of, tables))


# -- words ----------------------------------------------------------------------------------------


def _block(head: str, lines: Iterator[str] | list[str] | map[str]) -> str:
    body = "\n".join(lines)
    indented = "\n".join(f"  {line}" if line else "" for line in body.split("\n"))
    return f"{head} {{\n{indented}\n}}"


def _of(table: DiagramTable) -> str:
    schema_name = table.schema_name if table.label != table.name else None
    return _path(schema_name, table.name)


def _path(schema_name: str | None, name: str) -> str:
    return f"{_name(schema_name)}.{_name(name)}" if schema_name else _name(name)


def _name(name: str) -> str:
    if not name:  # SQLite allows it, DBML does not
        return '"_"'
    return f'"{_escaped(name, chr(34))}"'


def _type(declared: str) -> str:
    if _TYPE.fullmatch(declared):
        return declared
    return _name(declared) if declared else '"no type"'


def _expression(said: str) -> str:
    """In backticks as DBML has expressions; as a string where it holds one itself."""
    one_line = " ".join(printable(said).split())
    return _string(one_line) if "`" in one_line else f"`{one_line}`"


def _string(said: str) -> str:
    return f"'{_escaped(said, chr(39))}'"


def _escaped(said: str, quote: str) -> str:
    shown = printable(said).replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return shown.replace("\r", "").replace("\n", "\\n")
