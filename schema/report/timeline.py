"""A timeline, one of its steps, and a catalog made into blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from schema.catalog import Catalog, SchemaObject
from schema.compare.words import summary
from schema.report.drift import difference_table
from schema.report.model import Block, Heading, Line, tabled
from schema.timeline import Step, Timeline
from schema.wording import CHANGE_MARKS, counted, day

__all__ = ["catalog_blocks", "moment_blocks", "timeline_blocks"]

#: So many differences of a step are in its row; ``schema between`` tells all.
_MOST = 12


def timeline_blocks(timeline: Timeline) -> Iterator[Block]:
    """What each revision made, changed, renamed and dropped, and which could not be run."""
    failed = timeline.failed
    title = f"{counted(len(timeline.steps), 'revision')} on {timeline.dialect}"
    bad = f", of which {len(failed)} could not be run" if failed else ""
    yield Heading(title + bad, is_bad=bool(failed))
    rows = ([step.id, day(step.revision.date), step.revision.message, _did(step)]
            for step in timeline.steps)  # fmt: skip
    yield tabled(["Revision", "Date", "Message", "What it did"], rows, code=["What it did"])


def moment_blocks(step: Step) -> Iterator[Block]:
    """One step, with all that it did."""
    yield Heading(f"{step.id} {step.revision.message}", is_bad=step.failure is not None)
    if step.failure is not None:
        yield Line(f"✗ could not be run: {step.failure}")
    if step.is_half_done:
        yield Line("What it did before it failed stays, as it was committed:")
    if missing := [name for name in step.without if name != step.id]:
        yield Line(f"It was run without {', '.join(missing)}, which failed before.")
    if step.differences:
        yield difference_table(step.differences)
    elif step.failure is None:
        yield Line("It changes nothing of the schema.")


def _did(step: Step) -> str:
    lines = []
    if step.failure is not None:
        stays = ": what it did before stays" if step.is_half_done else ""
        lines.append(f"✗ failed{stays}. {step.failure}")
    for item in step.differences[:_MOST]:
        told = item.describe() if item.change in {"changed", "renamed"} else ""
        lines.append(f"{CHANGE_MARKS.get(item.change, '?')} {told or f'{item.kind} {item.label}'}")
    if (rest := len(step.differences) - _MOST) > 0:
        lines.append(f"… and {rest:,} more")
    return "\n".join(lines) or "nothing of the schema"


def catalog_blocks(catalog: Catalog) -> Iterator[Block]:
    """Every object in a line, those of a table together."""
    counts = Counter(item.kind for item in catalog.values())
    kinds = ", ".join(counted(count, kind) for kind, count in counts.items())
    yield Heading(f"{catalog.dialect} {catalog.server_version}: {kinds or 'empty'}")
    for what in catalog.not_compared:
        yield Line(f"Note: {what} were not read")
    groups: dict[tuple[str | None, str], list[SchemaObject]] = {}
    for item in catalog.values():
        if item.kind == "database":  # what is told of it is no part of the schema
            continue
        groups.setdefault((item.schema_name, item.table or item.name), []).append(item)
    if groups:
        rows = (row for items in groups.values() for row in _group(items))
        yield tabled(["Table", "Object", "What"], rows, code=["Table", "Object", "What"])


def _group(items: list[SchemaObject]) -> Iterator[list[str]]:
    """The rows of one table; its name stands in the first alone."""
    first = items[0]
    told = first.identity.label if first.table is None else first.table
    yield [told, first.kind, _facts(first)] if first.table is None else [told, "", ""]
    for item in items[1:] if first.table is None else items:
        told = item.name if item.name.startswith(item.kind) else f"{item.kind} {item.name}"
        yield ["", told, _facts(item)]


def _facts(item: SchemaObject) -> str:
    """The main facts of an object; a table's columns have rows of their own."""
    if item.kind == "table":
        return str(item.properties.get("comment") or "")
    values = {name: value for name, value in item.properties.items() if value is not None}
    return summary(item.kind, values)
