"""What a revision renames: what its file says of it, and what the catalogs around it prove.

Compared catalogs know things by their names, and guess what was renamed from how alike two are. The
file of a revision knows.
"""

from __future__ import annotations

from schema.renames.proved import told
from schema.renames.said import renamings_in

__all__ = ["renamings_in", "told"]
