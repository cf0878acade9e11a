"""Conditions of a revision file that ask for the kind of the database: whether they are met."""

from __future__ import annotations

import ast

from schema.archaeology.folding import Scope, elements, fold

__all__ = ["is_met"]

#: What SQLAlchemy calls the kinds of databases. MariaDB's name depends on the URL.
_NAMES = {"mariadb": frozenset({"mariadb", "mysql"})}


def is_met(test: ast.expr, scope: Scope, dialect: str) -> bool | None:
    """Whether a condition is met on a kind of database; None where it asks for more than that.

    ``dialect`` is ``"sqlite"``, ``"postgresql"`` or ``"mariadb"``. Understood are comparisons of
    ``….dialect.name`` and ``….engine.name`` with texts, and what ``not``, ``and`` and ``or`` make
    of them.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = is_met(test.operand, scope, dialect)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        found = [is_met(each, scope, dialect) for each in test.values]
        decides = isinstance(test.op, ast.Or)
        if decides in found:
            return decides
        return None if None in found else not decides
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test, scope, dialect)
    return None


def _compared(test: ast.Compare, scope: Scope, dialect: str) -> bool | None:
    left, right = fold(test.left, scope), fold(test.comparators[0], scope)
    operator = test.ops[0]
    if isinstance(operator, ast.Eq | ast.NotEq):
        asked, given = (left, [right]) if _is_name_of_dialect(left) else (right, [left])
    elif isinstance(operator, ast.In | ast.NotIn):
        asked, given = left, elements(right) or []
    else:
        return None
    names = {each.value for each in given if isinstance(each, ast.Constant)}
    if not _is_name_of_dialect(asked) or not given or len(names) != len(given):
        return None
    own = _NAMES.get(dialect, frozenset({dialect}))
    if own & names and not own <= names:
        return None  # it depends on the URL
    return bool(own & names) == isinstance(operator, ast.Eq | ast.In)


def _is_name_of_dialect(node: ast.expr) -> bool:
    """``op.get_bind().dialect.name``, ``bind.engine.name``, ``dialect.name``."""
    if not isinstance(node, ast.Attribute) or node.attr != "name":
        return False
    of = node.value
    called = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
    return called in {"dialect", "engine"}
