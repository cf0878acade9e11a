"""The order in which one gets to know a schema: from its centre outwards, with a reason for each.

The centre are the tables that most others lead to. Around it lie rings, by the number of foreign
keys (real ones, and those that only the names imply) on the way to it. A cluster that nothing ties
to the centre has a centre of its own; tables that stand alone come last, grouped by their names.
"""

from __future__ import annotations

from schema.tour.finding import Goal, goal_of
from schema.tour.making import tour_of
from schema.tour.past import Late, Past, pasts_of
from schema.tour.reading import read_tour
from schema.tour.values import Group, Remark, Station, Tour

__all__ = [
    "Goal",
    "Group",
    "Late",
    "Past",
    "Remark",
    "Station",
    "Tour",
    "goal_of",
    "pasts_of",
    "read_tour",
    "tour_of",
]
