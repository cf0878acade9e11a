"""Offers to mend a new revision, each as its whole text: one click, or one call, takes it.

A text that is offered is not believed either: when it is taken, it is tried and compared as any
other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from schema.authoring.judging import Sides
from schema.authoring.operations import Operation, named_argument
from schema.authoring.reading import Mend, Reading
from schema.authoring.source import at_end, at_start, indent_of, rewritten, segment
from schema.compare import Difference
from schema.ddl.postgresql_text import quoted

__all__ = ["offers"]

_BACKFILL = "the value that old rows are to have: choose it"


#: What Alembic writes above what drops a constraint without a name.
_NO_NAME = re.compile(
    r"^ *# WARNING: constraint name is None.*\n(?: *# rendered\..*\n)?(?: *# https:.*\n)?", re.M
)


def offers(reading: Reading, sides: Sides) -> Iterator[Mend]:
    """What can be offered from the text alone, the gravest first."""
    writer = _Writer(reading, sides)
    yield from writer.renames()
    yield from writer.enum_types_first()
    yield from writer.fillings()
    yield from writer.enum_types_dropped()
    yield from writer.left_alone()
    yield from writer.names()


@dataclass(frozen=True)
class _Writer:
    reading: Reading
    sides: Sides

    @property
    def text(self) -> str:
        return self.reading.text

    def _mend(self, title: str, why: str, text: str) -> Mend:
        known = set(self.text.splitlines())
        new = tuple(line.strip() for line in text.splitlines() if line not in known)
        return Mend(title, why, text, tuple(filter(None, new)))

    # -- renames ---------------------------------------------------------------------------------

    def renames(self) -> Iterator[Mend]:
        """A rename in the place of one that goes and one that comes."""
        for item in self.reading.unseen:
            change = item.difference
            if change.change != "renamed" or change.renamed_from is None:
                continue
            made = self._renamed(change) if change.kind in {"column", "table"} else None
            if made is not None:
                old = change.identity._replace(name=change.renamed_from).label
                yield self._mend(f"Rename {change.kind} {old} to {change.name}", item.why, made)

    def _renamed(self, change: Difference) -> str | None:
        old, new = str(change.renamed_from), change.name
        up = self._one_direction(self.reading.operations, change, old, new)
        down = self._one_direction(self.reading.way_back, change, new, old)
        return None if not up else rewritten(self.text, {**up, **down})

    def _one_direction(
        self, operations: tuple[Operation, ...], change: Difference, old: str, new: str
    ) -> dict[int, list[str] | None]:
        """What is to become of each statement, by its line."""
        if change.kind == "table":
            return self._table_direction(operations, old, new)
        goes = [op for op in operations if op.name == "drop_column" and op.object == old]
        comes = [op for op in operations if op.name == "add_column" and op.object == new]
        if len(goes) != 1 or len(comes) != 1 or goes[0].table != comes[0].table:
            return {}
        both = (*self.reading.operations, *self.reading.way_back)
        label = (comes[0].table, old)
        there = [op for op in both if op.name == "add_column" and (op.table, op.object) == label]
        type_ = _type_source(self.text, (there or comes)[0])
        existing = f", existing_type={type_}" if type_ else ""
        owner = segment(self.text, comes[0].call.func).rpartition(".")[0]
        place = "" if comes[0].in_batch else f"{comes[0].table!r}, "
        schema = _schema_source(self.text, comes[0])
        call = f"{owner}.alter_column({place}{old!r}, new_column_name={new!r}{existing}{schema})"
        return {comes[0].line: [call], goes[0].line: None}

    def _table_direction(
        self, operations: tuple[Operation, ...], old: str, new: str
    ) -> dict[int, list[str] | None]:
        goes = [op for op in operations if op.name == "drop_table" and op.table == old]
        comes = [op for op in operations if op.name == "create_table" and op.table == new]
        if len(goes) != 1 or len(comes) != 1:
            return {}
        found: dict[int, list[str] | None] = {
            op.line: None
            for op in operations
            if (op.name == "create_index" and op.table == new)
            or (op.name == "drop_index" and op.table == old)
        }
        schema = _schema_source(self.text, comes[0])
        found[comes[0].line] = [f"op.rename_table({old!r}, {new!r}{schema})"]
        found[goes[0].line] = None
        return found

    # -- rows that are there already -------------------------------------------------------------

    def fillings(self) -> Iterator[Mend]:
        """A value for the rows that are there, where a column comes that must not be NULL."""
        for op in self.reading.operations:
            column = named_argument(op.call, 0 if op.in_batch else 1, "column")
            if op.name != "add_column" or op.table is None or not isinstance(column, ast.Call):
                continue
            if not _needs_value(column):
                continue
            why = (
                f"{op.label} must not be NULL, and the rows that are there have no value for it: "
                "on an empty table it works, with rows it fails."
            )
            value = _value_for(_type_source(self.text, op))
            yield self._mend(f"Fill {op.label} in the rows that are there", why,
                             self._filled(op, column, value))  # fmt: skip
            default = f"Give {op.label} a server default"
            also = f"{why} The default stays in the database: say it in the model, too."
            yield self._mend(default, also, self._with_default(op, column, value))

    def _filled(self, op: Operation, column: ast.Call, value: str) -> str:
        source = segment(self.text, column)
        nullable = source.replace("nullable=False", "nullable=True", 1)
        made = _changed(self.text, op, source, nullable)
        type_ = _type_source(self.text, op)
        table, name = quoted(op.table or ""), quoted(op.object or "")
        update = f"UPDATE {table} SET {name} = {value}"  # noqa: S608 -- quoted, and not run here
        fill = [f"# {_BACKFILL}", f"op.execute({update!r})"]
        options = f"existing_type={type_}, nullable=False"
        last = [
            f"with op.batch_alter_table({op.table!r}) as batch_op:",
            f"    batch_op.alter_column({op.object!r}, {options})",
        ]
        if op.in_batch:
            return _after_batch(rewritten(self.text, {op.line: made}), op, [*fill, *last])
        schema = _schema_source(self.text, op)
        if self.sides.head.dialect != "sqlite":  # which alters no column but in batch mode
            last = [f"op.alter_column({op.table!r}, {op.object!r}, {options}{schema})"]
        return rewritten(self.text, {op.line: [*made, *fill, *last]})

    def _with_default(self, op: Operation, column: ast.Call, value: str) -> str:
        source = segment(self.text, column)
        given = f"{source[:-1].rstrip().rstrip(',')}, server_default=sa.text({value!r}))"
        return rewritten(self.text, {op.line: _changed(self.text, op, source, given)})

    # -- enum types of PostgreSQL ----------------------------------------------------------------

    def enum_types_first(self) -> Iterator[Mend]:
        """A type that a new column of an old table needs: only a new table makes its types."""
        if self.reading.error is None:
            return
        for item in self.sides.wanted:
            if item.kind == "enum" and item.change == "added":
                labels = item.properties.get("labels", ((), ()))[1]
                listed = ", ".join(_literal(str(each)) for each in labels or ())  # type: ignore[union-attr]
                sql = f"CREATE TYPE {quoted(item.name)} AS ENUM ({listed})"
                why = "A column that is added to an old table does not make its enum type."
                text = at_start(self.text, "upgrade", [f"op.execute({sql!r})"])
                drop = f"DROP TYPE {quoted(item.name)}"
                text = at_end(text, "downgrade", [f"op.execute({drop!r})"])
                yield self._mend(f"Create the enum type {item.name} first", why, text)

    def enum_types_dropped(self) -> Iterator[Mend]:
        """A type that the way back leaves behind, so that a second upgrade fails."""
        for item in self.reading.not_undone:
            if item.kind == "enum" and item.change == "added":
                drop = f"op.execute({f'DROP TYPE {quoted(item.name)}'!r})"
                why = (
                    "Dropping a table or column leaves its enum type: a second upgrade fails on it."
                )
                text = at_end(self.text, "downgrade", [drop])
                yield self._mend(f"Drop the enum type {item.name} on the way back", why, text)

    # -- what is in no model ---------------------------------------------------------------------

    def left_alone(self) -> Iterator[Mend]:
        """A table that is in no model stays where it is: nobody asked for its end."""
        for item in self.reading.besides:
            if item.kind != "table" or item.change != "removed":
                continue
            both = (*self.reading.operations, *self.reading.way_back)
            edits: dict[int, list[str] | None] = {
                op.line: None for op in both if op.table == item.name
            }
            if edits:
                why = (
                    f"{item.label} is in no model, so Alembic takes it away, and its rows. Where "
                    "it is somebody else's, have env.py's include_object leave it out, too."
                )
                text = rewritten(self.text, edits)
                yield self._mend(f"Leave table {item.label} alone", why, text)

    # -- names -----------------------------------------------------------------------------------

    def names(self) -> Iterator[Mend]:
        """Names for constraints that have none: without one the way back cannot drop them."""
        nameless = [op for op in self.reading.operations if _is_nameless(op)]
        if not nameless:
            return
        edits: dict[int, list[str] | None] = {}
        given: list[tuple[Operation, str]] = []
        for op in nameless:
            name = self._name_for(op)
            given.append((op, name))
            edits[op.line] = _named(self.text, op, name)
        for op in self.reading.way_back:
            if op.name == "drop_constraint" and op.object is None:
                match = next((pair for pair in given if pair[0].table == op.table), None)
                if match is not None:
                    given.remove(match)
                    edits[op.line] = _named(self.text, op, match[1])
        why = (
            "A constraint without a name gets one from the database, if any: the way back cannot "
            "say which to drop. A naming_convention of the MetaData gives names to all."
        )
        yield self._mend("Name the constraints", why, _NO_NAME.sub("", rewritten(self.text, edits)))

    def _name_for(self, op: Operation) -> str:
        """The name that the database gives to the models' own, or one by its columns."""
        kinds = {"create_unique_constraint": "unique", "create_foreign_key": "foreign key",
                 "create_check_constraint": "check"}  # fmt: skip
        columns = tuple(_columns(op))
        for item in self.sides.models.of_kind(kinds[op.name]):
            named = item.name and item.name.isidentifier()
            if named and item.table == op.table and item.properties.get("columns") == columns:
                return item.name
        short = {"unique": "uq", "foreign key": "fk", "check": "ck"}[kinds[op.name]]
        return "_".join([short, op.table or "", *columns])


