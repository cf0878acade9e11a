"""From readings to verdicts: equal schemas with equal stamps are compared once, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schema.accepted import judge
from schema.catalog import Catalog
from schema.compare import Differences
from schema.drift.comparison import judge_live, models_ahead
from schema.drift.ground import Ground, Live
from schema.drift.result import Drift
from schema.drift.stamp import stamp_problem
from schema.errors import WorkbenchError
from schema.fleet.databases import Database
from schema.fleet.fingerprints import fingerprint, from_bytes, to_bytes
from schema.fleet.reading import Failure, Reading
from schema.fleet.result import Group, Member, ordered
from schema.fleet.tenants import TenantScope
from schema.project import Project
from schema.replay import Progress
from schema.wording import printable

__all__ = ["Judge", "failed", "unchecked"]

#: Of so many groups Git is asked what the catalogs do not explain: that can take replays.
MOST_EXPLAINED = 20
#: So many fingerprints are told to a task, those that most members have.
MOST_KNOWN = 200
#: A reason is a line.
_MOST_CHARACTERS = 500


@dataclass
class _Judged:
    """What is said of all members of a group, but who they are."""

    group: Group
    members: list[str] = field(default_factory=list)


class Judge:
    """Takes what was read of one database after another, and says what to think of it.

    Catalogs are kept once for each fingerprint, compressed. ``home`` is as for TenantScope.
    """

    def __init__(
        self, project: Project, on_progress: Progress | None = None, *, home: str | None = None
    ) -> None:
        self._whole = Ground(project, on_progress)
        self._tenant_scope = TenantScope(project, home)
        self._tenants = Ground(project, on_progress, scope=self._tenant_scope)
        self._judged: dict[str, _Judged] = {}
        self._catalogs: dict[str, bytes] = {}
        #: The fingerprint of a catalog as it was read, and as env.py's filters leave it.
        self._filtered: dict[tuple[bool, str], str] = {}
        self._read: Counter[str] = Counter()
        self.models: dict[str, Differences] = {}
        self.notes: list[str] = list(self._whole.history.problems)

    @property
    def known(self) -> frozenset[str]:
        """The fingerprints of catalogs that need not be sent again."""
        return frozenset(name for name, _ in self._read.most_common(MOST_KNOWN))

    def groups(self, places: Mapping[str, int]) -> tuple[Group, ...]:
        """The groups as they are now, the largest first; ``places`` orders the members."""
        filled = (
            replace(each.group, members=tuple(sorted(each.members, key=places.__getitem__)))
            for each in list(self._judged.values())
            if each.members
        )
        return tuple(ordered(filled))

    def group(self, group_id: str) -> Group:
        """A group by its id, without its members."""
        return self._judged[group_id].group

    # -- what was read -------------------------------------------------------------------------

    def take(self, database: Database, found: Reading | Failure) -> Member:
        """The verdict on a database that was read, or could not be."""
        if isinstance(found, Failure):
            return failed(database, found)
        try:
            return self._taken(database, found)
        except WorkbenchError as error:
            return failed(database, Failure(str(error), found.seconds))

    def _taken(self, database: Database, found: Reading) -> Member:
        filtered = self._fingerprint(database, found)
        kind = str(database.kind)
        group_id = _id(database, found.stamp, filtered)
        judged = self._judged.get(group_id)
        if judged is None:
            group = self._group(group_id, database, found, filtered, kind)
            judged = self._judged[group_id] = _Judged(group)
        judged.members.append(database.name)
        return _member(database, found.seconds, judged.group)

    def _fingerprint(self, database: Database, found: Reading) -> str:
        """That of the catalog without what env.py leaves out; the catalog is kept."""
        self._read[found.fingerprint] += 1
        key = (database.schema_name is not None, found.fingerprint)
        if key not in self._filtered:
            if found.catalog is None:
                raise WorkbenchError("its schema was read, and got lost on the way. Try again.")
            catalog = from_bytes(found.catalog)
            kept = self._filter(database, found, catalog)
            filtered = found.fingerprint if kept is catalog else fingerprint(kept)
            if filtered not in self._catalogs:
                self._catalogs[filtered] = found.catalog if kept is catalog else to_bytes(kept)
            self._filtered[key] = filtered
        return self._filtered[key]

    def _filter(self, database: Database, found: Reading, catalog: Catalog) -> Catalog:
        """A catalog without what env.py leaves out."""
        if database.schema_name is None:
            return self._whole.scope.of(catalog)
        assert database.url is not None  # noqa: S101 -- for the type checker
        if self._tenant_scope.home is None:
            ground, live = self._tenants, Live(database.url, catalog, (), found.facts)
            try:
                made = ground.replay(live, ground.history.heads)
                self._tenant_scope.settle(made.at(made.end))
            except WorkbenchError:  # what is told of each group then
                self._tenant_scope.settle(None)
        return self._tenant_scope.member(catalog)

    def _ground(self, database: Database) -> Ground:
        return self._whole if database.schema_name is None else self._tenants

    def catalog(self, filtered: str) -> Catalog | None:
        data = self._catalogs.get(filtered)
        return None if data is None else from_bytes(data)

    # -- what to think of it -------------------------------------------------------------------

    def _group(
        self, group_id: str, database: Database, found: Reading, filtered: str, kind: str
    ) -> Group:
        catalog = self.catalog(filtered)
        assert catalog is not None and database.url is not None  # noqa: S101, PT018
        ground = self._ground(database)
        live = Live(database.url, catalog, found.stamp, found.facts)
        blank = Group(
            group_id, kind, "clean", found.stamp, filtered, (),
            _catalog=lambda: self.catalog(filtered),
        )  # fmt: skip
        if problem := stamp_problem(ground, live):
            return replace(blank, verdict=problem.kind, reason=_line(f"It {problem.words}"))
        try:
            drift = judge_live(ground, live, is_explained=len(self._judged) < MOST_EXPLAINED)
        except WorkbenchError as error:
            return replace(blank, verdict="incomplete", reason=_line(str(error)))
        self._note_models(ground, live)
        git = ground.archaeology.note  # where Git was asked it is so for all: said once
        if git in drift.notes:
            self.notes.append(str(git))
        return replace(
            blank,
            verdict=_verdict(drift),
            differences=drift.differences,
            pending=tuple(item.id for item in drift.pending_revisions),
            reason=None if drift.is_complete else _line(" ".join(drift.notes)),
            notes=tuple(each for each in drift.notes if each not in self.notes),
        )

    def _note_models(self, ground: Ground, live: Live) -> None:
        """What the models have otherwise than head: said once for each kind of database."""
        if live.dialect not in self.models:
            ahead = models_ahead(ground, live)
            self.models[live.dialect] = Differences(judge(ground.accepted, ahead).real)

    # -- what was known before -----------------------------------------------------------------

    def recall(self, group: Group) -> None:
        """Take over a group of an earlier check, without its members.

        Not one of which not all could be compared: that may be otherwise now.
        """
        if group.verdict != "incomplete":
            name = group.fingerprint
            known = replace(group, members=(), _catalog=lambda: self.catalog(name))
            self._judged.setdefault(group.id, _Judged(known))

    def recall_member(self, member: Member) -> bool:
        """Take over a member of an earlier check; False when its group is not known."""
        if member.group is None:
            return True
        judged = self._judged.get(member.group)
        if judged is not None:
            judged.members.append(member.name)
        return judged is not None


def _id(database: Database, stamp: Sequence[str], filtered: str) -> str:
    parts = [str(database.kind), "+".join(stamp) or "base", filtered[:12]]
    return ":".join([*parts, *(["schema"] if database.schema_name is not None else [])])


def _verdict(drift: Drift) -> str:
    if drift.differences:
        return "drifted-and-behind" if drift.pending_revisions else "drifted"
    if not drift.is_complete:
        return "incomplete"
    return "behind" if drift.pending_revisions else "clean"


def _member(database: Database, seconds: float | None, group: Group) -> Member:
    judged = group.verdict in {"drifted", "drifted-and-behind", "incomplete", "behind", "clean"}
    return Member(
        database.name,
        _url(database),
        database.kind,
        group.verdict,
        schema_name=database.schema_name,
        revision=group.revision,
        behind=len(group.pending) if judged else None,
        differences=len(group.differences) if judged else None,
        causes=dict(group.causes),
        group=group.id,
        fingerprint=group.fingerprint,
        seconds=None if seconds is None else round(seconds, 4),
        reason=group.reason,
    )


def failed(database: Database, failure: Failure) -> Member:
    """A member of which nothing is known, with the reason."""
    return Member(
        database.name,
        _url(database),
        database.kind,
        "unreachable" if failure.is_unreachable else "failed",
        schema_name=database.schema_name,
        seconds=round(failure.seconds, 4),
        reason=_line(failure.reason),
    )


def unchecked(databases: Sequence[Database], reason: str | None = None) -> Iterator[Member]:
    """Members that nobody has looked at yet."""
    for database in databases:
        yield Member(
            database.name, _url(database), database.kind, "not-checked",
            schema_name=database.schema_name, reason=reason,
        )  # fmt: skip


def _url(database: Database) -> str:
    return replace(database, schema_name=None).shown


def _line(text: str) -> str:
    said = " ".join(printable(text).split())
    return said if len(said) <= _MOST_CHARACTERS else f"{said[:_MOST_CHARACTERS]} …"
