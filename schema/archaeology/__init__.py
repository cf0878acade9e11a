"""Git archaeology: revision files that are not here any more, and older texts of those that are.

What a live database has and no revision makes was often made by one that was deleted since, that
stands on another branch, or whose text was another one then. One walk through the commits that
touched revision files finds them; nothing is fetched, so that a clone without a remote will do.
"""

from __future__ import annotations

from schema.archaeology.branches import with_revisions_from
from schema.archaeology.dig import Archaeology
from schema.archaeology.finds import Origin, Version

__all__ = ["Archaeology", "Origin", "Version", "with_revisions_from"]
