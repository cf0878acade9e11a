"""What one step of a rehearsal is: one revision, run up or down, and what was observed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from schema.catalog import Catalog, Identity
from schema.compare import Differences, compare
from schema.display import Displayed
from schema.rehearsal.ledger import DataVerdict, Ledger, Rows
from schema.rehearsal.observed import Lock, Notice, Rewrite, Size, Wait
from schema.rehearsal.relations import Relations

if TYPE_CHECKING:
    import pandas as pd

    from schema.rehearsal.hazards import Hazard
    from schema.rehearsal.stalls import Stalls

__all__ = ["BATCH_COPY", "Direction", "State", "Statement", "Step"]

Direction = Literal["up", "down"]

#: How Alembic's batch mode calls the copy that it fills; one that is left stops the next attempt.
BATCH_COPY = "_alembic_tmp_"

#: The hazard rule that a lost value answers to.
DATA_LOST = "data-lost"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement as it ran. The same statement many times in a row is one of these.

    So is one that reads or changes rows and bears its values in its text, with others each time;
    ``sql`` is the first text then.

    ``seconds`` is the sum over all ``executions``. ``rows`` is what the driver says was touched or
    returned; None where it does not say. ``parameters`` are those of the first execution, as text;
    None where there are none, or where they were to stay hidden. ``started`` is the time since the
    step began, in seconds; ``wal_bytes`` what PostgreSQL's server wrote to its log meanwhile. Both
    are None where they were not measured.

    ``algorithm`` is how MariaDB alters the table: the first of ``"INSTANT"``, ``"NOCOPY"``,
    ``"INPLACE"`` and ``"COPY"`` that it accepts, ``lock`` the weakest lock that it then needs
    (``"NONE"``: others read and write, ``"SHARED"``: they read, ``"EXCLUSIVE"``), and ``refused``
    why it takes no better one. All are None elsewhere, and where it could not be tried.
    """

    sql: str
    seconds: float
    rows: int | None
    executions: int = 1
    parameters: str | None = None
    started: float | None = None
    wal_bytes: int | None = None
    algorithm: str | None = None
    lock: str | None = None
    refused: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Statement:
        """From what the worker sent."""
        return cls(
            sql=str(event["sql"]),
            seconds=float(event["seconds"]),
            rows=event.get("rows"),
            executions=int(event.get("executions", 1)),
            parameters=event.get("parameters"),
            started=event.get("started"),
            wal_bytes=event.get("wal_bytes"),
            algorithm=event.get("algorithm"),
            lock=event.get("lock"),
            refused=event.get("refused"),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "sql": self.sql,
            "seconds": round(self.seconds, 6),
            "rows": self.rows,
            "executions": self.executions,
            "parameters": self.parameters,
            "started": None if self.started is None else round(self.started, 6),
            "wal_bytes": self.wal_bytes,
            "algorithm": self.algorithm,
            "lock": self.lock,
            "refused": self.refused,
        }

    @property
    def cost(self) -> str | None:
        """What altering a MariaDB table this way means for others; None where it is not known."""
        if self.algorithm is None:
            return None
        waits = {"NONE": "nobody waits", "SHARED": "writes wait"}.get(
            self.lock or "", "reads and writes wait"
        )
        return f"{_ALGORITHMS[self.algorithm]}, {waits} meanwhile"


_ALGORITHMS = {
    "INSTANT": "INSTANT: only the definition changes",
    "NOCOPY": "NOCOPY: the table is not written anew",
    "INPLACE": "INPLACE: the table may be written anew",
    "COPY": "COPY: the table is copied row by row",
}


@dataclass(frozen=True)
class State:
    """A scratch database at one moment: its stamps, its catalog, its data and its storage.

    Alembic's version table is in neither catalog nor ledger. ``ledger`` is None where the data was
    not read. ``relations`` is what stores the data, with its size. ``identities`` is what the
    server knows objects by, so that a renamed one is told for certain; empty on SQLite.
    """

    stamp: tuple[str, ...]
    catalog: Catalog
    ledger: Ledger | None = None
    relations: Relations | None = None
    identities: Mapping[Identity, str] = field(default_factory=dict)

    @property
    def rows(self) -> Rows:
        """Every table's rows; empty where they were not counted."""
        return {} if self.ledger is None else self.ledger.rows

    def differences_from(self, before: State) -> Differences:
        """What differs in the schema from an earlier state of the same database."""
        known = before.identities, self.identities
        return compare(before.catalog, self.catalog, identities=known)


