"""Which operation in a revision's file made a difference: its line, and its source.

The file is read, not run (see schema.archaeology.following). What a revision does is known from its
replay; here is only found where that is written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schema.archaeology.calls import argument, keyword, name_of, text_of
from schema.archaeology.following import Done, done_by
from schema.compare import Difference
from schema.renames import renamings_in

__all__ = ["Operation", "operation_for"]

#: So much of an operation's source is kept.
_MOST_LINES, _MOST_CHARACTERS = 12, 700

#: The keyword of ``alter_column`` that changes a property.
_KEYWORDS = {"type": "type_", "nullable": "nullable", "default": "server_default",
             "comment": "comment", "generated": "server_default", "identity": "server_default",
             "name": "new_column_name"}  # fmt: skip

_CONSTRAINTS = {"primary key": "PrimaryKey", "unique": "Unique", "foreign key": "ForeignKey",
                "check": "Check", "exclusion": "Exclude"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """Where a revision's file does something.

    ``line`` counts from 1. ``text`` is the source of the call, or of the statement of SQL; of a
    long one the first lines. ``here`` is what the call comes to for this one thing, where it is in
    a loop or takes its names from elsewhere in the file; else "". ``is_sure`` is False where a name
    is not in the file at all, and this is the only call that can have done it.
    """

    path: Path
    line: int
    text: str
    here: str = ""
    is_sure: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it; of the path the file's name."""
        return {
            "file": self.path.name,
            "line": self.line,
            "text": self.text,
            "here": self.here,
            "is_sure": self.is_sure,
        }


def operation_for(
    change: Difference, text: str, path: Path, *, also: Iterable[str] = (), dialect: str = ""
) -> Operation | None:
    """The operation of a file's ``upgrade()`` that made a difference; None where none is found.

    ``also`` are other names of its table, where the revision renames that; ``dialect`` is the kind
    of database that it was seen on, "" where that is not known.
    """
    tables = {name for name in (change.table, *also) if name}
    found = [(_score(each, change, tables), each) for each in done_by(text, dialect)]
    best = max((score for score, _ in found), default=0)
    if best <= 0:
        return None
    chosen = [each for score, each in found if score == best]
    is_sure = best > _GUESS
    if not is_sure and len({each.call.lineno for each in chosen}) > 1:
        return None
    return _operation(chosen[0], change, text, path, is_sure=is_sure)


# -- which of them ----------------------------------------------------------------------------

#: What a difference may come from, from the surest to the least sure.
_RENAMES, _EXACT, _STATEMENT, _IN_COLUMN, _WITH_TABLE, _WORDS, _GUESS = 90, 60, 50, 40, 30, 20, 10


def _score(done: Done, change: Difference, tables: set[str]) -> float:
    if done.schema_name is not None and change.schema_name not in (done.schema_name, None):
        return 0
    if done.statement:
        return _by_statement(done, change, tables)
    return max(
        _exactly(done, change, tables),
        _in_column(done, change, tables),
        _with_table(done, change, tables),
        _perhaps(done, change, tables),
    )


def _exactly(done: Done, change: Difference, tables: set[str]) -> float:
    mention = done.mention
    if not _fits(done, change, tables):
        return 0
    if change.change == "renamed":
        same = mention.renamed_from is not None and mention.renamed_from == change.renamed_from
        return _RENAMES if same else _EXACT - 5
    if change.change != "changed":
        return _EXACT
    if mention.verb != "change":
        return _EXACT - (5 if mention.verb == "make" else 8)
    given = {item.arg for item in done.part.keywords} if isinstance(done.part, ast.Call) else set()
    return _EXACT + sum(_KEYWORDS.get(name) in given for name in change.properties)


def _fits(done: Done, change: Difference, tables: set[str]) -> bool:
    """As Mention.fits, by any name that the table has while the revision runs."""
    return done.mention.fits(change) or any(
        done.mention.fits(_in_table(change, name)) for name in tables - {change.table}
    )


def _in_table(change: Difference, table: str) -> Difference:
    return Difference(
        change.kind, change.schema_name, table, change.name, change.change, change.properties
    )


