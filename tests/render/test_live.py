"""Status, log and errors are said by role, in full, and never as markup."""

from __future__ import annotations

from schema.errors import ScratchError
from schema.render import error_html, log_html, status_html

HOSTILE = "<img src=x onerror=alert(1)>"


def test_status_is_spoken_and_escaped() -> None:
    shown = status_html(HOSTILE)
    assert 'role="status" aria-live="polite"' in shown
    assert "<img" not in shown


def test_what_stands_between_dollar_signs_is_set_as_no_formula() -> None:
    """JupyterLab runs MathJax over an output; a function's ``$function$`` would lose its signs."""
    assert '<div class="swb mathjax_ignore">' in status_html("AS $function$ BEGIN END $function$")


def test_log_is_escaped_and_says_when_it_is_empty() -> None:
    assert 'role="log"' in log_html([])
    assert "Nothing has been run yet." in log_html([])
    shown = log_html(["first", HOSTILE])
    assert "<img" not in shown
    assert "first\n&lt;img" in shown


def test_an_error_of_ours_is_its_message_and_its_details() -> None:
    shown = error_html(ScratchError("No room.", details={"sql": HOSTILE}))
    assert "No room." in shown
    assert "<summary>Sql</summary>" in shown
    assert "<img" not in shown
    assert "ScratchError" not in shown


def test_any_other_error_is_shown_with_its_traceback() -> None:
    try:
        raise KeyError("missing")
    except KeyError as error:
        shown = error_html(error)
    assert "Unexpected KeyError" in shown
    assert "test_live.py" in shown
