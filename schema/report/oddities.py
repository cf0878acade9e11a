"""Odd revisions made into blocks."""

from __future__ import annotations

from collections.abc import Iterator

from schema.oddities import Oddities, Oddity
from schema.report.model import Block, Heading, Line
from schema.wording import capitalised, day

__all__ = ["oddities_blocks"]


def oddities_blocks(found: Oddities) -> Iterator[Block]:
    """The verdict; then, revision by revision, what is odd, what was seen, and where to look."""
    mark = "✗" if found.undeclared else "✓"
    yield Heading(f"{mark} {capitalised(found.verdict)}", is_bad=bool(found.undeclared))
    yield Line(f"Tried on {', '.join(found.dialects)}.")
    before = ""
    for item in found:
        if item.revision.id != before:
            revision = item.revision
            about = [revision.id, day(revision.date), revision.message]
            yield Heading("  ".join(filter(None, about)))
            before = revision.id
        yield Line("\n".join(_lines(item)), is_code=True, language="text")
    for note in found.notes:
        yield Line(f"Note: {note}")


def _lines(item: Oddity) -> Iterator[str]:
    yield f"  ⚠ {item.message}"
    yield from (f"      {line}" for each in item.evidence for line in each.splitlines())
    if item.look:
        yield f"      look at: {item.look}"
    if item.declared:
        yield f"      declared: {item.declared}"
