"""A location, a repair and its proof made into blocks."""

from __future__ import annotations

from collections.abc import Iterator

from schema.database import show_url
from schema.locate import Location
from schema.repair import Proof, Repair
from schema.report.drift import difference_table
from schema.report.model import Block, Fold, Heading, Line, tabled

__all__ = ["location_blocks", "proof_blocks", "repair_blocks"]

_MOST_RANKED, _MOST_LEFT = 10, 50


def location_blocks(location: Location) -> Iterator[Block]:
    """The verdict, what to do, the nearest revisions, and what is left over."""
    mark = "✓" if location.is_settled else "!"
    yield Heading(f"{mark} {_capital(location.verdict)}", is_bad=not location.is_settled)
    yield Line(show_url(location.url))
    if location.advice:
        yield Line(location.advice)
    for note in location.notes:
        yield Line(f"Note: {note}")
    rows = (
        [item.name, str(item.distance), "◆ its stamp" if location.is_stamp(item) else ""]
        for item in location.ranked[:_MOST_RANKED]
    )
    yield tabled(["Revision", "Differences", "Stamp"], rows, ["Differences"])
    if (rest := len(location.ranked) - _MOST_RANKED) > 0:
        yield Line(f"… and {rest:,} more, further away.")
    best = location.best
    if best.differences:
        yield Heading(f"Left over against {best.name} ({best.distance})")
        yield difference_table(best.differences[:_MOST_LEFT])
        if best.distance > _MOST_LEFT:
            yield Line(f"… and {best.distance - _MOST_LEFT:,} more.")


def repair_blocks(repair: Repair) -> Iterator[Block]:
    """The verdict, what can lose data, what is not in it, and the whole file."""
    mark = "✓" if repair.is_proved else "✗"
    yield Heading(f"{mark} {_capital(repair.verdict)}", is_bad=not repair.is_proved)
    yield from _left(repair.proof)
    dangerous = [each for each in repair.statements if each.is_destructive]
    if dangerous:
        yield Heading(f"⚠ Can lose data ({len(dangerous)})", is_bad=True)
        rows = ([each.sql[:200], each.why or ""] for each in dangerous)
        yield tabled(["Statement", "Why"], rows, code=["Statement"])
    if repair.not_expressed:
        yield Heading(f"Not in this repair ({len(repair.not_expressed)})")
        rows = ([item.describe()[:200], reason] for item, reason in repair.not_expressed)
        yield tabled(["Difference", "Why"], rows, code=["Difference"])
    language = "python" if repair.filename.endswith(".py") else "sql"
    yield Fold(repair.filename, (Line(repair.text.rstrip("\n"), True, language),))


def proof_blocks(proof: Proof) -> Iterator[Block]:
    """Whether the repair was proved, and what it leaves."""
    yield Heading(f"{'✓' if proof.is_proved else '✗'} {_capital(proof.note)}", not proof.is_proved)
    yield from _left(proof)


def _left(proof: Proof) -> Iterator[Block]:
    if proof.remaining:
        yield Heading(f"What is left after it ({len(proof.remaining)})")
        yield difference_table(proof.remaining[:_MOST_LEFT])


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
