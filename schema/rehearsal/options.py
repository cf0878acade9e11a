"""How closely a rehearsal looks, and how a single step is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from schema.errors import WorkbenchError
from schema.worker.parent import Fault, Transactions

__all__ = ["AS_USUAL", "Depth", "Options", "Running"]

#: How much of the data is read before and after each step: every value, row counts, or nothing.
Depth = Literal["full", "rows", "off"]


@dataclass(frozen=True, slots=True)
class Options:
    """How closely a rehearsal looks at its steps.

    ``ledger`` is ``"full"`` (every value is read before and after a step, so that any loss is
    seen), ``"rows"`` (rows are counted) or ``"off"``. ``examples`` allows values of the data in
    results; ``hide_parameters`` keeps the parameters of statements out. ``stall_probes`` has
    readers and writers feel what each step blocks; then ``hold`` is for how many seconds a long
    reader holds the tables, and ``lock_timeout`` what one scenario sets, in seconds.
    """

    ledger: Depth = "full"
    examples: bool = True
    hide_parameters: bool = False
    stall_probes: bool = False
    hold: float = 2.0
    lock_timeout: float = 1.0

    def __post_init__(self) -> None:
        for name in ("hold", "lock_timeout"):
            if not getattr(self, name) > 0:
                raise WorkbenchError(f"{name} is a time in seconds, more than 0.")


@dataclass(frozen=True, slots=True)
class Running:
    """How one step is run.

    ``transactions`` is ``"real"`` (one transaction a step also on SQLite) or ``"project"`` (as the
    project's own engine and env.py make them). ``session`` are settings of a server's session,
    such as ``{"lock_timeout": "1s"}``. ``fault`` makes it fail on purpose.
    """

    transactions: Transactions = "real"
    session: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None


#: As a rehearsal runs its steps unless it is told otherwise.
AS_USUAL = Running()