def _is_nameless(op: Operation) -> bool:
    return op.object is None and op.name in {
        "create_unique_constraint", "create_foreign_key", "create_check_constraint",
    }  # fmt: skip


def _named(text: str, op: Operation, name: str) -> list[str]:
    """The statement with a name in the place of None."""
    return _changed(text, op, "(None", f"({name!r}")


def _columns(op: Operation) -> Iterator[str]:
    """The first list of names among the arguments."""
    lists = [each for each in op.call.args if isinstance(each, ast.List | ast.Tuple)]
    for each in lists[0].elts if lists else ():
        if isinstance(each, ast.Constant):
            yield str(each.value)


def _needs_value(column: ast.Call) -> bool:
    """Whether it is NOT NULL, and nothing gives it a value."""
    options = {each.arg: each.value for each in column.keywords}
    nullable = options.get("nullable")
    is_required = isinstance(nullable, ast.Constant) and nullable.value is False
    calls = [ast.unparse(each.func) for each in column.args if isinstance(each, ast.Call)]
    made = any(name.endswith(("Identity", "Computed")) for name in calls)
    return is_required and not made and "server_default" not in options


def _type_source(text: str, op: Operation) -> str:
    """The type of the column that an operation adds, as it stands in the file."""
    column = named_argument(op.call, 0 if op.in_batch else 1, "column")
    return segment(text, named_argument(column, 1, "type_")) if column is not None else ""


