"""The stalls of a step made into blocks."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.stalls import StallRun, Stalls
from schema.rehearsal.stalls.sentences import sentence
from schema.report.model import Block, Heading, Line, tabled
from schema.wording import duration, number

__all__ = ["stall_blocks"]


def stall_blocks(stalls: Stalls) -> Iterator[Block]:
    """Each run in a sentence, and who waited or failed in it, if anybody did."""
    yield Heading("Stalls", is_bad=stalls.longest is not None)
    for run in stalls.runs:
        yield Line(sentence(run))
        if run.error is not None:
            yield Line(run.error, is_code=True, language="text")
        rows = list(_rows(run))
        if rows:
            numbers = ("Waited", "Longest", "Median")
            columns = ["Who", "Table", *numbers, "Behind", "Fails with the old code"]
            yield tabled(columns, rows, numbers, ["Table"])
    if stalls.left_out:
        left_out = ", ".join(stalls.left_out)
        yield Line(f"Without probes, as there are many tables: {left_out}.")


def _rows(run: StallRun) -> Iterator[list[str]]:
    for probe in run.probes:
        waits = [each for each in run.waited if (each.who, each.table) == (probe.who, probe.table)]
        if not waits and not probe.failures:
            continue
        longest = max(waits, key=lambda each: each.seconds, default=None)
        yield [
            probe.who,
            probe.table,
            f"{number(len(waits))}×" if waits else "–",
            "–" if longest is None else duration(longest.seconds),
            "–" if probe.median is None else duration(probe.median),
            "" if longest is None else longest.waiting_for or "",
            "; ".join(f"{number(count)}× {said}" for said, count in probe.failures),
        ]
