"""The lives of what a revision touched: each of its tables, columns, keys a choice away."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as ipw
from markupsafe import Markup

from schema.biography import biography_of
from schema.render import biography_html, error_html, panel
from schema.timeline import Step, Timeline
from schema.widgets.latest import Latest
from schema.widgets.parts import field, row
from schema.wording import printable

__all__ = ["BiographyTab"]

#: So many things are offered of a revision; one that makes hundreds of tables is read elsewhere.
_MOST = 300

#: A name, and the kind of what is called so; "" for a table or a view.
_Thing = tuple[str, str]


class BiographyTab(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """``chosen`` offers what a step touched, its tables first; ``biography`` shows one's life."""

    def __init__(self) -> None:
        self._timeline: Timeline | None = None
        self._quiet = False
        self.chosen = field(
            ipw.Dropdown,
            "Life of",
            "Whose biography to show: every revision that made, changed, renamed or dropped it",
            options=[],
        )
        self.biography = ipw.HTML("", tooltip="The biography")
        self._loader = Latest(self._fail)
        self.chosen.observe(lambda _: self._show(), names="value")
        super().__init__([row(self.chosen), self.biography])

    def __repr__(self) -> str:
        return "<BiographyTab>"

    def offer(self, timeline: Timeline | None, step: Step | None, trouble: str) -> None:
        """Offer what a step of a timeline touched; without one, say why there is none."""
        self._timeline = timeline
        options = [] if step is None else list(dict(_things(step)).items())[:_MOST]
        self._quiet = True
        try:
            self.chosen.options = options
            self.chosen.value = options[0][1] if options else None
        finally:
            self._quiet = False
        self.chosen.layout.display = None if options else "none"
        if options:
            self._show()
        elif step is None:
            self._say(trouble or "It was not replayed yet, so that is not known.")
        else:
            self._say(f"It touched nothing of the schema: {step.summary}.")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the biography is there."""
        return self._loader.wait(timeout)

    def _say(self, said: str) -> None:
        self.biography.value = panel(Markup("<p>{}</p>").format(said))

    def _fail(self, error: BaseException) -> None:
        self.biography.value = error_html(error)

    def _show(self) -> None:
        timeline, thing = self._timeline, self.chosen.value
        if self._quiet or timeline is None or thing is None:
            return
        name, kind = thing

        def work() -> None:
            found = biography_html(biography_of(timeline, name, kind=kind or None))
            if (self._timeline, self.chosen.value) == (timeline, thing):
                self.biography.value = found

        self._loader.ask(work)


def _things(step: Step) -> Iterator[tuple[str, _Thing]]:
    """What a step touched, with what it is called: ``("column users.role", ("users.role", …))``."""
    for name in step.tables:
        yield printable(name), (name, "")
    for item in step.differences:
        if item.label not in step.tables:
            yield printable(f"{item.kind} {item.label}")[:160], (item.label, item.kind)