def _schema_source(text: str, op: Operation) -> str:
    found = next((each.value for each in op.call.keywords if each.arg == "schema"), None)
    return f", schema={segment(text, found)}" if found is not None and not op.in_batch else ""


def _value_for(type_: str) -> str:
    """A value of a type in SQL, to begin with: which one is right nobody but a person knows."""
    name = type_.rpartition(".")[2].partition("(")[0].lower()
    if name in {"integer", "biginteger", "smallinteger", "numeric", "float", "double", "bigint"}:
        return "0"
    if name == "boolean":
        return "false"
    if name in {"datetime", "timestamp"}:
        return "CURRENT_TIMESTAMP"
    if name == "date":
        return "CURRENT_DATE"
    if name in {"json", "jsonb"}:
        return "'{}'"
    if name == "enum":
        first = next((n for n in ast.walk(ast.parse(type_)) if isinstance(n, ast.Constant)), None)
        return _literal(str(first.value)) if first is not None else "''"
    return "''"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _changed(text: str, op: Operation, old: str, new: str) -> list[str]:
    """The lines of a statement with a piece of it replaced, without their indentation."""
    indent = indent_of(text, op.line)
    lines = "\n".join(text.splitlines()[op.line - 1 : op.end_line]).replace(old, new, 1)
    return [line.removeprefix(indent) for line in lines.split("\n")]


def _after_batch(text: str, op: Operation, added: list[str]) -> str:
    """The text with lines after the batch that an operation stands in."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.With) and node.lineno < op.line <= (node.end_lineno or 0):
            lines = text.splitlines()
            indent = indent_of(text, node.lineno)
            end = node.end_lineno or node.lineno
            lines[end:end] = ["", *(f"{indent}{line}" for line in added)]
            return "\n".join(lines) + "\n"
    return text