@dataclass(frozen=True)
class Step(Displayed):
    """One revision run up or down on a scratch database, and what was seen before and after.

    ``seconds`` is the wall time of the revision, without our own reading. ``differences`` are those
    of the catalog, before being the left side. ``error`` is None when the step succeeded, else what
    happened; then ``details`` holds the failing ``sql`` and the ``traceback`` where they are known,
    and differences, rows and ``stamp_after`` tell what the failure left behind. ``stamp_after`` is
    None, and a note says why, when the database could not be read any more.

    ``locks`` are those held at the end of its transactions, ``rewrites`` what was written anew,
    ``sizes`` what became larger or smaller, ``waits`` what the step itself waited for, ``notices``
    what the server and Python said meanwhile. ``wal_bytes`` is what the server wrote to its log,
    ``temp_bytes`` to temporary files, ``python_seconds`` the time outside of SQL: each is None
    where it was not measured.

    ``data`` is what became of the data; None when it was not read. ``hazards`` are what can hurt a
    running service, the gravest first. ``stalls`` is what readers and writers felt; None when there
    were none.
    """

    revision: str
    message: str
    direction: Direction
    seconds: float
    statements: tuple[Statement, ...]
    differences: Differences
    rows_before: Rows
    rows_after: Rows
    stamp_before: tuple[str, ...] = ()
    stamp_after: tuple[str, ...] | None = ()
    error: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    locks: tuple[Lock, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    sizes: tuple[Size, ...] = ()
    waits: tuple[Wait, ...] = ()
    notices: tuple[Notice, ...] = ()
    wal_bytes: int | None = None
    temp_bytes: int | None = None
    python_seconds: float | None = None
    data: DataVerdict | None = None
    hazards: tuple[Hazard, ...] = ()
    stalls: Stalls | None = None

    def __post_init__(self) -> None:
        for name in ("rows_before", "rows_after", "details"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def failed(self) -> bool:
        """Whether the revision raised, was stopped, or lost its database."""
        return self.error is not None

    @property
    def loses_data(self) -> bool:
        """Whether data was lost for which the revision's file declares no reason.

        It declares one by a comment, ``# schema: ignore data-lost: <reason>``.
        """
        if self.data is None or self.data.verdict != "lost":
            return False
        told = [item.ignored for item in self.hazards if item.rule == DATA_LOST]
        return not told or not all(told)

    @property
    def leftovers(self) -> tuple[str, ...]:
        """Half-filled copies that a failed batch operation left; they stop the next attempt."""
        added = [
            item for item in self.differences if (item.kind, item.change) == ("table", "added")
        ]
        return tuple(item.name for item in added if item.name.startswith(BATCH_COPY))

    @property
    def rows(self) -> dict[str, tuple[int | None, int | None]]:
        """Each table's rows before and after; None on the side where the table is not there."""
        tables = sorted({*self.rows_before, *self.rows_after})
        return {name: (self.rows_before.get(name), self.rows_after.get(name)) for name in tables}

    @property
    def changed_rows(self) -> dict[str, tuple[int | None, int | None]]:
        """The part of ``rows`` where the two sides differ; nothing where it was not read again."""
        if self.stamp_after is None:
            return {}
        return {name: pair for name, pair in self.rows.items() if pair[0] != pair[1]}

    def __repr__(self) -> str:
        outcome = f"FAILED: {self.error}" if self.failed else f"{len(self.differences)} differences"
        return (
            f"<Step {self.direction} {self.revision} in {self.seconds:.3f} s, "
            f"{len(self.statements)} statements, {outcome}>"
        )

    def rows_frame(self) -> pd.DataFrame:
        """One row a table: ``table, before, after, change``; missing where a table is not there."""
        import pandas as pd

        frame = pd.DataFrame(
            [(table, before, after) for table, (before, after) in self.rows.items()],
            columns=["table", "before", "after"],
        ).astype({"before": "Int64", "after": "Int64"})
        return frame.assign(change=frame["after"] - frame["before"])

    def statements_frame(self) -> pd.DataFrame:
        """One row a statement: ``sql, seconds, rows, executions, parameters, started,
        wal_bytes``."""
        import pandas as pd

        columns = [item.name for item in fields(Statement)]
        frame = pd.DataFrame([item.to_dict() for item in self.statements], columns=columns)
        return frame.astype({"rows": "Int64", "wal_bytes": "Int64"})

    def locks_frame(self) -> pd.DataFrame:
        """One row a lock: ``relation, kind, mode, statement, seconds, is_new, blocks``."""
        return _frame(self.locks, [*(item.name for item in fields(Lock)), "blocks"])

    def rewrites_frame(self) -> pd.DataFrame:
        """One row a table or index that was written anew, with its bytes before and after."""
        return _frame(self.rewrites, [item.name for item in fields(Rewrite)])

    def sizes_frame(self) -> pd.DataFrame:
        """One row a table or index that changed its size: ``relation, kind, before, after``."""
        return _frame(self.sizes, [item.name for item in fields(Size)])

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.revision,
            "message": self.message,
            "direction": self.direction,
            "seconds": round(self.seconds, 6),
            "statements": [item.to_dict() for item in self.statements],
            "differences": self.differences.to_list(),
            "rows": {name: list(pair) for name, pair in self.rows.items()},
            "stamp_before": list(self.stamp_before),
            "stamp_after": None if self.stamp_after is None else list(self.stamp_after),
            "error": self.error,
            "details": dict(self.details),
            "leftovers": list(self.leftovers),
            "notes": list(self.notes),
            "locks": [item.to_dict() for item in self.locks],
            "rewrites": [item.to_dict() for item in self.rewrites],
            "sizes": [item.to_dict() for item in self.sizes],
            "waits": [item.to_dict() for item in self.waits],
            "notices": [item.to_dict() for item in self.notices],
            "wal_bytes": self.wal_bytes,
            "temp_bytes": self.temp_bytes,
            "python_seconds": None
            if self.python_seconds is None
            else round(self.python_seconds, 6),
            "data": None if self.data is None else self.data.to_dict(),
            "hazards": [item.to_dict() for item in self.hazards],
            "stalls": None if self.stalls is None else self.stalls.to_dict(),
        }


def _frame(
    items: Sequence[Lock] | Sequence[Rewrite] | Sequence[Size], columns: list[str]
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([item.to_dict() for item in items], columns=columns)
