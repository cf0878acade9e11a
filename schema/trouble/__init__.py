"""Trouble: what goes wrong in the life of a project, said as a colleague would, with what to do.

Nothing is advised as certain that was not proved: by comparing catalogs, or by trying it in a copy.
"""

from __future__ import annotations

from schema.trouble.diagnosing import diagnose, diagnose_project, not_opened
from schema.trouble.helping import Help, help_for
from schema.trouble.values import KINDS, Advice, Diagnosis, Offer, Trouble

__all__ = [
    "KINDS", "Advice", "Diagnosis", "Help", "Offer", "Trouble", "diagnose", "diagnose_project",
    "help_for", "not_opened",
]  # fmt: skip
