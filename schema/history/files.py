"""Revision files, read without running them.

The four values that Alembic looks for are nearly always literals, so the syntax tree is enough;
where one is computed, the project's worker imports that one file and says what it is.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from schema.errors import RevisionError, WorkbenchError
from schema.history.docstring import created_on, message_of

__all__ = ["RevisionFile", "Values", "parents_in", "read_file", "revision_paths"]

_NAMES = ("revision", "down_revision", "branch_labels", "depends_on")

# Both as in alembic/script/base.py: what counts as a revision file, and the names of files that
# bear no ``revision`` because Alembic 0.1 wrote them.
_REVISION_FILE = re.compile(r"(?!\.\#|__init__)(.*\.py)$")
_LEGACY_NAME = re.compile(r"([a-f0-9]+)\.py$")

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

#: Imports one file in the worker and returns its four values.
Values = Callable[[Path], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RevisionFile:
    """What one revision file says of itself; whether the graph agrees is not known here.

    ``date`` is None when the docstring holds none, and naive when it names no time zone.
    """

    id: str
    parents: tuple[str, ...] = ()
    message: str = ""
    date: datetime | None = None
    path: Path = Path()
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    doc: str = ""


def revision_paths(locations: Iterable[Path], *, recursive: bool = False) -> list[Path]:
    """The revision files below these folders, each once, in Alembic's order of reading."""
    found: dict[Path, Path] = {}
    for location in locations:
        for path in _listed(location, recursive=recursive):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _listed(location: Path, *, recursive: bool) -> Iterator[Path]:
    for folder, folders, names in os.walk(location):
        folders[:] = sorted(name for name in folders if name != "__pycache__" and recursive)
        yield from (Path(folder, name) for name in sorted(names) if _REVISION_FILE.match(name))


def read_file(path: Path, values: Values | None = None) -> RevisionFile:
    """One revision file. Raises RevisionError when it is no readable revision."""
    tree = _parse(path)
    found = _literals(tree)
    if found is None:
        found = _asked(path, values)
    if legacy := _LEGACY_NAME.match(path.name):
        found.setdefault("revision", legacy.group(1))
    for name in ("revision", "down_revision"):
        if name not in found:
            raise RevisionError(f"{path.name} sets no {name!r}; Alembic needs one in each file.")
    doc = (ast.get_docstring(tree, clean=False) or "").strip()
    return RevisionFile(
        id=_identifier(path, found["revision"]),
        parents=_strings(path, "down_revision", found["down_revision"]),
        message=message_of(doc),
        date=created_on(doc),
        path=path,
        labels=_strings(path, "branch_labels", found.get("branch_labels")),
        depends_on=_strings(path, "depends_on", found.get("depends_on")),
        doc=doc,
    )


def parents_in(text: str) -> tuple[str, ...]:
    """The ids that a revision file says it follows; none where they are no literals."""
    try:
        value = dict(_bindings(ast.parse(text))).get("down_revision")
        return _strings(Path(), "down_revision", value and ast.literal_eval(value))
    except (SyntaxError, ValueError, TypeError, RecursionError, RevisionError):
        return ()


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise RevisionError(f"{path.name}{where}: {error.msg}. Its revision is left out.") from None
    except (ValueError, RecursionError) as error:
        raise RevisionError(f"{path.name} is no Python text: {error}.") from None
    except OSError as error:
        raise RevisionError(f"{path.name} cannot be read: {error.strerror}.") from None


def _literals(tree: ast.Module) -> dict[str, Any] | None:
    """The values that are set at the top of the file; None when one of them is not a literal."""
    found: dict[str, Any] = {}
    for name, value in _bindings(tree):
        if value is None:
            return None
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError):
            return None
    return found


def _bindings(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    """Every binding of one of the names in the module's scope; None where it is no plain ``=``."""
    todo: list[ast.AST] = list(reversed(tree.body))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield from ((name, node.value) for name in names if name in _NAMES)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.target.id in _NAMES and node.value is not None:
                yield node.target.id, node.value
        elif isinstance(node, ast.alias):
            if (node.asname or node.name) in {*_NAMES, "*"}:
                yield node.name, None
        elif isinstance(node, ast.Name):
            if node.id in _NAMES and isinstance(node.ctx, ast.Store):
                yield node.id, None
        elif not isinstance(node, _SCOPES):
            todo.extend(_nested(node))


def _nested(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node; an assignment under ``if`` or ``try`` may not be the one that runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Assign):
            yield from child.targets
        elif isinstance(child, ast.AnnAssign):
            yield child.target
        else:
            yield child


def _asked(path: Path, values: Values | None) -> dict[str, Any]:
    if values is None:
        raise RevisionError(f"{path.name} computes its values, and nothing is there to run it.")
    try:
        answer = values(path)
    except WorkbenchError as error:
        what = f"{path.name} computes its values, and running it failed"
        raise RevisionError(f"{what}: {error}", details=error.details) from error
    return dict(answer)


def _identifier(path: Path, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise RevisionError(f"{path.name}: 'revision' is {value!r}; it must be a text.")
    if wrong := sorted(set("@-+:") & set(value)):
        # The rule of alembic.script.revision: these have a meaning on its command line.
        raise RevisionError(f"{path.name}: {' '.join(wrong)} may not stand in {value!r}.")
    return value


def _strings(path: Path, name: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    parts = (value,) if isinstance(value, str) else value
    if not isinstance(parts, (tuple, list, set, frozenset)):
        raise RevisionError(f"{path.name}: {name!r} is {value!r}; it must be texts or None.")
    if not all(isinstance(part, str) for part in parts):
        raise RevisionError(f"{path.name}: {name!r} is {value!r}; it must hold texts.")
    return tuple(dict.fromkeys(sorted(parts) if isinstance(parts, (set, frozenset)) else parts))
