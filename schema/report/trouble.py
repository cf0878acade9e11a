"""A diagnosis made into blocks."""

from __future__ import annotations

from collections.abc import Iterator

from schema.report.model import Block, Fold, Heading, Line
from schema.trouble import Diagnosis, Trouble
from schema.wording import capitalised

__all__ = ["diagnosis_blocks", "trouble_blocks"]


def diagnosis_blocks(found: Diagnosis) -> Iterator[Block]:
    """The verdict; then each trouble with what is known of it, and what to do."""
    mark = "✗" if found else "!" if found.notes else "✓"
    yield Heading(f"{mark} {capitalised(found.verdict)}", is_bad=bool(found))
    if found.looked_at:
        yield Line(f"Looked at {', '.join(found.looked_at)}.")
    for trouble in found:
        yield from trouble_blocks(trouble)
    for note in found.notes:
        yield Line(f"Note: {note}")


def trouble_blocks(trouble: Trouble) -> Iterator[Block]:
    """What happened, what is known, what to do, and a file that would do it."""
    yield Heading(trouble.said)
    for said in trouble.known:
        yield Line(f"  {said}")
    for each in trouble.advice:
        yield Line(f"→ {each.said}")
        if each.command:
            yield Line(_indented(each.command), is_code=True, language="sh")
        if each.sql:
            yield Line(_indented(each.sql.rstrip("\n")), is_code=True, language="sql")
    if trouble.offer is not None:
        text = Line(trouble.offer.text.rstrip("\n"), is_code=True, language="python")
        yield Fold(f"A file that would do: {trouble.offer.filename}", (text,))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