def _in_column(done: Done, change: Difference, tables: set[str]) -> float:
    """A key or an index that comes with a column: ``Column(…, ForeignKey("users.id"))``."""
    mention = done.mention
    if mention.kind != "column" or mention.table not in tables:
        return 0
    if mention.name not in _columns(change, 0 if mention.verb == "drop" else 1):
        return 0
    if change.change == "removed":
        return _IN_COLUMN if mention.verb == "drop" else 0
    if change.change in {"added", "changed"} and mention.verb == "make":
        return _IN_COLUMN if _makes(done.part, change.kind) else 0
    if change.change == "renamed" and mention.renamed_from is not None:
        return _IN_COLUMN
    return 0


def _makes(part: ast.expr, kind: str) -> bool:
    """Whether a column's own call makes something of this kind too."""
    column = part
    if isinstance(part, ast.Call) and name_of(part) != "Column":
        calls = (each for each in part.args if isinstance(each, ast.Call))
        column = next((each for each in calls if name_of(each) == "Column"), part)
    if not isinstance(column, ast.Call):
        return False
    wanted = {"primary key": "primary_key", "unique": "unique", "index": "index"}.get(kind)
    if wanted is not None and (given := keyword(column, wanted)) is not None:
        return not (isinstance(given, ast.Constant) and not given.value)
    inner = (each for each in column.args if isinstance(each, ast.Call))
    return any(name_of(each).startswith(_CONSTRAINTS.get(kind, "?")) for each in inner)


def _with_table(done: Done, change: Difference, tables: set[str]) -> float:
    """What comes and goes with its table."""
    mention = done.mention
    if mention.kind != "table" or mention.name not in tables:
        return 0
    wanted = {"added": "make", "removed": "drop"}.get(change.change)
    return _WITH_TABLE if mention.verb == wanted and mention.renamed_from is None else 0


def _perhaps(done: Done, change: Difference, tables: set[str]) -> float:
    """A call whose names are not written out, as in a loop over what the database tells."""
    mention = done.mention
    verb = {"added": "make", "removed": "drop", "changed": "change"}.get(change.change)
    kind = "constraint" if change.kind in _CONSTRAINTS else change.kind
    if mention.verb != verb or mention.kind != kind:
        return 0
    if mention.table is not None and mention.table not in tables:
        return 0
    is_known = mention.name is not None or bool(mention.words)
    if is_known and mention.name not in (None, change.name):
        return 0
    if mention.words and mention.words != set(_columns(change, 1)):
        return 0
    return _GUESS


def _columns(change: Difference, side: int) -> tuple[str, ...]:
    """A key's or an index's columns on the left (0) or the right (1), or on the only side."""
    pair = change.properties.get("columns", (None, None))
    for each in (pair[side], pair[1 - side]):
        if isinstance(each, tuple):
            return tuple(map(str, each))
    return ()


# -- statements of SQL ------------------------------------------------------------------------

_IDENTIFIER = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[\w$]+)'
_OBJECT = re.compile(
    r"\s*(create|drop|alter|comment\s+on)\s+"
    r"(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|unlogged\s+|virtual\s+|recursive\s+)*"
    r"(materialized\s+view|foreign\s+table|event\s+trigger|[a-z]+)\s+"
    rf"(?:(?:concurrently|only|if\s+(?:not\s+)?exists)\s+)*({_IDENTIFIER}(?:\s*\.\s*{_IDENTIFIER})*)",
    re.IGNORECASE,
)
_VERBS = {"create": "added", "drop": "removed", "alter": "changed"}
_ENUM_KINDS = {"enum", "domain", "composite type", "range type"}


