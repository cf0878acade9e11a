"""What a draft changes, as a diff against the project's own files."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Change", "Changes", "ModelFile", "Written"]


@dataclass(frozen=True)
class ModelFile:
    """A Python file that defines tables of ``target_metadata``.

    ``path`` counts from the project's root, where it lies below it; ``tables`` are the keys of the
    tables in it.
    """

    path: str
    tables: tuple[str, ...]

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Change:
    """One file: ``before`` is None for a new one."""

    path: str
    before: str | None
    after: str

    @property
    def diff(self) -> str:
        """As ``diff -u`` has it, to be applied with ``patch -p1`` or ``git apply``."""
        old = [] if self.before is None else self.before.splitlines(keepends=True)
        name = "/dev/null" if self.before is None else f"a/{self.path}"
        new = self.after.splitlines(keepends=True)
        lines = difflib.unified_diff(old, new, name, f"b/{self.path}")
        return "".join(_ended(line) for line in lines)

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        lines = self.diff.splitlines()[2:]
        added = sum(line.startswith("+") for line in lines)
        return added, sum(line.startswith("-") for line in lines)


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


@dataclass(frozen=True)
class Changes(Displayed):
    """All files that a draft changes; none of them is changed in the project."""

    files: tuple[Change, ...]

    @property
    def text(self) -> str:
        """One diff of all of them."""
        return "".join(change.diff for change in self.files)

    def __repr__(self) -> str:
        return self.text or "<Changes: none>"

    def __bool__(self) -> bool:
        return bool(self.files)

    def frame(self) -> pd.DataFrame:
        """One row a file: ``path, is_new, added, removed`` (lines)."""
        import pandas as pd

        rows = [(item.path, item.before is None, *item.counts) for item in self.files]
        return pd.DataFrame(rows, columns=["path", "is_new", "added", "removed"])

    def to_list(self) -> list[dict[str, Any]]:
        """The same as JSON can hold it."""
        return [{"path": item.path, "diff": item.diff} for item in self.files]


@dataclass(frozen=True)
class Written(Displayed):
    """What was written into the project. ``left`` are edits that were not asked for."""

    revision: Path
    models: tuple[Path, ...] = ()
    left: Changes = Changes(())

    @property
    def words(self) -> str:
        """What was written, and what is left to do, in a sentence or two."""
        said = f"Written: {', '.join(map(str, (self.revision, *self.models)))}."
        if self.left:
            files = counted(len(self.left.files), "model file")
            said += f" Not written: the edits of {files}; apply the diff, or write(models=True)."
        return f"{said} Nothing was run on a database."

    def __repr__(self) -> str:
        return f"<{self.words}>"
