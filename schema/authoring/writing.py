"""Writing a draft into its project: all of it or nothing, and over nothing that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from schema.errors import WorkbenchError
from schema.unfinished import unfinished

__all__ = ["write_files"]


def write_files(target: Path, text: str, models: Mapping[Path, bytes]) -> None:
    """Write a new revision file, and other texts of model files that are there.

    Raises WorkbenchError when the file is there already, or something cannot be written; then
    nothing was.
    """
    prepared: dict[Path, Path] = {}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        prepared[target] = _beside(target, text.encode("utf-8"))
        for path, content in models.items():
            prepared[path] = _beside(path, content)
            prepared[path].chmod(path.stat().st_mode)
        target.hardlink_to(prepared[target])  # fails where there is one
        for path in models:
            prepared.pop(path).replace(path)
    except FileExistsError:
        raise WorkbenchError(f"{target} is there already. Nothing was written.") from None
    except OSError as error:
        raise WorkbenchError(f"The draft cannot be written: {error}") from None
    finally:
        for path in prepared.values():
            path.unlink(missing_ok=True)


def _beside(path: Path, content: bytes) -> Path:
    made = unfinished(path)
    made.write_bytes(content)
    return made
