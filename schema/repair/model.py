"""What a repair is: its statements, its file, and the proof that it repairs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schema.compare import Difference, Differences
from schema.ddl import Statement
from schema.display import Displayed
from schema.errors import WorkbenchError
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Proof", "Repair"]


@dataclass(frozen=True)
class Proof(Displayed):
    """What came out when the repair was run on a scratch database that holds live's schema.

    ``remaining`` is what still differs of the selection, and what differs that did not before.
    ``note`` says the same in words. ``downgrade_returns`` tells whether a revision's way back led
    to where it began; None where there is no way back to try.
    """

    is_proved: bool
    remaining: Differences
    note: str
    downgrade_returns: bool | None = None

    def __repr__(self) -> str:
        return f"<Proof: {self.note}>"

    def to_dict(self) -> dict[str, Any]:
        """The part of a repair's documented JSON shape that tells of the proof."""
        return {
            "proved": self.is_proved,
            "note": self.note,
            "downgrade_returns": self.downgrade_returns,
            "remaining": self.remaining.to_list(),
        }


@dataclass(frozen=True)
class Repair(Displayed):
    """A file that repairs a selection of differences, with the proof. Nothing was run on live.

    ``direction`` is ``"live"`` (SQL that brings the live database back to what is expected) or
    ``"adopt"`` (a revision that makes the migrations contain what is there). ``text`` is the whole
    file, ``filename`` the name that it would have. ``not_expressed`` holds each difference that the
    file says nothing about, with the reason.
    """

    direction: str
    dialect: str
    statements: tuple[Statement, ...]
    text: str
    proof: Proof
    not_expressed: tuple[tuple[Difference, str], ...] = ()
    filename: str = "repair.sql"

    @property
    def is_proved(self) -> bool:
        """True when the scratch database had nothing left to repair, and nothing else changed."""
        return self.proof.is_proved

    @property
    def verdict(self) -> str:
        """One line: ``proved: nothing left; 3 statements, 1 destructive``."""
        parts = [counted(len(self.statements), "statement")] if self.statements else []
        destructive = sum(statement.is_destructive for statement in self.statements)
        if destructive:
            parts.append(f"{destructive} destructive")
        if self.not_expressed:
            parts.append(f"{counted(len(self.not_expressed), 'difference')} not expressed")
        return "; ".join([self.proof.note, *([", ".join(parts)] if parts else [])])

    def __repr__(self) -> str:
        return f"<Repair {self.filename} ({self.direction}): {self.verdict}>"

    def save(self, path: str | Path | None = None) -> Path:
        """Write the file, and return where: ``path``, or ``filename`` in a folder ``path``.

        None means ``filename`` in the working directory. Raises WorkbenchError when there is a
        file already, or it cannot be written.
        """
        target = Path(path) if path is not None else Path(self.filename)
        if target.is_dir():
            target /= self.filename
        try:
            with target.open("x", encoding="utf-8", newline="\n") as file:
                file.write(self.text)
        except FileExistsError:
            raise WorkbenchError(
                f"{target} exists, and was left as it is. Choose another name, or move it away."
            ) from None
        except FileNotFoundError:
            raise WorkbenchError(
                f"There is no folder {target.parent.absolute()}. Make it, or choose another."
            ) from None
        except OSError as error:
            raise WorkbenchError(f"{target} could not be written: {error.strerror}.") from error
        return target

    def frame(self) -> pd.DataFrame:
        """One row a statement: ``statement, about, destructive, why``."""
        import pandas as pd

        rows = [statement.to_dict() for statement in self.statements]
        return pd.DataFrame(rows, columns=["statement", "about", "destructive", "why"])

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "direction": self.direction,
            "dialect": self.dialect,
            "verdict": self.verdict,
            **self.proof.to_dict(),
            "statements": [statement.to_dict() for statement in self.statements],
            "not_expressed": [
                {"difference": difference.to_dict(), "reason": reason}
                for difference, reason in self.not_expressed
            ],
            "filename": self.filename,
            "text": self.text,
        }
