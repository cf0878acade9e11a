"""The parts of a rehearsal panel beside its steps: plan, way back, forecast, comparison."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as ipw
from markupsafe import Markup

from schema.rehearsal import Step
from schema.rehearsal.versus import versus
from schema.render import panel, versus_html
from schema.widgets.parts import button, field, row
from schema.wording import counted

__all__ = ["CompareView", "ForecastView", "View"]


class View(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A result under what asks for it; until there is one, a sentence says how to come by it."""

    def __init__(self, what: str, how: str, *controls: ipw.Widget) -> None:
        self.result = ipw.HTML("", tooltip=what)
        self._how = how
        super().__init__([*([row(*controls)] if controls else []), self.result])
        self.clear()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def show(self, html: str) -> None:
        """Show a result."""
        self.result.value = html

    def clear(self) -> None:
        """Take the result away, and say again how to come by one."""
        self.result.value = panel(Markup('<p class="swb-faint">{}</p>').format(self._how))


class ForecastView(View):
    """Asks for production's rows; ``begin`` is the button."""

    def __init__(self) -> None:
        self.rows = field(
            ipw.Text,
            "Rows",
            "Production's rows: all tables' together, a factor, or by table",
            value="10x",
            placeholder="50000000, or 10x, or users=2000,pools=10",
            continuous_update=False,
        )
        self.begin = button(
            "Forecast",
            "line-chart",
            "Rehearse on samples of the data, and tell what more would take",
        )
        how = (
            "A forecast rehearses the way to the target on 1, 3, 10 and 100 % of the rows, on "
            "copies of its own, and says how long each step takes with production's."
        )
        super().__init__("The forecast", how, self.rows, self.begin)

    def set_busy(self, busy: bool) -> None:
        self.begin.disabled = self.rows.disabled = busy


class CompareView(View):
    """Keeps the steps of one rehearsal, and compares those of the next with them."""

    def __init__(self) -> None:
        self.kept: tuple[Step, ...] = ()
        self.keep = button(
            "Keep for comparison",
            "thumb-tack",
            "Remember these steps, to compare the next with them",
        )
        how = (
            "Run the steps, and press Keep for comparison. Then improve the revision, press Reset, "
            "and run them again: here stands what became better."
        )
        super().__init__("The comparison", how, self.keep)

    def hold(self, steps: Sequence[Step]) -> None:
        """Remember these steps as the earlier side."""
        self.kept = tuple(steps)
        said = Markup("<p>{} kept. Reset, and run them again to compare.</p>")
        self.show(panel(said.format(counted(len(self.kept), "step"))))

    def compare(self, steps: Sequence[Step]) -> None:
        """Compare the kept steps with these; nothing while none are kept."""
        if self.kept and steps and steps[0] is not self.kept[0]:
            self.show(versus_html(versus(self.kept, steps)))
