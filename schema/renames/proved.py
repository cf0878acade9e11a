"""Renames that a revision's file says outright, where the catalogs alone leave them open.

The comparison of two catalogs takes what went and what came for one thing under two names where it
is alike enough. The file knows: ``op.alter_column(…, new_column_name=…)``, ``op.rename_table``,
``ALTER TABLE … RENAME``, ``ALTER TABLE … SET SCHEMA``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from schema.archaeology.following import done_by
from schema.catalog import Catalog, Identity, SchemaObject
from schema.compare import Difference, Differences, Grounds, compare
from schema.python_text import text_of_file
from schema.renames.said import Renaming
from schema.renames.taken import taken_names
from schema.renames.text import renamings_by

__all__ = ["told"]

_RENAMES = re.compile(r"(?i)new_column_name|\brename")
_CONSTRAINTS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion"})
_TYPES = frozenset({"enum", "domain", "composite type", "range type"})

#: How sure it is that a table of one name and the same columns was moved to another schema.
_MOVED = 0.9


def told(
    before: Catalog, after: Catalog, found: Differences, path: Path, *, is_whole: bool = True
) -> Differences:
    """The differences that a revision made, with each thing that it renamed told as renamed.

    ``found`` are those that the comparison of the catalogs before and after it gives, and ``path``
    is its file. ``is_whole`` is False where it failed: what its file says, it may not have done.
    """
    kinds = {item.kind for item in found if item.change == "removed"}
    both = {item.kind for item in found if item.change == "added" and item.kind in kinds}
    is_open = bool(both) or any(item.change == "renamed" for item in found)
    text = text_of_file(path)
    if not is_open and not _RENAMES.search(text):
        return found
    said = list(_composed(renamings_by(text)))
    known = list(found)
    if is_whole:
        taken = taken_names(before, after, [each for each, _ in said], done_by(text))
        new = [pair for pair in taken if not any(_tells(item, *pair) for item in known)]
        if new:
            lines = dict(said)
            pairs = [(old, now, _grounds(known, old, now, lines[each]))
                     for (old, now), each in taken.items()]  # fmt: skip
            known = list(compare(before, after, renamed=pairs))
    return Differences(_Step(before, after, known).resolved(said))


def _tells(item: Difference, old: Identity, new: Identity) -> bool:
    return item.change == "renamed" and (item.renamed_from, item.identity) == (old.name, new)


def _grounds(found: Iterable[Difference], old: Identity, new: Identity, line: int) -> Grounds:
    known = next((item.evidence for item in found if _tells(item, old, new)), ())
    return Grounds(1.0, (*known, f"its file says so: line {line}"))


def _composed(renamings: Iterable[tuple[Renaming, int]]) -> Iterator[tuple[Renaming, int]]:
    """Renames through a third name, as to swap two, as the one rename that they come to."""
    kept: list[tuple[Renaming, int]] = []
    for each, line in renamings:
        place = next(
            (
                number
                for number, (earlier, _) in enumerate(kept)
                if (earlier.kind, _folded(earlier.table)) == (each.kind, _folded(each.table))
                and _folded(earlier.new) == _folded(each.old)
            ),
            None,
        )
        if place is None:
            kept.append((each, line))
        else:
            first = kept[place][0]
            kept[place] = replace(first, new=each.new, new_schema=each.new_schema), line
    yield from kept


@dataclass
class _Step:
    """The differences of one step while they are gone through."""

    before: Catalog
    after: Catalog
    found: list[Difference]

    def resolved(self, said: Sequence[tuple[Renaming, int]]) -> list[Difference]:
        for each, line in said:
            words = f"its file says so: line {line}"
            if not self._is_confirmed(each, words):
                self._part(each)
                self._join(each, words)
        self._moved()
        return self.found

    def _is_confirmed(self, said: Renaming, words: str) -> bool:
        """Make sure what the comparison took for renamed too."""
        for number, item in enumerate(self.found):
            if item.change == "renamed" and _is(said, item, item.renamed_from or "", item.name):
                evidence = tuple(dict.fromkeys((*item.evidence, words)))
                self.found[number] = replace(item, evidence=evidence, confidence=1.0)
                return True
        return False

    def _part(self, said: Renaming) -> None:
        """Take apart what the comparison paired otherwise than the file does."""
        for item in list(self.found):
            if item.change != "renamed" or not _is_of(said, item):
                continue
            old, new = _folded(item.renamed_from), _folded(item.name)
            if (old == _folded(said.old)) == (new == _folded(said.new)):
                continue
            left = self._object(item, item.renamed_from or "", self.before)
            right = self._object(item, item.name, self.after)
            if left is None or right is None or item.kind == "table":
                continue
            self.found.remove(item)
            self.found += [_one_sided(left, "removed"), _one_sided(right, "added")]

    def _object(self, item: Difference, name: str, catalog: Catalog) -> SchemaObject | None:
        tables = {item.table, *self._also(item.table)}
        found = (
            catalog.get(Identity(item.kind, item.schema_name, table, name)) for table in tables
        )
        return next((each for each in found if each is not None), None)

    def _also(self, table: str | None) -> list[str]:
        """The other name of a table that this step renames."""
        pairs = [
            (item.renamed_from, item.name)
            for item in self.found
            if item.kind == "table" and item.renamed_from is not None
        ]
        former = [old for old, new in pairs if new == table]
        return former + [new for old, new in pairs if old == table]

    def _join(self, said: Renaming, words: str) -> None:
        """Tell as one what the comparison holds for two."""
        gone = self._single("removed", said, said.old)
        come = self._single("added", said, said.new)
        if gone is None or come is None or gone.kind != come.kind:
            return
        if gone.schema_name != come.schema_name and come.schema_name != said.new_schema:
            return
        self._replace(gone, come, (words,), 1.0)

    def _single(self, change: str, said: Renaming, name: str) -> Difference | None:
        wanted = (
            item
            for item in self.found
            if item.change == change
            and _folded(item.name) == _folded(name)
            and _is_of(said, item, *self._also(item.table))
        )
        return next(wanted, None)

    def _moved(self) -> None:
        """A table of one name with the same columns, in another schema."""
        for gone in [item for item in self.found if (item.kind, item.change) == _GONE]:
            alike = [
                item
                for item in self.found
                if (item.kind, item.change, item.name) == ("table", "added", gone.name)
                and item.schema_name != gone.schema_name
                and item.properties["columns"][1] == gone.properties["columns"][0]
            ]
            if len(alike) == 1:
                reason = "same name and columns in another schema"
                self._replace(gone, alike[0], (reason,), _MOVED)

    def _replace(
        self, gone: Difference, come: Difference, evidence: tuple[str, ...], sure: float
    ) -> None:
        place = self.found.index(come)
        unlike = {
            name: (left, right)
            for name in dict.fromkeys([*gone.properties, *come.properties])
            if name != "columns" or gone.kind != "table"
            if (left := gone.properties.get(name, (None, None))[0])
            != (right := come.properties.get(name, (None, None))[1])
        }
        names = {"schema_name": (gone.schema_name, come.schema_name)} | {
            "name": (gone.name, come.name)
        }
        pairs = {name: pair for name, pair in names.items() if pair[0] != pair[1]}
        old = gone.name if gone.schema_name == come.schema_name else gone.label
        renamed = replace(
            come,
            change="renamed",
            properties={**pairs, **unlike},
            renamed_from=old,
            evidence=evidence,
            confidence=sure,
        )
        inside = self._inside(gone, come) if gone.kind == "table" else []
        self.found[place : place + 1] = [renamed, *inside]
        self.found.remove(gone)

    def _inside(self, gone: Difference, come: Difference) -> list[Difference]:
        """What else a renamed table differs in: its columns, keys and indexes."""
        left = _table(self.before, gone.identity, come.identity)
        right = _table(self.after, come.identity, come.identity)
        schemas = {gone.schema_name, come.schema_name}
        names = tuple(f"{name}." for name in schemas if name) if len(schemas) > 1 else ()
        found = [item for item in compare(left, right) if item.kind != "table"]
        # As the comparison has it, what is gone bears the name of the table that it was in.
        return [
            replace(item, schema_name=gone.schema_name, table=gone.name)
            if item.change == "removed"
            else item
            for item in found
            if not _only_follows(item, names)
        ]


_GONE = ("table", "removed")


def _table(catalog: Catalog, table: Identity, now: Identity) -> Catalog:
    """A table with all that belongs to it, under the name that it has now."""
    objects = []
    for item in catalog.values():
        if item.schema_name != table.schema_name:
            continue
        if item.kind == "table" and item.name == table.name:
            objects.append(SchemaObject("table", now.schema_name, None, now.name, item.properties))
        elif item.table == table.name:
            objects.append(
                SchemaObject(item.kind, now.schema_name, now.name, item.name, item.properties)
            )
    return Catalog(catalog.dialect, catalog.server_version, objects)


def _only_follows(item: Difference, names: Sequence[str]) -> bool:
    """Whether a part of a moved table differs in nothing but the schema's name before others."""

    def bare(value: object) -> str:
        said = str(value)
        for name in names:
            said = said.replace(name, "")
        return said

    if item.change != "changed" or not names:
        return False
    return all(bare(left) == bare(right) for left, right in item.properties.values())


def _one_sided(item: SchemaObject, change: str) -> Difference:
    values = {name: value for name, value in item.properties.items() if value is not None}
    pairs = {name: (None, value) if change == "added" else (value, None)
             for name, value in values.items() if name != "position"}  # fmt: skip
    return Difference(*item.identity, change, pairs)


def _is(said: Renaming, item: Difference, old: str, new: str) -> bool:
    names = (_folded(said.old), _folded(said.new)) == (_folded(old), _folded(new))
    return names and _is_of(said, item)


def _is_of(said: Renaming, item: Difference, *tables: str) -> bool:
    """Whether a difference is of the kind, and in the place, of which a file speaks."""
    if said.kind == "constraint":
        fits = item.kind in _CONSTRAINTS
    elif said.kind == "type":
        fits = item.kind in _TYPES
    else:
        fits = item.kind == said.kind
    if not fits:
        return False
    if said.schema_name is not None and said.new_schema is None:
        fits = _folded(item.schema_name) in {_folded(said.schema_name), None}
    place = {_folded(name) for name in (item.table, *tables)}
    return fits and (said.table is None or _folded(said.table) in place)


def _folded(name: str | None) -> str | None:
    return None if name is None else name.casefold()
