"""What expressions of a revision file stand for, as far as its text alone says it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from textwrap import dedent

from schema.archaeology.calls import name_of

__all__ = ["Scope", "elements", "fold"]

#: Names with the expressions that they were bound to, folded.
Scope = Mapping[str, ast.expr]

#: A loop that goes round more often than this is read once, with nothing known of its names.
MOST_ROUNDS = 1_000

_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "replace", "format"})
_AS_LISTS = frozenset({"list", "tuple", "sorted", "set", "frozenset"})


def fold(node: ast.expr, scope: Scope) -> ast.expr:
    """The same expression with known names replaced, and texts put together.

    Nothing is run: what is not understood stays as it is. Each part keeps the place in the file
    where it was written.
    """
    if isinstance(node, ast.Name):
        return scope.get(node.id, node)
    made = _made(node, scope)
    if made is None:
        return node
    return made if hasattr(made, "lineno") else ast.copy_location(made, node)


def elements(node: ast.expr) -> list[ast.expr] | None:
    """What a loop over a folded expression goes through; None where that is not known."""
    found: list[ast.expr]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        found = node.elts
    elif isinstance(node, ast.Dict):
        found = [key for key in node.keys if key is not None]
    else:
        return None
    known = len(found) <= MOST_ROUNDS and not any(isinstance(each, ast.Starred) for each in found)
    return found if known else None


def _made(node: ast.expr, scope: Scope) -> ast.expr | None:
    """A new expression; None for what stays the same."""
    if isinstance(node, ast.Call):
        return _call(node, scope)
    if isinstance(node, ast.List | ast.Tuple):
        return type(node)(list(_spread(node.elts, scope)), ast.Load())
    if isinstance(node, ast.Set):
        return ast.Set(list(_spread(node.elts, scope)))
    if isinstance(node, ast.Dict):
        keys = [None if key is None else fold(key, scope) for key in node.keys]
        return ast.Dict(keys, [fold(each, scope) for each in node.values])
    if isinstance(node, ast.JoinedStr):
        return _joined([fold(part, scope) for part in node.values])
    if isinstance(node, ast.FormattedValue):
        value = fold(node.value, scope)
        is_plain = node.format_spec is None and node.conversion < 0
        return value if is_plain and isinstance(value, ast.Constant) else None
    if isinstance(node, ast.BinOp):
        return _sum(node.op, fold(node.left, scope), fold(node.right, scope))
    if isinstance(node, ast.Subscript):
        return _item(fold(node.value, scope), fold(node.slice, scope))
    return None


def _spread(parts: Iterable[ast.expr], scope: Scope) -> Iterator[ast.expr]:
    """Folded elements; those of a starred list in its place."""
    for part in parts:
        if not isinstance(part, ast.Starred):
            yield fold(part, scope)
            continue
        value = fold(part.value, scope)
        unknown = ast.copy_location(ast.Starred(value, ast.Load()), part)
        known = elements(value)
        yield from [unknown] if known is None else known


def _joined(parts: Sequence[ast.expr]) -> ast.expr:
    """One text where all parts of an f-string are known."""
    if all(isinstance(part, ast.Constant) for part in parts):
        return ast.Constant("".join(str(part.value) for part in parts))  # type: ignore[attr-defined]
    return ast.JoinedStr(list(parts))


def _sum(operator: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr | None:
    if isinstance(operator, ast.Add):
        if _is_text(left) and _is_text(right):
            return ast.Constant(left.value + right.value)  # type: ignore[attr-defined]
        ours, theirs = elements(left), elements(right)
        if ours is not None and theirs is not None and not isinstance(left, ast.Dict):
            return ast.List([*ours, *theirs], ast.Load())
    if isinstance(operator, ast.Mod) and _is_text(left):
        given = _values(right.elts if isinstance(right, ast.Tuple) else [right])
        with suppress(TypeError, ValueError):
            if given is not None:
                return ast.Constant(left.value % tuple(given))  # type: ignore[attr-defined]
    return None


def _item(value: ast.expr, index: ast.expr) -> ast.expr | None:
    if not isinstance(index, ast.Constant):
        return None
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        wanted = (item for key, item in pairs
                  if isinstance(key, ast.Constant) and key.value == index.value)  # fmt: skip
        return next(wanted, None)
    listed = elements(value)
    if listed is not None and isinstance(index.value, int) and index.value < len(listed):
        return listed[index.value]
    return None


# -- calls ----------------------------------------------------------------------------------------


def _call(node: ast.Call, scope: Scope) -> ast.expr:
    func = node.func
    if isinstance(func, ast.Attribute):
        value = fold(func.value, scope)
        func = ast.copy_location(ast.Attribute(value, func.attr, ast.Load()), func)
    arguments = list(_spread(node.args, scope))
    keywords = [
        ast.copy_location(ast.keyword(item.arg, fold(item.value, scope)), item)
        for item in node.keywords
    ]
    folded = ast.Call(func, arguments, keywords)
    known = _method(folded) if isinstance(func, ast.Attribute) else _builtin(folded)
    return folded if known is None else known


def _method(call: ast.Call) -> ast.expr | None:
    """What a method of a known text or mapping gives."""
    assert isinstance(call.func, ast.Attribute)  # noqa: S101 -- the caller looked
    value, name = call.func.value, call.func.attr
    if name == "dedent" and len(call.args) == 1 and _is_text(call.args[0]):
        return ast.Constant(dedent(call.args[0].value))  # type: ignore[attr-defined]
    if isinstance(value, ast.Dict):
        return _of_dict(value, name)
    if not _is_text(value):
        return None
    if name == "join" and len(call.args) == 1:
        given = _values(elements(call.args[0]))
        return None if given is None else ast.Constant(value.value.join(map(str, given)))  # type: ignore[attr-defined]
    given = _values(call.args)
    named = {str(item.arg): item.value for item in call.keywords}
    if name not in _METHODS or given is None or _values(named.values()) is None:
        return None
    keywords = {key: item.value for key, item in named.items()}  # type: ignore[attr-defined]
    with suppress(Exception):  # of whatever kind: it is only not known then
        return ast.Constant(getattr(value.value, name)(*given, **keywords))  # type: ignore[attr-defined]
    return None


def _of_dict(value: ast.Dict, name: str) -> ast.expr | None:
    if any(key is None for key in value.keys):
        return None
    keys = [key for key in value.keys if key is not None]
    if name == "items":
        pairs = zip(keys, value.values, strict=True)
        return ast.List([ast.Tuple(list(pair), ast.Load()) for pair in pairs], ast.Load())
    if name in {"keys", "values"}:
        return ast.List(keys if name == "keys" else value.values, ast.Load())
    return None


def _builtin(call: ast.Call) -> ast.expr | None:
    """What a function of Python's own gives that a loop may go through."""
    name, arguments = name_of(call), call.args
    if name == "dedent" and len(arguments) == 1 and _is_text(arguments[0]):
        return ast.Constant(dedent(arguments[0].value))  # type: ignore[attr-defined]
    if name == "range":
        numbers = [each for each in _values(arguments) or [] if isinstance(each, int)]
        if len(numbers) == len(arguments):
            with suppress(ValueError, TypeError):
                rounds = range(*numbers)
                return ast.List([ast.Constant(each) for each in rounds[:MOST_ROUNDS]], ast.Load())
        return None
    lists = [elements(each) for each in arguments]
    if not lists or any(each is None for each in lists):
        return None
    known = [each for each in lists if each is not None]
    if name in _AS_LISTS:
        return ast.List(known[0], ast.Load())
    if name == "reversed":
        return ast.List(known[0][::-1], ast.Load())
    if name == "zip":
        rows = zip(*known, strict=False)
        return ast.List([ast.Tuple(list(row), ast.Load()) for row in rows], ast.Load())
    if name == "enumerate" and len(known) == 1:
        numbered = enumerate(known[0])
        pairs = [ast.Tuple([ast.Constant(n), each], ast.Load()) for n, each in numbered]
        return ast.List(list(pairs), ast.Load())
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _values(nodes: Iterable[ast.expr] | None) -> list[object] | None:
    """The values of constants; None where one is none."""
    listed = [] if nodes is None else list(nodes)
    if nodes is None or not all(isinstance(each, ast.Constant) for each in listed):
        return None
    return [each.value for each in listed]  # type: ignore[attr-defined]
