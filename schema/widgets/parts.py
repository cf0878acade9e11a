"""What every widget is made of: buttons, and what tells how the work is going."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import ipywidgets as ipw

from schema.render import error_html, log_html, status_html
from schema.widgets.job import Job

__all__ = ["Log", "Panel", "button", "field", "heard", "row"]

W = TypeVar("W")

#: Seconds between two paintings of what changes often, so that the page is not flooded.
PAUSE = 0.1
#: A log keeps its last lines only, and of a line its beginning.
MOST_LINES = 500
#: While lines come in, only the newest are shown: all of them would be sent ten times a second.
NEWEST_LINES = 40
MOST_CHARACTERS = 300

#: In a row: as wide as there is room, and on a line of its own where there is little:
#: also when what can be chosen is longer than the page is wide.
_WIDE = {"width": "auto", "min_width": "0", "flex": "1 1 320px"}


def heard(control: W) -> W:
    """Have what a page sends to this control handled where that page asks for it.

    ipykernel 7.4 sends it to the subshell that last wrote to the control instead. After a reload of
    the page that subshell is gone, and every click would be lost ("Unknown subshell_id"); and a
    control that nobody wrote to yet would wait until a running cell ends. Other versions, and code
    outside of a kernel, have no such rule, and need nothing.
    """
    comm = getattr(control, "comm", None)
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _where_asked
    return control


def _where_asked(_data: object, asked: str | None) -> str | None:
    return asked


def button(text: str, icon: str, tooltip: str, style: str = "") -> ipw.Button:
    """A button with words and an icon."""
    layout = ipw.Layout(width="auto")
    return heard(
        ipw.Button(description=text, icon=icon, tooltip=tooltip, button_style=style, layout=layout)
    )


def row(*children: ipw.Widget) -> ipw.HBox:
    """Widgets side by side, wrapped where the page is narrow."""
    return ipw.HBox(list(children), layout=ipw.Layout(flex_flow="row wrap", align_items="center"))


def field(kind: Callable[..., W], label: str, tooltip: str, **options: object) -> W:
    """An input with its label. Without a tooltip of its own the label would say "null"."""
    return heard(
        kind(
            description=label,
            tooltip=tooltip,
            layout=ipw.Layout(**_WIDE),
            style={"description_width": "70px"},
            **options,
        )
    )


class Log:
    """Lines of text, the last of them in sight. May be written from any thread."""

    def __init__(self) -> None:
        self.box = ipw.HTML(log_html(()), tooltip="Log: what is being run")
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self._lock = threading.Lock()
        self._painted = 0.0

    def add(self, line: str) -> None:
        """Add a line; it is seen at the latest when ``paint`` is called."""
        line = " ".join(line.split())
        cut = line if len(line) <= MOST_CHARACTERS else line[:MOST_CHARACTERS] + " …"
        with self._lock:
            self.lines.append(cut)
            due = time.monotonic() - self._painted >= PAUSE
        if due:
            self._paint(NEWEST_LINES)

    def paint(self) -> None:
        """Show all lines now."""
        self._paint(MOST_LINES)

    def _paint(self, most: int) -> None:
        with self._lock:
            self._painted = time.monotonic()
            shown = log_html(list(self.lines)[-most:])
        self.box.value = shown

    def clear(self) -> None:
        with self._lock:
            self.lines.clear()
        self.paint()


class Panel(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Base of the widgets: work in the background, and how it goes, shown under the controls.

    Progress is always a number beside the bar, and an error stays under the widget that met it.
    """

    def __init__(self) -> None:
        self.status = ipw.HTML(status_html("Ready."), tooltip="Status")
        self.error = ipw.HTML("", tooltip="Error")
        self.bar = ipw.IntProgress(value=0, min=0, max=1, tooltip="Progress")
        self.bar.layout = ipw.Layout(width="160px", display="none")
        self.count = ipw.Label("", tooltip="Progress in numbers")
        self.job = Job(self._fail, self._end)
        self._painted = 0.0
        super().__init__()

    def __repr__(self) -> str:
        """Short: ipywidgets would print every trait, and with them what is on the page."""
        return f"<{type(self).__name__}>"

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the work is done, at most ``timeout`` seconds; False when it still runs."""
        return self.job.wait(timeout)

    def say(self, text: str) -> None:
        """Put a sentence on the status line."""
        self.status.value = status_html(text)

    def tell_progress(self, done: int, total: int, unit: str = "") -> None:
        """``3 of 8`` beside the bar. What comes too often is left out, but never the end."""
        now = time.monotonic()
        if now - self._painted < PAUSE and 0 < done < total:
            return
        self._painted = now
        self.bar.max, self.bar.value = max(total, 1), done
        self.bar.layout.display = None
        self.count.value = f"{done} of {total}{unit}"

    def clear_progress(self) -> None:
        self.bar.layout.display = "none"
        self.bar.value = 0
        self.count.value = ""

    def begin(self, work: Callable[[], None]) -> None:
        """Start work in the background, unless some is running."""
        if self.job.is_running:
            self.say("Still busy: wait, or press Stop.")
            return
        self.error.value = ""
        self.set_busy(True)
        if not self.job.start(work):
            self.say("Still busy: wait, or press Stop.")

    def set_busy(self, busy: bool) -> None:
        """Enable and disable the controls; called in the handler's and in the work's thread."""

    def when(self, control: ipw.Button, action: Callable[[], None]) -> None:
        """Call ``action`` when a button is pressed. What it raises would be lost: it is shown."""

        def pressed(_: object) -> None:
            try:
                action()
            except Exception as error:
                self._fail(error)

        control.on_click(pressed)

    def _fail(self, error: BaseException) -> None:
        self.error.value = error_html(error)
        self.say("That did not work; see the message below.")

    def _end(self) -> None:
        self.set_busy(False)
