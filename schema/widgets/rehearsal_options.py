"""What of a database is copied, and how closely a rehearsal looks: the choices before Copy."""

from __future__ import annotations

import ipywidgets as ipw

from schema.rehearsal import Options
from schema.widgets.parts import field, heard, row

__all__ = ["RehearsalOptions"]

_LEDGERS = (
    ("every value: any loss is seen", "full"),
    ("row counts only", "rows"),
    ("not at all: quickest", "off"),
)


class RehearsalOptions(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Controls for ``options``; they hold from the next Copy on."""

    def __init__(self) -> None:
        self.ledger = field(
            ipw.Dropdown, "Compare data", "How closely data is compared", options=_LEDGERS
        )
        self.ledger.style.description_width = "95px"
        self.probes = _tick("Stall probes", "Have readers and writers feel what each step blocks")
        self.examples = _tick("Show examples", "Show values of the data that was lost", True)
        self.parameters = _tick("Show parameters", "Show the parameters of statements", True)
        super().__init__([row(self.ledger, self.probes, self.examples, self.parameters)])

    def __repr__(self) -> str:
        return "<RehearsalOptions>"

    @property
    def options(self) -> Options:
        """What is chosen now."""
        return Options(
            ledger=self.ledger.value,
            examples=self.examples.value,
            hide_parameters=not self.parameters.value,
            stall_probes=self.probes.value,
        )

    def set_busy(self, busy: bool) -> None:
        """Nothing can be chosen while something runs."""
        for control in (self.ledger, self.probes, self.examples, self.parameters):
            control.disabled = busy


def _tick(label: str, tooltip: str, value: bool = False) -> ipw.Checkbox:
    return heard(
        ipw.Checkbox(
            value=value,
            description=label,
            tooltip=tooltip,
            indent=False,
            layout=ipw.Layout(width="auto", margin="0 12px 0 4px"),
        )
    )
