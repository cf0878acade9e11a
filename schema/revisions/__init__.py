"""One revision with all that is known of it, and the search for those that somebody looks for."""

from __future__ import annotations

from schema.revisions.data import DataStatement, data_statements
from schema.revisions.edits import FileHistory, file_history
from schema.revisions.finding import ANYBODY, NOBODY, Wanted, authors
from schema.revisions.overview import revisions_frame
from schema.revisions.page import RevisionPage, read_page, read_revision, revision_picture
from schema.revisions.sql import DIALECTS, RevisionSql, read_sql

__all__ = [
    "ANYBODY",
    "DIALECTS",
    "NOBODY",
    "DataStatement",
    "FileHistory",
    "RevisionPage",
    "RevisionSql",
    "Wanted",
    "authors",
    "data_statements",
    "file_history",
    "read_page",
    "read_revision",
    "read_sql",
    "revision_picture",
    "revisions_frame",
]
