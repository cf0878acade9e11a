"""Authoring: one's own first change, made, read, mended and rehearsed in a copy of the project."""

from schema.authoring.changes import Change, Changes, ModelFile, Written
from schema.authoring.draft import Draft
from schema.authoring.heads import Branch, Heads, Reparented, read_heads
from schema.authoring.operations import Operation, read_operations
from schema.authoring.reading import Mend, Reading, Unseen

__all__ = [
    "Branch",
    "Change",
    "Changes",
    "Draft",
    "Heads",
    "Mend",
    "ModelFile",
    "Operation",
    "Reading",
    "Reparented",
    "Unseen",
    "Written",
    "read_heads",
    "read_operations",
]
