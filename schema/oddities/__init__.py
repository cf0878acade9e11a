"""Odd revisions: what each one really does, against what it says.

Nothing here is guessed from a text alone: a revision is applied and undone on a scratch database,
on another day, and on the other kind of database, and the catalogs are compared.
"""

from __future__ import annotations

from schema.oddities.finding import oddities_of
from schema.oddities.oddity import KINDS, Oddities, Oddity

__all__ = ["KINDS", "Oddities", "Oddity", "oddities_of"]
