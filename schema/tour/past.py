"""What the revisions did to each table that there is now, in one walk through the timeline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from schema.compare import Difference
from schema.diagram.reading import label_of
from schema.history import Revision
from schema.timeline import Timeline

__all__ = ["Late", "Past", "pasts_of"]


@dataclass(frozen=True, slots=True)
class Late:
    """A difference that a revision made to a table which was there already."""

    revision: Revision
    difference: Difference


@dataclass(slots=True)
class Past:
    """The revision that made a table (None: not known), and all that was done to it since."""

    made_by: Revision | None = None
    late: list[Late] = field(default_factory=list)

    @property
    def changed_by(self) -> list[Revision]:
        """The revisions that changed it, oldest first, each once."""
        return list({item.revision.id: item.revision for item in self.late}.values())

    @property
    def people(self) -> list[str]:
        """The authors of all these revisions; who wrote most of them first, then who came last."""
        every = [self.made_by, *self.changed_by] if self.made_by else self.changed_by
        names = [item.author for item in reversed(every) if item and item.author]
        return [name for name, _ in Counter(names).most_common()]


def pasts_of(timeline: Timeline) -> dict[str, Past]:
    """The past of each table that is left in the end, by its label. A renamed one keeps its past.

    Where branches touch the same table, their revisions stand in the order of the replay.
    """
    pasts: dict[str, Past] = {}
    for step in timeline.steps:
        for difference in step.differences:
            _note(pasts, step.revision, difference)
    return pasts


def _note(pasts: dict[str, Past], revision: Revision, difference: Difference) -> None:
    label = label_of(difference.schema_name, difference.table or difference.name)
    if difference.kind != "table":
        if difference.table is not None:
            pasts.setdefault(label, Past()).late.append(Late(revision, difference))
        return
    if difference.change == "added":
        pasts[label] = Past(revision)
    elif difference.change == "removed":
        pasts.pop(label, None)
    else:
        before = label_of(difference.schema_name, difference.renamed_from or difference.name)
        past = pasts[label] = pasts.pop(before, Past())
        past.late.append(Late(revision, difference))
