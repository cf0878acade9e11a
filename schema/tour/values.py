"""What a tour is made of: stations, the groups of what is passed by, and the tour that has both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, overload

from schema.catalog import Catalog
from schema.display import Displayed
from schema.tables import Models
from schema.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Group", "Remark", "Station", "Tour"]

_COLUMNS = ("table", "part", "distance", "reason", "purpose", "leads_to", "referenced_by",
            "implied", "columns", "made_by", "changed_by", "people", "remarks")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a table that a newcomer would stumble over, in words.

    ``column`` is None for what is about the table as a whole. ``revision`` is the id of the
    revision that is the reason, None when none is.
    """

    message: str
    column: str | None = None
    revision: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"message": self.message, "column": self.column, "revision": self.revision}


@dataclass(frozen=True, slots=True)
class Station:
    """One table, and why it is shown at this place of the tour.

    ``table`` is its name with the schema, where there are schemas. ``distance`` is the number of
    ties between it and the centre of its cluster, None for a table that stands alone. ``purpose``
    is what the models or the database say about it, empty when nobody wrote it down. ``leads_to``
    and ``referenced_by`` are the tables that its foreign keys lead to, and those whose keys lead
    here; ``implied`` are those of either that no constraint holds, only names. ``columns`` is their
    number.

    ``made_by`` is the revision that made the table, ``changed_by`` those that changed it since,
    oldest first; both are empty when the history is not known. ``people`` are the authors of these
    revisions, whoever wrote most of them first; empty without Git.
    """

    table: str
    part: str
    distance: int | None
    reason: str
    purpose: str = ""
    leads_to: tuple[str, ...] = ()
    referenced_by: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
    columns: int = 0
    made_by: str = ""
    changed_by: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        told = {name: getattr(self, name) for name in _COLUMNS}
        told = {name: list(v) if isinstance(v, tuple) else v for name, v in told.items()}
        return told | {"remarks": [remark.to_dict() for remark in self.remarks]}


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that the tour passes by, and what they have in common, in words."""

    title: str
    tables: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"title": self.title, "tables": list(self.tables)}


class Tour(Displayed, Sequence[Station]):
    """The stations in the order in which to see them, and the groups of what is left. Immutable.

    Every table of the schema is a station, or in exactly one group. ``notes`` say, a sentence each,
    what could not be told. ``catalog`` is the schema that it leads through,
    ``timeline`` how that came to be, ``models`` what it is in the words of its developers; None
    when that is not known.
    """

    __slots__ = ("catalog", "groups", "models", "notes", "stations", "timeline")

    def __init__(
        self,
        catalog: Catalog,
        stations: Sequence[Station],
        groups: Sequence[Group] = (),
        notes: Sequence[str] = (),
        timeline: Timeline | None = None,
        models: Models | None = None,
    ) -> None:
        self.catalog = catalog
        self.timeline = timeline
        self.models = models
        self.stations = tuple(stations)
        self.groups = tuple(groups)
        self.notes = tuple(notes)

    @overload
    def __getitem__(self, index: int) -> Station: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Station]: ...
    def __getitem__(self, index: int | slice) -> Station | Sequence[Station]:
        return self.stations[index]

    def __len__(self) -> int:
        return len(self.stations)

    def __repr__(self) -> str:
        way = ", ".join(station.table for station in self.stations[:5])
        more = " …" if len(self) > 5 else ""
        return f"<Tour of {len(self)} stations: {way}{more}>"

    @property
    def centre(self) -> tuple[str, ...]:
        """The tables that the tour begins with: those at no distance in the largest cluster."""
        first = self.stations[0].part if self.stations else None
        return tuple(station.table for station in self.stations if station.part == first)

    def station(self, table: str) -> Station | None:
        """The station of this table; None when the tour passes it by."""
        return next((each for each in self.stations if each.table == table), None)

    def parts(self) -> Iterator[tuple[str, list[Station]]]:
        """The heading of each part, such as a ring around the centre, with its stations."""
        for part, stations in groupby(self.stations, key=lambda station: station.part):
            yield part, list(stations)

    def frame(self) -> pd.DataFrame:
        """One row a station, in order; what there are several of is joined by commas."""
        import pandas as pd

        rows = [[_cell(getattr(station, name)) for name in _COLUMNS] for station in self]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "stations": [station.to_dict() for station in self],
            "groups": [group.to_dict() for group in self.groups],
            "notes": list(self.notes),
        }


def _cell(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    remarks = isinstance(value[0], Remark) if value else False
    return "; ".join(each.message for each in value) if remarks else ", ".join(value)
