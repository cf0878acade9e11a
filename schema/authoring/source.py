"""Changing a revision's source without touching the rest: whole statements, by their lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from schema.authoring.operations import functions

__all__ = ["at_end", "at_start", "end_of", "indent_of", "reparented", "rewritten", "segment"]


def segment(text: str, node: ast.AST | None) -> str:
    """The source of a node."""
    return (ast.get_source_segment(text, node) if node is not None else None) or ""


def indent_of(text: str, line: int) -> str:
    """What a line begins with; lines count from 1."""
    found = text.splitlines()[line - 1]
    return found[: len(found) - len(found.lstrip())]


def rewritten(text: str, edits: Mapping[int, Sequence[str] | None]) -> str:
    """The text with statements replaced, each named by the line on which it begins.

    None, and no lines, drop one. A ``with`` that holds nothing more is dropped along, and a
    function that does gets a ``pass``. New lines are given without indentation.
    """
    tree, lines = ast.parse(text), text.splitlines()
    changes: list[tuple[int, int, list[str]]] = []

    def visit(body: list[ast.stmt]) -> bool:
        """Whether nothing of a body is left."""
        left = 0
        for node in body:
            indent = indent_of(text, node.lineno)
            end = node.end_lineno or node.lineno
            if isinstance(node, ast.With) and node.lineno not in edits:
                before = len(changes)
                if not visit(node.body):
                    left += 1
                    continue
                del changes[before:]
                changes.append((node.lineno, end, []))
            elif node.lineno in edits:
                new = [f"{indent}{line}" if line else "" for line in edits[node.lineno] or ()]
                changes.append((node.lineno, end, new))
                left += bool(new)
            else:
                left += 1
        return left == 0

    for direction in ("upgrade", "downgrade"):
        for function in functions(tree, direction):
            if visit(function.body) and function.body:
                first = function.body[0]
                indent = indent_of(text, first.lineno)
                changes.append((first.lineno, first.lineno - 1, [f"{indent}pass"]))
    for start, end, new in sorted(changes, key=lambda item: (item[0], item[1]), reverse=True):
        lines[start - 1 : end] = new
    return "\n".join(lines) + "\n"


def at_end(text: str, direction: str, added: Iterable[str]) -> str:
    """The text with lines at the end of a function."""
    tree = ast.parse(text)
    found = functions(tree, direction)
    if not found:
        return text
    last = found[-1].body[-1]
    return _inserted(text, last, last.end_lineno or last.lineno, list(added))


def at_start(text: str, direction: str, added: Iterable[str]) -> str:
    """The text with lines at the beginning of a function."""
    found = functions(ast.parse(text), direction)
    if not found:
        return text
    first = found[0].body[0]
    return _inserted(text, first, first.lineno - 1, list(added))


def _inserted(text: str, beside: ast.stmt, after: int, added: list[str]) -> str:
    lines = text.splitlines()
    indent = indent_of(text, beside.lineno)
    new = [f"{indent}{line}" if line else "" for line in added]
    if isinstance(beside, ast.Pass):
        lines[beside.lineno - 1 : beside.lineno] = new
    else:
        lines[after:after] = new
    return "\n".join(lines) + "\n"


def end_of(text: str, lines: Iterable[str]) -> str:
    """The text with lines after all else."""
    return text.rstrip() + "\n" + "\n".join(lines)


def reparented(text: str, old: Sequence[str], new: Sequence[str]) -> str:
    """The text of a revision that follows other parents than it did; its docstring says so too."""
    tree, lines = ast.parse(text), text.splitlines()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {each.id for each in targets if isinstance(each, ast.Name)}
        value = getattr(node, "value", None)
        if "down_revision" in names and value is not None:
            said = repr(tuple(new) if len(new) > 1 else new[0] if new else None)
            start, end = value.lineno - 1, value.end_lineno - 1
            head, tail = lines[start][: value.col_offset], lines[end][value.end_col_offset :]
            lines[start : end + 1] = [f"{head}{said}{tail}"]
            break
    before, after = f"Revises: {', '.join(old)}", f"Revises: {', '.join(new)}"
    return "\n".join(lines).replace(before, after, 1) + "\n"
