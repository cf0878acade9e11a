"""What the text of a revision's file says that it renames."""

from __future__ import annotations

from schema.archaeology.following import done_by
from schema.renames.said import Renaming, renamings_in

__all__ = ["renamings_by"]


def renamings_by(text: str) -> list[tuple[Renaming, int]]:
    """What a file's ``upgrade()`` says that it renames or moves, each with its line."""
    found: list[tuple[Renaming, int]] = []
    for done in done_by(text):
        mention = done.mention
        if mention.renamed_from is not None and mention.name is not None:
            schema_name = done.schema_name
            old = Renaming(
                mention.kind, schema_name, mention.table, mention.renamed_from, mention.name
            )
            found.append((old, done.line))
        elif done.statement:
            found += [(each, done.line) for each in renamings_in(done.statement)]
    return found
