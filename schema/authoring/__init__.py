"""Authoring: one's own first change, made, read, mended and rehearsed in a copy of the project."""

from schema.authoring.changes import Change, Changes, ModelFile, Written
from schema.authoring.draft import Draft
from schema.authoring.operations import Operation, read_operations
from schema.authoring.reading import Mend, Reading, Unseen

__all__ = [
    "Change",
    "Changes",
    "Draft",
    "Mend",
    "ModelFile",
    "Operation",
    "Reading",
    "Unseen",
    "Written",
    "read_operations",
]
