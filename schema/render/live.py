"""What changes while work goes on: a status line, a log, and the error that ended it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from markupsafe import Markup

from schema.errors import WorkbenchError
from schema.render.theme import BORDER, FAINT, MONO, join, ours, panel, text
from schema.render.trouble import help_html
from schema.trouble import help_for

__all__ = ["error_html", "log_html", "status_html"]

# The box keeps to its newest line without a script: a column that is filled from its end.
_LOG_STYLE = ours(
    "display:flex;flex-direction:column-reverse;max-height:150px;overflow:auto;"
    f"border:1px solid {BORDER};border-radius:3px;padding:4px 8px;font:12px/1.5 {MONO};"
)


def status_html(said: str) -> str:
    """One line that a screen reader speaks when it changes."""
    return panel(Markup('<div role="status" aria-live="polite">{}</div>').format(text(said)))


def log_html(lines: Sequence[str]) -> str:
    """The lines, oldest first, scrolled to the end.

    It is a log by role, yet not spoken line by line: the status says what matters.
    """
    whole = Markup(
        '<div role="log" aria-live="off" aria-label="Log" tabindex="0" style="{}">'
        '<pre style="flex:none;border:0;max-height:none;padding:0">{}</pre></div>'
    )
    shown = text("\n".join(lines)) or Markup('<span style="color:{}">{}</span>').format(
        ours(FAINT), "Nothing has been run yet."
    )
    return panel(whole.format(_LOG_STYLE, shown))


def error_html(error: BaseException) -> str:
    """What went wrong, with what is known about it to unfold.

    An error of the workbench is its message and its details. Any other is a defect of ours: it is
    shown with its traceback.
    """
    if isinstance(error, WorkbenchError):
        return help_html(help_for(error))
    message = f"Unexpected {type(error).__name__}: {error}"
    details = {"traceback": "".join(traceback.format_exception(error))}
    whole = Markup("<details><summary>{}</summary><pre>{}</pre></details>")
    folded = [whole.format(text(name.capitalize()), text(said)) for name, said in details.items()]
    body = join([Markup("<b>✗ {}</b>").format(text(message)), *folded])
    return panel(Markup('<div class="swb-error" role="alert">{}</div>').format(body))
