"""One thing that a revision file does, and whether a difference may come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schema.compare import Difference

__all__ = ["Mention", "verb_for"]

#: The kinds that Alembic's operations name as constraints.
_CONSTRAINTS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that a file does.

    ``verb`` is ``"make"``, ``"drop"`` or ``"change"``. ``kind`` is ``"table"``, ``"column"``,
    ``"index"``, ``"constraint"``, ``"enum"``, ``"sequence"``, or ``"sql"``, whose ``words`` are all
    the names and words of a statement. ``name`` is None for a constraint that the database names,
    and for a table whose name is not written out; then ``words`` are its columns. ``renamed_from``
    is there when what is made had another name.
    """

    verb: str
    kind: str
    table: str | None
    name: str | None
    words: frozenset[str] = frozenset()
    renamed_from: str | None = None

    def fits(self, change: Difference) -> bool:
        """Whether this is what a difference may come from."""
        verbs = _VERBS[change.change]
        if self.kind == "sql":
            return self.verb in {*verbs, "change"} and self._has_words(change)
        if self.verb not in verbs or self.kind != _kind(change.kind, self.kind):
            return False
        if self.kind in {"table", "enum", "sequence"}:
            return self.name == change.name
        if self.table is not None and self.table != change.table:
            return False
        if self.name is not None:
            return self.name == change.name
        return self.table is not None and bool(self.words) and self.words == _columns(change)

    def _has_words(self, change: Difference) -> bool:
        names = [change.name, change.table] if change.table else [change.name]
        return all(name.casefold() in self.words for name in names)


#: What must have been done for a difference to be there.
_VERBS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "added": ("make",),
        "removed": ("drop",),
        "renamed": ("make",),
        "changed": ("change", "make", "drop"),
    }
)


def verb_for(change: Difference) -> str:
    """What a revision did that left this difference: ``made``, ``dropped`` or ``changed``."""
    return {"added": "made", "renamed": "made", "removed": "dropped"}.get(change.change, "changed")


def _kind(kind: str, of_mention: str) -> str:
    if kind == "index" and of_mention == "constraint":
        return "constraint"  # a unique constraint may be told as the index that it is
    if kind == "unique" and of_mention == "index":
        return "index"
    return "constraint" if kind in _CONSTRAINTS else kind


def _columns(change: Difference) -> frozenset[str]:
    for pair in (change.properties.get("columns"),):
        for side in pair or ():
            if isinstance(side, tuple):
                return frozenset(map(str, side))
    return frozenset()
