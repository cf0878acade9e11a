"""What a revision file makes, drops and changes, read from its text without running it.

Only a pointer to where to look: what a revision really does is known by replaying it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from schema.archaeology.calls import argument, in_call, in_sql, name_of, sql_of, text_of
from schema.archaeology.mention import Mention, verb_for

__all__ = ["Mention", "mentions", "verb_for"]


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
            yield from (mention for _, mention in in_call(node, self._table))
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            yield from (mention for _, _, mention in in_sql(sql_of(node)))
            return
        for child in ast.iter_child_nodes(node):
            yield from self.read(child)

    def _block(self, node: ast.With) -> Iterator[Mention]:
        outer = self._table
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and name_of(call) == "batch_alter_table":
                self._table = text_of(argument(call, 0, "table_name"))
            yield from self.read(call)
        for child in node.body:
            yield from self.read(child)
        self._table = outer
