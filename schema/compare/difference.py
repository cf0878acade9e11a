"""What a comparison finds: one difference, and the sequence of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

from schema.catalog.objects import Identity, Property
from schema.compare.words import renaming, summary, transition
from schema.display import Displayed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Difference", "Differences", "Pair"]

#: A property on the left, which is the expected side, and on the right.
Pair = tuple[Property, Property]

_COLUMNS = ("kind", "schema_name", "table", "name", "change", "properties", "cause", "explanation",
            "accepted", "alembic_check")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that two catalogs do not agree on.

    ``change`` is ``"added"`` (only the right has it), ``"removed"`` (only the left), ``"renamed"``
    (``name`` is the right's name, ``renamed_from`` the left's) or ``"changed"``. ``properties``
    maps each property that differs to its left and right value; one that is not set is left out of
    an added or removed object. ``cause`` is None until somebody finds one.

    ``evidence`` says in words why a renamed object is believed to be the same one, ``confidence``
    how sure that is (0 to 1; None for what is not renamed). ``is_cosmetic`` marks what changes no
    statement's meaning. ``explanation`` is who or what made the difference, ``accepted`` the reason
    for which the project agreed to it, ``alembic_check`` whether ``alembic check`` reports it too;
    each is None when not known.
    """

    kind: str
    schema_name: str | None
    table: str | None
    name: str
    change: str
    properties: Mapping[str, Pair] = field(default_factory=dict)
    cause: str | None = None
    renamed_from: str | None = None
    evidence: tuple[str, ...] = ()
    confidence: float | None = None
    is_cosmetic: bool = False
    explanation: str | None = None
    accepted: str | None = None
    alembic_check: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))

    def __hash__(self) -> int:
        return hash((self.identity, self.change, self.cause))

    @property
    def identity(self) -> Identity:
        return Identity(self.kind, self.schema_name, self.table, self.name)

    @property
    def label(self) -> str:
        """Schema, table and name as a person writes them."""
        return self.identity.label

    def with_cause(self, cause: str | None) -> Difference:
        """The same difference with this cause."""
        return replace(self, cause=cause)

    def describe(self) -> str:
        """One line for a person: ``column users.role: type VARCHAR(4) → VARCHAR(5)``."""
        return f"{self.kind} {self.label}: {self._what_changed()}"

    def _what_changed(self) -> str:
        if self.change == "changed":
            return self._transitions()
        if self.change == "renamed":
            told = renaming(self.renamed_from, self.evidence, self.confidence)
            return "; ".join(filter(None, [told, self._transitions()]))
        side = 1 if self.change == "added" else 0
        values = {name: pair[side] for name, pair in self.properties.items()}
        facts = summary(self.kind, values)
        return f"{self.change} ({facts})" if facts else self.change

    def _transitions(self) -> str:
        """Each property that differs; a renamed object's name is told by itself."""
        return "; ".join(
            transition(name, pair) for name, pair in self.properties.items() if name != "name"
        )

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able form.

        ``renamed_from``, ``evidence`` and ``confidence`` are there only for a renamed object,
        ``is_cosmetic`` only when true, what is not known not at all.
        """
        found: dict[str, Any] = {
            "kind": self.kind,
            "schema_name": self.schema_name,
            "table": self.table,
            "name": self.name,
            "change": self.change,
            "properties": {name: list(pair) for name, pair in self.properties.items()},
            "cause": self.cause,
        }
        if self.renamed_from is not None:
            found["renamed_from"] = self.renamed_from
            found["evidence"] = list(self.evidence)
            found["confidence"] = self.confidence
        if self.is_cosmetic:
            found["is_cosmetic"] = True
        for name in ("explanation", "accepted", "alembic_check"):
            if (value := getattr(self, name)) is not None:
                found[name] = value
        return found

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Difference:
        """The difference that ``to_dict`` told of. Raises KeyError, TypeError or ValueError."""
        properties = {name: _pair(*pair) for name, pair in told["properties"].items()}
        evidence = tuple(told.get("evidence", ()))
        return cls(**{**told, "properties": properties, "evidence": evidence})


def _pair(left: Any, right: Any) -> Pair:  # noqa: ANN401
    return _tuples(left), _tuples(right)


def _tuples(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON holds
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


class Differences(Displayed, Sequence[Difference]):
    """Differences between two catalogs, in a catalog's order. Immutable; false when none."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[Difference] = ()) -> None:
        self._items = tuple(items)

    @overload
    def __getitem__(self, index: int) -> Difference: ...
    @overload
    def __getitem__(self, index: slice) -> Differences: ...
    def __getitem__(self, index: int | slice) -> Difference | Differences:
        found = self._items[index]
        return Differences(found) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Differences) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        if not self._items:
            return "<Differences: none>"
        return "\n".join([f"<Differences: {len(self)}>", *(f"  {i.describe()}" for i in self)])

    def where(self, keep: Callable[[Difference], bool]) -> Differences:
        """Those for which ``keep`` is true."""
        return Differences(filter(keep, self._items))

    def frame(self) -> pd.DataFrame:
        """One row a difference: what differs and how, its cause, and what is known of that."""
        import pandas as pd

        rows = [[item.to_dict().get(column) for column in _COLUMNS] for item in self]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def to_list(self) -> list[dict[str, Any]]:
        """Every difference as ``Difference.to_dict`` gives it."""
        return [item.to_dict() for item in self]
