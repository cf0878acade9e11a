"""Renames of tables and columns that a file says, and that fit what is there before and after it.

A name may be taken over: two things swap their names, an old table steps aside for a new one of its
name, a new column takes the place of the one that is dropped. To the catalogs, which know things by
their names alone, each of these stayed what it was. So here the file is believed, where it also
tells what became of whoever else had the name, and who has it now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from schema.archaeology.following import Done
from schema.catalog import Catalog, Identity
from schema.renames.said import Renaming

__all__ = ["taken_names"]

_Pairs = dict[tuple[Identity, Identity], Renaming]


def taken_names(
    before: Catalog, after: Catalog, said: Iterable[Renaming], done: Sequence[Done]
) -> _Pairs:
    """Each renamed table and column, as it was and as it is called now, with what the file says.

    ``said`` holds the file's renames, those through a third name as one; ``done`` all that it does.
    """
    listed = [each for each in said if each.new_schema is None]
    tables = _fitting(
        {
            pair: each
            for each in listed
            if each.kind == "table" and (pair := _tables(before, after, each)) is not None
        },
        before, after, done,
    )  # fmt: skip
    names = {new: old for old, new in tables}
    columns = {
        pair: each
        for each in listed
        if each.kind == "column" and (pair := _columns(before, after, each, names)) is not None
    }
    return tables | _fitting(columns, before, after, done)


def _tables(before: Catalog, after: Catalog, said: Renaming) -> tuple[Identity, Identity] | None:
    old = _only(before, said.old, said.schema_name)
    new = _only(after, said.new, said.schema_name)
    if old is None or new is None or old.schema_name != new.schema_name:
        return None
    return old, new


def _columns(
    before: Catalog, after: Catalog, said: Renaming, names: Mapping[Identity, Identity]
) -> tuple[Identity, Identity] | None:
    """The table may bear its old or its new name where its column is renamed."""
    for now, was in names.items():
        if said.table is not None and _folded(said.table) in {_folded(now.name), _folded(was.name)}:
            break
    else:
        table = _only(after, said.table or "", said.schema_name)
        if table is None:
            return None
        now = was = table
    old = _column(before, was, said.old)
    new = _column(after, now, said.new)
    return None if old is None or new is None else (old, new)


def _only(catalog: Catalog, name: str, schema_name: str | None) -> Identity | None:
    """The one table that is called so; None where there is none, or one in several schemas."""
    found = [
        item.identity
        for item in catalog.of_kind("table")
        if _folded(item.name) == _folded(name)
        if schema_name is None or item.schema_name is None or item.schema_name == schema_name
    ]
    return found[0] if len(found) == 1 else None


def _column(catalog: Catalog, table: Identity, name: str) -> Identity | None:
    return next(
        (
            item.identity
            for item in catalog.of_kind("column")
            if (item.schema_name, item.table) == (table.schema_name, table.name)
            if _folded(item.name) == _folded(name)
        ),
        None,
    )


def _fitting(pairs: _Pairs, before: Catalog, after: Catalog, done: Sequence[Done]) -> _Pairs:
    """Those that leave nothing unsaid: who had the name went, and who has the old one came."""
    kept = dict(pairs)
    while True:
        olds, news = ([pair[side] for pair in kept] for side in (0, 1))
        wrong = [
            (old, new)
            for old, new in kept
            if old == new
            or (olds.count(old), news.count(new)) != (1, 1)
            or (new in before and new not in olds and not _does("drop", new, done))
            or (old in after and old not in news and not _does("make", old, done))
        ]
        if not wrong:
            return kept
        for pair in wrong:
            del kept[pair]


def _does(verb: str, identity: Identity, done: Iterable[Done]) -> bool:
    words = {"drop": r"\bdrop\b", "make": r"\b(?:create|add)\b"}[verb]
    name = _folded(identity.name)
    return any(
        name in each.mention.words and re.search(words, each.statement, re.IGNORECASE) is not None
        if each.statement
        else (each.mention.verb, each.mention.kind) == (verb, identity.kind)
        and _folded(each.mention.name or "") == name
        and each.mention.renamed_from is None
        for each in done
    )


def _folded(name: str) -> str:
    return name.casefold()
