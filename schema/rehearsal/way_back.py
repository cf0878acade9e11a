"""Whether a revision can go back, as far as its file tells: told before the walk."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

__all__ = ["doubts", "explain"]


def doubts(path: Path) -> str | None:
    """What in a revision's file speaks against its way back; None when nothing does.

    The file is read, not run. None as well for one that cannot be read: running it will tell.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    bodies = {
        node.name: _body(node)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in {"upgrade", "downgrade"}
    }
    if "downgrade" not in bodies:
        return "cannot go back: there is no downgrade()"
    return _explain_body(bodies["downgrade"], does_something=bool(bodies.get("upgrade")))


def _explain_body(body: Sequence[ast.stmt], *, does_something: bool) -> str | None:
    """What a downgrade() of these statements cannot do."""
    if body and isinstance(body[0], ast.Raise):
        raised = body[0].exc
        said = f" {ast.unparse(raised)}" if raised is not None else ""
        return f"cannot go back: downgrade() raises{said}"
    if not body and does_something:
        return "downgrade() does nothing: what upgrade() did stays"
    return None


def explain(path: Path, downgrade: Sequence[str], upgrade: Sequence[str]) -> str | None:
    """The same, with the SQL that both ways would run; give it only where all of it is known."""
    found = doubts(path)
    if found is None and upgrade and not downgrade:
        return "downgrade() runs no SQL: what upgrade() did stays"
    return found


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements that do something: without docstring, ``pass`` and ``return``."""

    def idle(node: ast.stmt) -> bool:
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Constant)
        return isinstance(node, ast.Pass) or (isinstance(node, ast.Return) and node.value is None)

    return [node for node in function.body if not idle(node)]
