"""The text files of a draft: read, edited, and compared with what they were when it began."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from schema.authoring.changes import Change
from schema.authoring.copying import Copied
from schema.errors import WorkbenchError
from schema.project import Project

__all__ = ["Texts", "parse"]


def parse(text: str, name: str) -> ast.Module:
    """The syntax tree. Raises WorkbenchError that names the line and shows it."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise WorkbenchError(
            f"{name}, line {error.lineno}: {error.msg}{f' in {line!r}' if line else ''}"
        ) from None
    except ValueError as error:
        raise WorkbenchError(f"{name} is no Python: {error}") from None


class Texts:
    """Names count from the original project's root; files outside of it have absolute names."""

    def __init__(self, original: Project, copied: Copied) -> None:
        self._root = original.root
        self._copied = copied
        self._before: dict[Path, bytes] = {}

    def name_of(self, path: Path) -> str:
        """What a file of the copy is called."""
        original = self._copied.original(path)
        inside = original.is_relative_to(self._root)
        return str(original.relative_to(self._root)) if inside else str(original)

    def read(self, name: str) -> str:
        return self._decoded(self._place(name).read_bytes(), name)

    def write(self, name: str, text: str) -> None:
        path = self._place(name)
        text = text.replace("\r\n", "\n")
        if path.suffix == ".py":
            parse(text, name)
        before = self._before.setdefault(path, path.read_bytes())
        path.write_bytes(_encoded(text, before))

    def changes(self) -> Iterator[Change]:
        """What is otherwise than it was."""
        for path, before in sorted(self._before.items()):
            after = path.read_bytes()
            if after != before:
                name = self.name_of(path)
                yield Change(name, self._decoded(before, name), self._decoded(after, name))

    def for_writing(self) -> dict[Path, bytes]:
        """The edited files by their originals. Raises WorkbenchError where one was changed there.

        So what somebody did meanwhile is not lost.
        """
        found: dict[Path, bytes] = {}
        for path, before in sorted(self._before.items()):
            after, original = path.read_bytes(), self._copied.original(path)
            if after == before:
                continue
            if not original.is_file() or original.read_bytes() != before:
                raise WorkbenchError(
                    f"{original} was changed since the draft began. Nothing was written: apply the "
                    "diff of draft.changes() by hand, or begin a new draft."
                )
            found[original] = after
        return found

    def _place(self, name: str) -> Path:
        path = Path(os.path.normpath(self._root / name))
        copied = self._copied.folder
        if not path.is_relative_to(copied):
            if not path.is_relative_to(self._copied.base):
                raise WorkbenchError(f"{name} is no file of the project.")
            path = self._copied.inside(path)
        if not path.is_file():
            reason = self._copied.left_out.get(name)
            why = f": it is {reason}, and was left out" if reason else ""
            raise WorkbenchError(f"There is no file {name} in the draft{why}.")
        return path

    def _decoded(self, content: bytes, name: str) -> str:
        try:
            return content.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise WorkbenchError(f"{name} is no text in UTF-8.") from None


def _encoded(text: str, before: bytes) -> bytes:
    """With the line ends that the file had."""
    return (text.replace("\n", "\r\n") if b"\r\n" in before else text).encode("utf-8")
