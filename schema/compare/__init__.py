"""Two catalogs in, differences out. Knows kinds and properties, and no dialect's grammar.

An object is matched by its identity; one that was renamed is found by what it is, and told with the
evidence. A table that only one side has is one difference: its columns, constraints, indexes,
triggers and sequences fold into it. What changes no statement's meaning is cosmetic, and folded
away unless it is asked for.
"""

from __future__ import annotations

from schema.compare.comparison import compare
from schema.compare.difference import Difference, Differences
from schema.compare.evidence import Grounds

__all__ = ["Difference", "Differences", "Grounds", "compare"]
