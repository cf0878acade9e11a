"""Trouble on a page: what happened, what is known of it, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from schema.render.history import problems_html
from schema.render.theme import join, panel, text
from schema.trouble import Advice, Diagnosis, Help, Trouble
from schema.wording import capitalised

__all__ = ["diagnosis_html", "help_html", "trouble_html", "trouble_parts"]


def diagnosis_html(found: Diagnosis) -> str:
    """The verdict, then each trouble."""
    state, mark = ("bad", "✗") if found else ("warn", "!") if found.notes else ("good", "✓")
    verdict = Markup('<div class="swb-verdict swb-{}" role="status">{} {}</div>').format(
        state, mark, text(capitalised(found.verdict))
    )
    looked = Markup('<div class="swb-faint">Looked at {}.</div>').format(
        text(", ".join(found.looked_at))
    )
    return panel(
        verdict,
        looked if found.looked_at else "",
        *(_item(trouble) for trouble in found),
        problems_html((capitalised(note) for note in found.notes), "note"),
    )


def trouble_html(trouble: Trouble) -> str:
    """One trouble by itself."""
    return panel(_item(trouble))


def help_html(found: Help) -> str:
    """An error with the troubles behind it; its details are to be unfolded."""
    head = Markup("<b>✗ {}</b>").format(text(str(found.error)))
    troubles = found.troubles
    parts = [_item(item) if found.says_more(item) else trouble_parts(item) for item in troubles]
    whole = Markup("<details><summary>{}</summary><pre>{}</pre></details>")
    folded = [
        whole.format(text(name.capitalize()), text(said))
        for name, said in found.error.details.items()
    ]
    more = Markup(
        '<div class="swb-faint">All that can be found out and tried: <code>{}</code></div>'
    )
    body = join([head, *parts, *folded, more.format("project.diagnose()") if troubles else ""])
    return panel(Markup('<div class="swb-error" role="alert">{}</div>').format(body))


def _item(trouble: Trouble) -> Markup:
    head = Markup("<h4>{}</h4>").format(text(trouble.said))
    return Markup('<div class="swb-item">{}{}</div>').format(head, trouble_parts(trouble))


def trouble_parts(trouble: Trouble) -> Markup:
    """What is known of it, and what to do: all but what happened."""
    return join(_parts(trouble))


def _parts(trouble: Trouble) -> Iterator[Markup]:
    if trouble.known:
        items = join(Markup("<li>{}</li>").format(text(said)) for said in trouble.known)
        yield Markup("<ul>{}</ul>").format(items)
    if trouble.advice:
        yield Markup("<div><b>What to do</b></div>")
        yield from map(_advice, trouble.advice)
    if trouble.offer is not None:
        whole = Markup(
            "<details><summary>A file that would do: <code>{}</code></summary>"
            '<pre class="swb-file">{}</pre></details>'
        )
        yield whole.format(text(trouble.offer.filename), text(trouble.offer.text))


def _advice(advice: Advice) -> Markup:
    said = Markup("<p>{}</p>").format(text(advice.said))
    copied = Markup('<pre class="swb-copy">{}</pre>')
    shown = [copied.format(text(each)) for each in (advice.command, advice.sql) if each]
    return join([said, *shown])
