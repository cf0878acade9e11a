"""What a diagnosis is made of: troubles, what is known of each, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.project import ShellCommand
from schema.wording import capitalised, counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Advice", "Diagnosis", "Offer", "Trouble", "command", "to_type"]

#: Each kind of trouble with its sentence, in the order in which they keep one from going on.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "config": "the config, or what it names, cannot be used",
        "missing-package": "a module that the project imports is not there",
        "project-code": "code of the project fails",
        "conflict-markers": "a revision file holds the marks of a merge that was not finished",
        "wrong-encoding": "a revision file is not in the encoding that Python takes it for",
        "no-python-text": "a revision file holds a NUL byte",
        "syntax-error": "a revision file is no valid Python",
        "no-revision-id": "a file among the revisions is none",
        "unreadable-file": "a revision file may not be read",
        "not-named-py": "a revision file has a name that Alembic does not look at",
        "in-a-subfolder": "a revision file lies in a folder that Alembic does not look into",
        "compiled-only": "of a revision file only the compiled form is there",
        "missing-parent": "a revision follows one that no file bears",
        "id-used-twice": "two files bear the same revision",
        "circle": "revisions follow each other in a circle",
        "other-graph": "the graph of the revisions is broken",
        "unreachable": "the server of the database does not answer",
        "refused": "the server does not let one in",
        "no-such-database": "there is no such database",
        "no-database-file": "the file is not there, or no SQLite database",
        "locked": "another program holds the database",
        "no-rights": "the role may not read what is needed",
        "database": "the database cannot be read",
        "missing-revision": "the database is stamped with a revision that no file bears",
        "ahead-of-the-code": "the database is stamped with a revision of another branch of Git",
        "not-stamped": "the database has tables, and no stamp",
        "empty-database": "the database is empty",
        "other-version-table": "the stamp stands in another table than env.py names",
        "stamps-overlap": "the version table holds a revision, and one that includes it",
        "half-applied": "a revision was applied in part",
        "wrong-stamp": "the database is another revision than its stamp says",
        "two-heads": "there is more than one head",
    }
)

_COLUMNS = ["kind", "blocks", "said", "known", "advice", "command"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do. ``command`` is for a shell, ``sql`` for the database; None: words alone."""

    said: str
    command: str | None = None
    sql: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"said": self.said, "command": self.command, "sql": self.sql}


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that would end the trouble; it was not written anywhere."""

    filename: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"filename": self.filename, "text": self.text}


@dataclass(frozen=True)
class Trouble(Displayed):
    """One thing that is wrong, as a colleague would tell it.

    ``kind`` is one of KINDS, ``said`` what happened, ``known`` what was found out about it, a
    sentence each. ``advice`` is what to do, the best first: where nothing proves that something
    helps, it says so. ``blocks`` is whether Alembic, or the workbench, cannot go on because of it.
    """

    kind: str
    said: str
    known: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()
    offer: Offer | None = None
    blocks: bool = True

    def __repr__(self) -> str:
        return "\n".join([f"<Trouble {self.kind}: {self.said}>", *self.lines()])

    def lines(self) -> Iterator[str]:
        """What is known, and what to do, as lines of text, two blanks in."""
        yield from (f"  {said}" for said in self.known)
        for each in self.advice:
            yield f"  → {each.said}"
            for text in filter(None, (each.command, each.sql)):
                yield from (f"      {line}" for line in text.splitlines())
        if self.offer is not None:
            yield f"  A file that would do: {self.offer.filename}"

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "kind": self.kind,
            "blocks": self.blocks,
            "said": self.said,
            "known": list(self.known),
            "advice": [each.to_dict() for each in self.advice],
            "offer": None if self.offer is None else self.offer.to_dict(),
        }


@dataclass(frozen=True)
class Diagnosis(Displayed, Sequence[Trouble]):
    """All that was found wrong, the gravest first; false when nothing was.

    ``looked_at`` says what was looked at, ``notes`` what could not be, and why.
    """

    troubles: tuple[Trouble, ...]
    looked_at: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 -- an index or a slice
        return self.troubles[index]

    def __len__(self) -> int:
        return len(self.troubles)

    def __iter__(self) -> Iterator[Trouble]:
        return iter(self.troubles)

    def __repr__(self) -> str:
        return "\n".join([f"<Diagnosis: {self.verdict}>", *(repr(item) for item in self)])

    @property
    def verdict(self) -> str:
        """One line: ``2 troubles, of which 1 keeps Alembic from going on``."""
        if not self.troubles:
            return "nothing is wrong, but see the notes" if self.notes else "nothing is wrong"
        grave = sum(item.blocks for item in self.troubles)
        whole = counted(len(self.troubles), "trouble")
        if not grave:
            return f"{whole}, with which one can go on"
        if len(self.troubles) == 1:
            return f"{whole}, which keeps Alembic or the workbench from going on"
        verb = "keeps" if grave == 1 else "keep"
        return f"{whole}, of which {grave} {verb} Alembic or the workbench from going on"

    def of(self, kind: str) -> tuple[Trouble, ...]:
        """Those of one kind."""
        return tuple(item for item in self.troubles if item.kind == kind)

    def frame(self) -> pd.DataFrame:
        """One row a trouble: ``kind, blocks, said, known`` (lines in one text)``, advice,
        command`` (of the first advice that has one)."""
        import pandas as pd

        rows = [
            (
                item.kind,
                item.blocks,
                item.said,
                "\n".join(item.known),
                "\n".join(each.said for each in item.advice),
                next((each.command for each in item.advice if each.command), None),
            )
            for item in self
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "troubles": [item.to_dict() for item in self],
            "looked_at": list(self.looked_at),
            "notes": list(self.notes),
        }


def command(*parts: object) -> str:
    """A command for a shell, each part quoted where it must be."""
    return shlex.join(str(part) for part in parts)


def to_type(said: str, typed: ShellCommand) -> Advice:
    """The advice to type a command; in words alone where there is none that does it."""
    if typed.line is None:
        said = f"{said} {capitalised(str(typed))}."
    return Advice(f"{said} {typed.note}".rstrip(), typed.line)
