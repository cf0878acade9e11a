"""Example edits of a model's file, for a notebook that shows how a change is made.

They work on any file with declarative models, as they only repeat what the file says itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from schema.errors import WorkbenchError

__all__ = ["add_column", "first_of", "rename_column"]

File = TypeVar("File")


def first_of(models: Sequence[File]) -> File:
    """The first of a draft's files with models.

    Raises WorkbenchError where there is none: those of an installed package are not the project's.
    """
    if not models:
        raise WorkbenchError(
            "No file below the project's folder defines a table, so there is nothing to edit: its "
            "models are in an installed package, or it has none. Open the project from its "
            "repository; draft.autogenerate(message) takes the models as they are."
        )
    return models[0]


def rename_column(text: str, name: str = "{}_renamed") -> str:
    """The text with one column under another name; as it is where there is none to choose."""
    found = [node for node, _ in _columns(text) if _is_named_once(text, _target(node))]
    if not found:
        return text
    old = _target(found[-1])
    return re.sub(rf"\b{old}\b", name.format(old), text)


def add_column(text: str, name: str = "extra_{}") -> str:
    """The text with one column more, like another of its class; as it is where there is none."""
    required = [node for node, is_required in _columns(text) if is_required]
    found = required or [node for node, _ in _columns(text)]
    if not found:
        return text
    node = found[-1]
    lines = text.splitlines(keepends=True)
    start, end = node.lineno - 1, node.end_lineno or node.lineno
    copied = "".join(lines[start:end])
    new = re.sub(rf"\b{_target(node)}\b", name.format(_target(node)), copied, count=1)
    return "".join([*lines[:end], new, *lines[end:]])


def _is_named_once(text: str, name: str) -> bool:
    """Whether nothing else in the file speaks of it."""
    return len(re.findall(rf"\b{re.escape(name)}\b", text)) == 1


def _columns(text: str) -> list[tuple[ast.AnnAssign | ast.Assign, bool]]:
    """The plain columns of the first model that has any, and whether each must not be NULL."""
    models = (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    found = (list(_plain(model)) for model in models if _is_model(model))
    return next(filter(None, found), [])


def _plain(model: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign | ast.Assign, bool]]:
    for node in model.body:
        if not isinstance(node, ast.AnnAssign | ast.Assign) or not _target(node):
            continue
        source = ast.unparse(node)
        is_column = re.search(r"\b(?:mapped_column|Column)\(", source)
        if is_column and not re.search(r"primary_key|ForeignKey|unique=|[Cc]olumn\('", source):
            is_mapped = isinstance(node, ast.AnnAssign)
            optional = "None" in source or "Optional" in source
            yield node, "nullable=False" in source or (is_mapped and not optional)


def _is_model(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.Assign) and _target(each) == "__tablename__" for each in node.body
    )


def _target(node: ast.AnnAssign | ast.Assign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""
