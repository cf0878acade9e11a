"""What a revision's file says of itself, and does not agree with."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from schema.history import Revision
from schema.python_text import text_of_file

__all__ = ["other_names", "place_of", "says_of_its_way_back", "upgrade_is_empty", "writes_perhaps"]

_PREFIX = re.compile(r"([0-9a-f]{12})(?=[_.\-]|\Z)")
_ID = re.compile(r"^\s*Revision ID:\s*(\S+)\s*$", re.MULTILINE | re.IGNORECASE)
_REVISES = re.compile(r"^[ \t]*Revises:[ \t]*(.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(r"(?i)\s*(revision id|revises|create date)\s*:")
_WAY_BACK = re.compile(
    r"(?i)one[- ]way|irreversib|way back|downgrade|undo|cannot be reverted|roll(?:ed)? back"
)
_WRITES = re.compile(
    r"(?i)\b(insert|update|delete|merge|upsert|bulk_insert\w*|bulk_save\w*|session|add_all|copy"
    r"|truncate|analyze|vacuum|refresh|reindex|setval|pragma)\b"
)


def other_names(revision: Revision, ids: Collection[str]) -> Iterator[str]:
    """Where a file says another id, or other parents, than it has; a sentence each."""
    stem = revision.path.stem
    first = stem.split("_", 1)[0]
    found = _PREFIX.match(stem)
    named = found[1] if found else first if first in ids else None
    if named is not None and named != revision.id and revision.id not in stem:
        yield f"its file is called {revision.path.name}, and its id is {revision.id}"
    said = _ID.search(revision.doc)
    if said is not None and said[1] != revision.id:
        yield f"its docstring says Revision ID: {said[1]}, and its id is {revision.id}"
    revises = _REVISES.search(revision.doc)
    if revises is not None:
        parents = {name for name in re.split(r"[,\s()'\"]+", revises[1]) if name and name != "None"}
        if parents != set(revision.parents):
            told = ", ".join(sorted(parents)) or "nothing"
            true = ", ".join(revision.parents) or "nothing"
            yield f"its docstring says Revises: {told}, and it follows {true}"


def says_of_its_way_back(revision: Revision) -> str:
    """The sentence of a docstring that speaks of the way back; "" where none does."""
    lines = (line for line in revision.doc.splitlines()[1:] if not _FIELD.match(line))
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(" ".join(lines).split()))
    return next((each for each in sentences if _WAY_BACK.search(each)), "")


def place_of(path: Path, name: str) -> str:
    """``file.py, line 25: downgrade()``: where a function of a revision's file begins."""
    function = _function(path, name)
    return path.name if function is None else f"{path.name}, line {function.lineno}: {name}()"


def upgrade_is_empty(path: Path) -> bool:
    """Whether ``upgrade()`` holds no statement that does something."""
    function = _function(path, "upgrade")
    return function is not None and all(_is_idle(node) for node in function.body)


def writes_perhaps(path: Path) -> bool:
    """Whether a file's text has a word of those that change rows, or what no catalog holds.

    On an empty database, a loop over rows comes to nothing: then only the text tells.
    """
    function = _function(path, "upgrade")
    return function is None or bool(_WRITES.search(text_of_file(path)))


def _function(path: Path, name: str) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(text_of_file(path))
    except (SyntaxError, ValueError, RecursionError):
        return None
    wanted = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    return next(wanted, None)


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Return) and node.value is None)
