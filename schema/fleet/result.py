"""What a check of many databases found: a verdict for each, and the groups of those alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schema.catalog import Catalog
from schema.compare import Difference, Differences, compare
from schema.display import Displayed
from schema.wording import counted, few

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAILED", "MARKS", "PLAIN", "VERDICTS", "Fleet", "Group", "Member", "ordered"]

#: Every verdict on a member, with what it means. The order is that in which people want to read.
VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "drifted": "drifted",
        "drifted-and-behind": "drifted, and behind its head",
        "unknown-revision": "stamped with a revision that no file bears",
        "overlapping": "stamped with revisions of which one includes another",
        "unstamped": "not stamped",
        "empty": "empty: no tables and no stamp",
        "incomplete": "no drift found, but not all could be compared",
        "failed": "could not be read or compared",
        "unreachable": "could not be opened",
        "not-checked": "not checked",
        "behind": "behind its head, no drift",
        "clean": "at its head, no drift",
    }
)
#: A mark for each, so that nothing is told by colour alone.
MARKS: Mapping[str, str] = MappingProxyType(
    {name: "✗" if name.startswith("drifted") else "!" for name in VERDICTS}
    | {"clean": "✓", "behind": "○", "not-checked": "·"}
)
#: Of these nothing is known.
FAILED = frozenset({"failed", "unreachable", "not-checked"})
#: So many members of a group are named where it is told in a line.
MOST_EXAMPLES = 3
_DRIFTED = frozenset({"drifted", "drifted-and-behind"})

#: Groups with nothing that anybody would want to look at more closely.
PLAIN = frozenset({"behind", "clean"})

_COLUMNS = ("name", "url", "kind", "schema_name", "verdict", "revision", "behind", "differences",
            "causes", "group", "fingerprint", "seconds", "reason")  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One database of a fleet. ``url`` is as it may be shown; ``revision`` its stamps.

    ``behind`` is the number of revisions from there to the heads, None where that is not known.
    ``differences`` counts its drift, ``causes`` by cause; None and empty where nothing could be
    compared. ``fingerprint`` is the same for equal schemas, and ``group`` names those who also bear
    the same stamp. ``reason`` says in a line why there is no more to say. ``seconds`` is what
    reading it took.
    """

    name: str
    url: str
    kind: str | None
    verdict: str
    schema_name: str | None = None
    revision: tuple[str, ...] = ()
    behind: int | None = None
    differences: int | None = None
    causes: Mapping[str, int] = field(default_factory=dict, hash=False)
    group: str | None = None
    fingerprint: str | None = None
    seconds: float | None = None
    reason: str | None = None

    @property
    def is_checked(self) -> bool:
        return self.verdict not in FAILED

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells it from others, in this and in a later check."""
        return (self.url or self.name, self.schema_name)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        found = {name: getattr(self, name) for name in _COLUMNS}
        return found | {"revision": list(self.revision), "causes": dict(self.causes)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Member:
        """The member that ``to_dict`` told of. Raises KeyError, TypeError or ValueError."""
        if told["verdict"] not in VERDICTS:
            raise ValueError(told["verdict"])
        return cls(**{**told, "revision": tuple(told["revision"])})


@dataclass(frozen=True)
class Group:
    """Members of one kind whose schemas and stamps are equal, and so all that is said of them.

    ``id`` is its name in this and in later checks. ``differences`` is their drift: what they have
    otherwise than the migrations make it, each with its cause. ``pending`` are the revisions to the
    heads. ``notes`` says what could not be compared.
    """

    id: str
    kind: str
    verdict: str
    revision: tuple[str, ...]
    fingerprint: str
    members: tuple[str, ...]
    differences: Differences = field(default_factory=Differences)
    pending: tuple[str, ...] = ()
    reason: str | None = None
    notes: tuple[str, ...] = ()
    _catalog: Callable[[], Catalog | None] = field(
        default=lambda: None, repr=False, compare=False, kw_only=True
    )

    def __len__(self) -> int:
        return len(self.members)

    @property
    def catalog(self) -> Catalog | None:
        """The schema that they have in common; None where an earlier check read it."""
        return self._catalog()

    @property
    def causes(self) -> Mapping[str, int]:
        """How many differences have each cause."""
        return Counter(str(item.cause) for item in self.differences)

    @property
    def title(self) -> str:
        """``197 agree: clean, at 7adee582ada3``."""
        count = len(self.members)
        stands = ", ".join(self.revision)
        where = f", at {stands}" if stands else ""
        more = []
        if self.differences:
            more.append(counted(len(self.differences), "difference"))
        if self.pending:
            more.append(counted(len(self.pending), "pending revision"))
        rest = f": {', '.join(more)}" if more else ""
        who = f"{count:,} agree" if count > 1 else f"{self.members[0]} alone"
        return f"{who}: {VERDICTS[self.verdict]}{where}{rest}"

    @property
    def examples(self) -> str:
        """The first few members by name: ``a, b, c … and 194 more``."""
        return few(self.members, MOST_EXAMPLES)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "id": self.id,
            "kind": self.kind,
            "verdict": self.verdict,
            "revision": list(self.revision),
            "fingerprint": self.fingerprint,
            "members": list(self.members),
            "differences": self.differences.to_list(),
            "pending_revisions": list(self.pending),
            "reason": self.reason,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Fleet(Displayed):
    """The databases that were checked, in the order in which they were named.

    ``groups`` has the largest first. ``models`` has, by kind of database, what the models have
    otherwise than the migrations at head make it: of the project, and so of every member.
    ``notes`` are of the whole. ``seconds`` is how long it took.
    """

    members: tuple[Member, ...]
    groups: tuple[Group, ...] = ()
    models: Mapping[str, Differences] = field(default_factory=dict, hash=False)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.members)

    def __repr__(self) -> str:
        return f"<Fleet of {counted(len(self.members), 'database')}: {self.verdict}>"

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many members have each verdict, in the order of VERDICTS; those that none has left
        out."""
        found = Counter(item.verdict for item in self.members)
        return {name: found[name] for name in VERDICTS if found[name]}

    @property
    def is_clean(self) -> bool:
        """True when all were compared and nothing drifted: to be behind is no drift."""
        return set(self.counts) <= PLAIN and not any(self.models.values())

    @property
    def has_drift(self) -> bool:
        """Whether a member drifted, or the models changed without a migration."""
        return bool(_DRIFTED & set(self.counts)) or any(self.models.values())

    @property
    def verdict(self) -> str:
        """One line: ``197 agree, 3 differ: 2 drifted, 1 behind; 1 unreachable``.

        Those that agree are the largest group.
        """
        if not self.members:
            return "no databases"
        if not self.groups:
            return _listed(self.counts.items())
        first = self.groups[0]
        agree = len(first.members)
        others: Counter[str] = Counter()
        for group in self.groups[1:]:
            others[group.verdict] += len(group.members)
        said = f"{agree:,} agree ({_in_short(first.verdict)})"
        if others:
            ordered = ((name, others[name]) for name in VERDICTS if others[name])
            said += f", {sum(others.values()):,} differ: {_listed(ordered)}"
        rest = [(name, count) for name, count in self.counts.items() if name in FAILED]
        ahead = sum(map(len, self.models.values()))
        said += f"; {_listed(rest)}" if rest else ""
        said += f"; {counted(ahead, 'change')} of the models without a migration" if ahead else ""
        return said

    @cached_property
    def shared(self) -> tuple[tuple[Difference, int], ...]:
        """Every difference of the drifted, with how many databases have it: most have it first."""
        counts: Counter[tuple[str, str | None]] = Counter()
        first: dict[tuple[str, str | None], Difference] = {}
        for group in self.groups:
            for item in group.differences:
                key = (item.describe(), item.cause)
                counts[key] += len(group)
                first.setdefault(key, item)
        return tuple((first[key], count) for key, count in counts.most_common())

    @property
    def exit_code(self) -> int:
        """As diff(1): 0 nothing found, 1 drift, 2 trouble: something could not be compared.

        To be behind is no drift. Drift that was found is told before trouble.
        """
        return 1 if self.has_drift else 0 if self.is_clean else 2

    def group(self, member: Member | str) -> Group | None:
        """The group of a member, given by its name; None when nothing is known of it."""
        name = member if isinstance(member, str) else member.name
        return next((each for each in self.groups if name in each.members), None)

    def where(self, *verdicts: str) -> list[Member]:
        """The members with one of these verdicts."""
        return [item for item in self.members if item.verdict in verdicts]

    def between(self, left: Group, right: Group) -> Differences | None:
        """What a group has otherwise than another; None where a catalog is not at hand."""
        if left.catalog is None or right.catalog is None or left.kind != right.kind:
            return None
        return compare(left.catalog, right.catalog)

    def frame(self) -> pd.DataFrame:
        """One row a member: ``name, url, kind, schema_name, verdict, revision`` (ids, joined by
        commas)``, behind, differences, causes`` (a dict)``, group, fingerprint, seconds, reason``.
        """
        import pandas as pd

        rows = [{**item.to_dict(), "revision": ", ".join(item.revision)} for item in self.members]
        found = pd.DataFrame(rows, columns=list(_COLUMNS))
        return found.astype({"behind": "Int64", "differences": "Int64"})

    def groups_frame(self) -> pd.DataFrame:
        """One row a group: ``id, kind, verdict, revision, databases, differences, pending,
        members`` (a list)."""
        import pandas as pd

        rows = [
            (g.id, g.kind, g.verdict, ", ".join(g.revision), len(g), len(g.differences),
             len(g.pending), list(g.members))
            for g in self.groups
        ]  # fmt: skip
        columns = ["id", "kind", "verdict", "revision", "databases", "differences", "pending",
                   "members"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "verdict": self.verdict,
            "databases": len(self.members),
            "counts": dict(self.counts),
            "seconds": round(self.seconds, 3),
            "groups": [group.to_dict() for group in self.groups],
            "members": [member.to_dict() for member in self.members],
            "models": {kind: found.to_list() for kind, found in self.models.items()},
            "notes": list(self.notes),
        }


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {_in_short(name)}" for name, count in counts)


def _in_short(verdict: str) -> str:
    return verdict.replace("-", " ")


def ordered(groups: Iterable[Group]) -> Sequence[Group]:
    """The largest group first; of several as large those without drift, then as VERDICTS has it."""
    ranks = list(VERDICTS)
    return sorted(
        groups,
        key=lambda each: (
            -len(each), each.verdict not in PLAIN, ranks.index(each.verdict), each.members[:1]
        ),
    )  # fmt: skip