def _by_statement(done: Done, change: Difference, tables: set[str]) -> float:
    """How well a statement fits: by what it names first, else by the words in it."""
    folded = {name.casefold() for name in tables}
    if _says_renamed(done.statement, change):
        return _RENAMES
    found = _OBJECT.match(done.statement)
    if found is None:
        return 0
    verb = " ".join(found[1].lower().split())
    kind, name = " ".join(found[2].lower().split()), _last_name(found[3])
    if name == change.name.casefold() and _is_kind(kind, change.kind):
        return _EXACT if _VERBS.get(verb) == change.change else _STATEMENT
    fits = any(done.mention.fits(_in_table(change, each)) for each in tables or {""}) or (
        not tables and done.mention.fits(change)
    )
    if kind in {"table", "foreign table", "view"} and name in folded:
        if verb == "alter" and fits:
            return _STATEMENT + _clause(done.statement, change)
        if verb == "create" and change.change == "added":
            return _WITH_TABLE
        return _WITH_TABLE if verb == "drop" and change.change == "removed" else 0
    if change.kind == "enum value" and kind == "type" and change.table:
        return _STATEMENT if name == change.table.casefold() and fits else 0
    if kind == "column" and verb == "comment on" and fits:
        return _STATEMENT
    return _WORDS if fits and kind not in {"table", "index", "view", "function"} else 0


def _says_renamed(statement: str, change: Difference) -> bool:
    if change.change != "renamed":
        return False
    return any(
        (each.old, each.new) == (change.renamed_from, change.name)
        for each in renamings_in(statement)
    )


def _is_kind(written: str, kind: str) -> bool:
    if written == "type":
        return kind in _ENUM_KINDS
    return written in kind


def _clause(statement: str, change: Difference) -> int:
    """One more where the statement adds, drops or alters just this part of its table."""
    verb = {"added": "add", "removed": "drop", "changed": "alter"}.get(change.change, "rename")
    name = re.escape(change.name)
    clause = rf"\b{verb}\s+(?:column\s+|constraint\s+|if\s+(?:not\s+)?exists\s+)*[\"`\[]?{name}\b"
    return 1 if re.search(clause, statement, re.IGNORECASE) else 0


def _last_name(written: str) -> str:
    names: Sequence[str] = re.findall(_IDENTIFIER, written)
    name = names[-1]
    return (name[1:-1].replace('""', '"') if name[:1] in '"`[' else name).casefold()


# -- its source -------------------------------------------------------------------------------


def _operation(
    done: Done, change: Difference, text: str, path: Path, *, is_sure: bool
) -> Operation:
    lines = text.splitlines()
    source = _source(done.call, lines)
    if done.statement and done.part is not done.call:
        head = source.partition("(")[0].strip()
        source = f"{head}: {_trimmed(done.statement)}"
    elif done.line != done.call.lineno:
        source = f"{_beginning(done.call)}… {_source(done.part, lines)} …)"
    here = "" if change.name in source or done.statement else ast.unparse(done.call)
    is_told = change.name in here and not here.startswith("None")
    return Operation(path, done.line, _trimmed(source), _trimmed(here) if is_told else "", is_sure)


def _beginning(call: ast.expr) -> str:
    """``op.create_table("users", `` of a long call."""
    if not isinstance(call, ast.Call):
        return ""
    name = text_of(argument(call, 0))
    first = f'"{name}", ' if name is not None else ""
    return f"{ast.unparse(call.func)}({first}"


def _source(node: ast.expr, lines: list[str]) -> str:
    """What is written at a place, its further lines indented by what they are in the call."""
    part = lines[node.lineno - 1 : node.end_lineno or node.lineno]
    if not part:
        return ""
    # Columns count bytes: https://docs.python.org/3/library/ast.html#ast.AST.col_offset
    part[-1] = part[-1].encode()[: node.end_col_offset].decode(errors="replace")
    indent = len(part[0]) - len(part[0].lstrip())
    part[0] = part[0].encode()[node.col_offset :].decode(errors="replace")
    return "\n".join([part[0], *(_unindented(line, indent) for line in part[1:])])


def _unindented(line: str, indent: int) -> str:
    return line[indent:] if not line[:indent].strip() else line.lstrip()


def _trimmed(source: str) -> str:
    lines: Iterator[str] = (line.rstrip() for line in source.strip().splitlines())
    listed = list(lines)
    kept = "\n".join(listed[:_MOST_LINES])
    if len(kept) > _MOST_CHARACTERS:
        return kept[:_MOST_CHARACTERS].rstrip() + "…"
    return kept + ("\n…" if len(listed) > _MOST_LINES else "")
