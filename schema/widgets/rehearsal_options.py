"""What of a database is copied, and how closely a rehearsal looks: the choices before Copy."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as ipw

from schema.errors import WorkbenchError
from schema.rehearsal import Options
from schema.scratch import WHOLE, Choice
from schema.widgets.parts import field, heard, row

__all__ = ["RehearsalOptions"]

_ROWS = (
    ("all rows", "all"),
    ("the schema only", "none"),
    ("the first rows of each table", "first"),
    ("a sample of the rows", "sample"),
    ("made-up rows", "synthetic"),
)
_LEDGERS = (
    ("every value: any loss is seen", "full"),
    ("row counts only", "rows"),
    ("not at all: quickest", "off"),
)


class RehearsalOptions(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Controls for ``choice`` and ``options``; they hold from the next Copy on."""

    def __init__(self) -> None:
        self.rows = field(
            ipw.Dropdown, "Copy", "What of the database is copied; keys stay whole", options=_ROWS
        )
        self.amount = field(
            ipw.Text,
            "How many",
            "Rows of each table, as in 1000; of a sample also a part, as in 3 %",
            value="1000",
            continuous_update=False,
        )
        self.masks = field(
            ipw.Text,
            "Masks",
            "Rules for columns whose values nobody is to see, parted by blanks",
            placeholder="users.name=hash users.address=null",
            continuous_update=False,
        )
        self.ledger = field(
            ipw.Dropdown, "Compare", "How closely the data is compared", options=_LEDGERS
        )
        self.probes = _tick("Stall probes", "Have readers and writers feel what each step blocks")
        self.examples = _tick("Show examples", "Show values of the data that was lost", True)
        self.parameters = _tick("Show parameters", "Show the parameters of statements", True)
        self.rows.observe(lambda _: self._offer_amount(), names="value")
        super().__init__(
            [
                row(self.rows, self.amount, self.masks),
                row(self.ledger, self.probes, self.examples, self.parameters),
            ]
        )
        self._offer_amount()

    def __repr__(self) -> str:
        return "<RehearsalOptions>"

    @property
    def choice(self) -> Choice:
        """What of the database is to be copied. Raises WorkbenchError for what is no number."""
        makers: dict[str, Callable[[], Choice]] = {
            "all": lambda: WHOLE,
            "none": Choice.schema_only,
            "first": lambda: Choice.first(_number(self.amount.value)),
            "sample": lambda: Choice.sample(_part_or_number(self.amount.value)),
            "synthetic": lambda: Choice.synthetic(_number(self.amount.value)),
        }
        return makers[self.rows.value]().masked(self.masks.value.split())

    @property
    def options(self) -> Options:
        """How closely to look."""
        return Options(
            ledger=self.ledger.value,
            examples=self.examples.value,
            hide_parameters=not self.parameters.value,
            stall_probes=self.probes.value,
        )

    def set_busy(self, busy: bool) -> None:
        """Nothing can be chosen while something runs."""
        ticks = (self.probes, self.examples, self.parameters)
        for control in (self.rows, self.amount, self.masks, self.ledger, *ticks):
            control.disabled = busy

    def _offer_amount(self) -> None:
        has_amount = self.rows.value in {"first", "sample", "synthetic"}
        self.amount.layout.display = None if has_amount else "none"


def _number(said: str) -> int:
    try:
        return int(said.replace(",", "").strip())
    except ValueError:
        raise WorkbenchError(f"{said!r} is no number of rows. Write it as in 1000.") from None


def _part_or_number(said: str) -> float:
    """``3 %`` is a part of the rows, ``1000`` a number of them."""
    if not said.strip().endswith("%"):
        return _number(said)
    try:
        return float(said.strip().rstrip("%")) / 100
    except ValueError:
        raise WorkbenchError(f"{said!r} is no part of the rows. Write it as in 3 %.") from None


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
