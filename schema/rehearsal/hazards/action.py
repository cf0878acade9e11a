"""What a statement does, as rules look at it: one action for each clause."""

from __future__ import annotations

from dataclasses import dataclass, replace

from schema.rehearsal.hazards.lexicon import Token, closing

__all__ = ["Action", "Cursor", "UnreadError"]


class UnreadError(ValueError):
    """A statement, or a clause of one, that the reader cannot follow."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a statement does.

    ``kind`` is the reader's word for it (``"add column"``, ``"create index"``). ``object`` is the
    label of the table or of what else it concerns, ``name`` that of the column, constraint or index
    in it, ``target`` what a foreign key leads to or the new name. ``type`` is a column's as typed,
    ``default`` the expression of a default or a check, in lower case with single spaces.
    ``values`` are an enum's labels or what else is listed. ``flags`` are words such as
    ``"concurrently"``, ``"not valid"``, ``"if exists"``. ``statement`` is the statement's index.
    """

    kind: str
    object: str | None = None
    name: str | None = None
    columns: tuple[str, ...] = ()
    type: str | None = None
    default: str | None = None
    target: str | None = None
    values: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    statement: int = 0

    def at(self, statement: int) -> Action:
        """The same of this statement."""
        return replace(self, statement=statement)


class Cursor:
    """A place in a statement's tokens, and the few ways to go on from there."""

    def __init__(self, found: tuple[Token, ...], dialect: str) -> None:
        self.found = found
        self.dialect = dialect
        self.place = 0

    @property
    def rest(self) -> tuple[Token, ...]:
        return self.found[self.place :]

    def at(self, *words: str) -> bool:
        """Whether these keywords stand here, in this order."""
        here = self.found[self.place : self.place + len(words)]
        return len(here) == len(words) and all(
            token.word == word or (token.kind == "op" and token.text == word)
            for token, word in zip(here, words, strict=True)
        )

    def take(self, *words: str) -> bool:
        """Go past these keywords if they stand here."""
        if not self.at(*words):
            return False
        self.place += len(words)
        return True

    def take_any(self, *phrases: str) -> str | None:
        """Go past the first of these phrases that stands here, and say which."""
        return next((phrase for phrase in phrases if self.take(*phrase.split())), None)

    def skip(self) -> Token:
        """The token here, and go on."""
        if self.place >= len(self.found):
            raise UnreadError("the statement ends early")
        self.place += 1
        return self.found[self.place - 1]

    def name(self) -> str:
        """A name as the server knows it: PostgreSQL folds what is not quoted."""
        token = self.skip()
        if token.kind == "quoted":
            return token.text
        if token.kind != "word":
            raise UnreadError(f"{token.text!r} is no name")
        return token.text.lower() if self.dialect == "postgresql" else token.text

    def label(self) -> str:
        """A name with its schema as ``table_label`` writes it."""
        names = [self.name()]
        while self.take("."):
            names.append(self.name())
        if len(names) > 1 and names[-2] in {"public", "main"}:
            names = names[-1:]
        return ".".join(names)

    def parenthesised(self) -> tuple[Token, ...]:
        """What stands in the parentheses that open here, and go past them."""
        if not self.at("("):
            raise UnreadError("a parenthesis is missing")
        end = closing(self.found, self.place)
        inner = self.found[self.place + 1 : end]
        self.place = end + 1
        return inner

    def until(self, *words: str) -> tuple[Token, ...]:
        """The tokens up to the first of these keywords outside of parentheses, or the end."""
        start = self.place
        while self.place < len(self.found) and self.found[self.place].word not in words:
            if self.at("("):
                self.parenthesised()
            else:
                self.place += 1
        return self.found[start : self.place]
