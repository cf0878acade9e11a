"""What the text of a module says of its classes: where they stand, and what is written beside them.

Python keeps no docstring of an attribute; the text does: a string on its own below the attribute,
or a comment that begins with ``#:``, as Sphinx takes both
(https://www.sphinx-doc.org/en/master/usage/extensions/autodoc.html#directive-autoattribute).
"""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
from typing import Any, Dict, Iterator, List, Optional, Tuple

#: One class, or a module under the name ``""``: its line, and its attributes' lines and words.
Found = Dict[str, Any]


class Sources:
    """The classes of files, each file read once."""

    def __init__(self) -> None:
        self._files: Dict[str, Dict[str, Found]] = {}

    def of_class(self, cls: type) -> Optional[Found]:
        """What its file says of a class; None where there is no file, or it cannot be read."""
        try:
            path = inspect.getsourcefile(cls)
        except (TypeError, OSError):
            return None
        return self.of_file(path).get(cls.__qualname__.replace("<locals>.", "")) if path else None

    def of_file(self, path: str) -> Dict[str, Found]:
        """By the qualified name of each class; the module itself is ``""``."""
        if path not in self._files:
            try:
                with tokenize.open(path) as file:
                    self._files[path] = _read(file.read())
            except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
                self._files[path] = {}
        return self._files[path]


def _read(text: str) -> Dict[str, Found]:
    tree = ast.parse(text)
    comments = dict(_comments(text)) if "#:" in text else {}
    found: Dict[str, Found] = {"": {"line": 1, "attributes": _attributes(tree.body, comments)}}
    _classes(tree.body, "", comments, found)
    return found


def _classes(
    body: List[Any], prefix: str, comments: Dict[int, str], found: Dict[str, Found]
) -> None:
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            name = prefix + node.name
            if isinstance(node, ast.ClassDef):
                attributes = _attributes(node.body, comments)
                found[name] = {"line": node.lineno, "attributes": attributes}
            _classes(node.body, name + ".", comments, found)
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            _classes(node.body, prefix, comments, found)


def _attributes(body: List[Any], comments: Dict[int, str]) -> Dict[str, Any]:
    found = {}
    for number, node in enumerate(body):
        following = body[number + 1] if number + 1 < len(body) else None
        for name in _names(node):
            found[name] = {"line": node.lineno, "doc": _beside(node, following, comments)}
    return found


def _names(node: Any) -> Iterator[str]:
    targets: List[Any]
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.FunctionDef):
        yield node.name
        return
    else:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id


def _beside(node: Any, following: Any, comments: Dict[int, str]) -> Optional[str]:
    """The string below an attribute, else the ``#:`` behind it, else those above it."""
    if isinstance(node, ast.FunctionDef):
        return ast.get_docstring(node)
    text = getattr(following.value, "value", None) if isinstance(following, ast.Expr) else None
    if isinstance(text, str):
        return inspect.cleandoc(text)
    last = getattr(node, "end_lineno", node.lineno)
    behind = [comments[line] for line in range(node.lineno, last + 1) if line in comments]
    if behind:
        return " ".join(behind)
    above: List[str] = []
    line = node.lineno - 1
    while line in comments:
        above.insert(0, comments[line])
        line -= 1
    return " ".join(above) or None


def _comments(text: str) -> Iterator[Tuple[int, str]]:
    """The lines that bear a comment of the kind ``#: words``, and the words."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#:"):
            yield token.start[0], token.string[2:].strip()
