"""A hazard: something that a revision does, or was seen doing, that can hurt a running service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEVERITIES", "Hazard", "Severity", "hazards_frame", "milder"]

Severity = Literal["low", "medium", "high"]

#: From the mildest on.
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard of one revision.

    ``rule`` is the id of the rule that explains it. ``observed`` is True when the rehearsal saw the
    effect, False where only the text of the statements shows it. ``object`` is the label of what is
    concerned, None for the revision as a whole. ``message`` is one sentence; ``advice`` the safer
    form, as code where there is code for it. ``statement`` is the index in the step's statements,
    None for what no single one does. ``ignored`` is the reason for which the project accepts it,
    None while it does not.
    """

    rule: str
    severity: Severity
    observed: bool
    object: str | None
    message: str
    advice: str
    statement: int | None = None
    ignored: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


def hazards_frame(hazards: Iterable[Hazard]) -> pd.DataFrame:
    """One row a hazard: ``rule, severity, observed, object, message, advice, statement,
    ignored``."""
    import pandas as pd

    columns = [item.name for item in fields(Hazard)]
    frame = pd.DataFrame([hazard.to_dict() for hazard in hazards], columns=columns)
    return frame.astype({"statement": "Int64"})


def milder(left: Severity, right: Severity) -> Severity:
    """The milder one of two severities."""
    return min(left, right, key=SEVERITIES.index)
