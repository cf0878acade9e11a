"""The hazards of a step, or of what is planned: what, how it is known, and what is safer."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from schema.rehearsal.hazards import SEVERITIES, Hazard
from schema.render.theme import join, text
from schema.wording import counted

__all__ = ["hazard_html", "hazards_html"]

_LOOKS = {"high": "swb-bad", "medium": "swb-warn"}


def hazards_html(hazards: Sequence[Hazard]) -> Markup:
    """All hazards, the severest first; those that the project ignores are folded, with why."""
    if not hazards:
        return Markup()
    heeded = sorted(
        (item for item in hazards if item.ignored is None),
        key=lambda item: -SEVERITIES.index(item.severity),
    )
    ignored = [item for item in hazards if item.ignored is not None]
    heading = Markup("<h4>{}</h4>").format(counted(len(heeded), "hazard")) if heeded else ""
    whole = Markup("<details><summary>{} ignored, with a reason</summary>{}</details>")
    aside = whole.format(counted(len(ignored), "hazard"), _all(ignored)) if ignored else ""
    return join([heading, _all(heeded), aside])


def _all(hazards: Sequence[Hazard]) -> Markup:
    return join(map(hazard_html, hazards))


def hazard_html(item: Hazard) -> Markup:
    """One hazard: how severe, what, whether it was seen, and the safer form to copy."""
    known = "seen in this rehearsal" if item.observed else "by the text of its statements"
    where = (
        Markup(" · statement {}").format(item.statement + 1) if item.statement is not None else ""
    )
    reason = (
        Markup("<p>Ignored: {}</p>").format(text(item.ignored)) if item.ignored is not None else ""
    )
    whole = Markup(
        '<div class="swb-hazard"><p><span class="swb-badge {look}">{severity}</span> {message} '
        '<span class="swb-faint">{known}{where} · {rule}</span></p>{reason}{advice}</div>'
    )
    return whole.format(
        look=_LOOKS.get(item.severity, ""),
        severity=text(item.severity),
        message=text(item.message),
        known=known,
        where=where,
        rule=text(item.rule),
        reason=reason,
        advice=_advice(item.advice),
    )


def _advice(advice: str) -> Markup:
    """The safer form to unfold. A click selects all of it, to be copied."""
    if not advice:
        return Markup()
    whole = Markup(
        '<details><summary>Safer</summary><pre class="swb-copy" tabindex="0">{}</pre></details>'
    )
    return whole.format(text(advice))
