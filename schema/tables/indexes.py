"""The indexes of a table and what they serve, and foreign keys that have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.catalog import SchemaObject
from schema.catalog.sqlite_text import tokens
from schema.tables.figures import IndexFigures
from schema.tables.parts import ForeignKeyFact, IndexUse, Remark

__all__ = ["column_of", "index_remarks", "index_uses"]

_KEYS = ("primary key", "unique", "exclusion", "index")

#: What may stand behind a column in an index without making it an expression.
_ORDERS = {"ASC", "DESC", "NULLS", "FIRST", "LAST"}


def column_of(part: str) -> str | None:
    """The column that a part of an index is, in whatever order; None for an expression."""
    found = tokens(part)
    if not found or found[0].kind not in {"word", "double", "other"}:
        return None
    return found[0].name if all(token.word in _ORDERS for token in found[1:]) else None


@dataclass(frozen=True, slots=True)
class _Index:
    use: IndexUse
    item: SchemaObject
    plain: tuple[str | None, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns up to the first expression."""
        taken = []
        for each in self.plain:
            if each is None:
                break
            taken.append(each)
        return tuple(taken)

    @property
    def is_whole(self) -> bool:
        return self.use.predicate is None and self.item.properties.get("valid") is not False


def index_uses(
    objects: Mapping[str, Sequence[SchemaObject]],
    outgoing: Sequence[ForeignKeyFact],
    incoming: Sequence[ForeignKeyFact],
    figures: Mapping[str, IndexFigures],
) -> tuple[IndexUse, ...]:
    """The keys and indexes among a table's ``objects`` by kind, with what each serves.

    ``outgoing`` are the table's own foreign keys, ``incoming`` those that refer to it.
    """
    found = [_index(item, figures) for kind in _KEYS for item in objects.get(kind, ())]
    uses = []
    for each in found:
        serves = (
            *_own(each),
            *(f"what {key.label.partition(' →')[0]} refers to" for key in incoming
              if each.use.unique and set(key.target_columns) == set(each.columns)),
            *(f"look-ups along the foreign key to {key.target}" for key in outgoing
              if _leads(each, key.columns)),
        )  # fmt: skip
        if not serves:
            serves = (f"searches by {', '.join(each.use.columns)}",)
        uses.append(replace(each.use, serves=serves, redundant_with=_covered_by(each, found)))
    return tuple(uses)


def index_remarks(
    table: str, uses: Sequence[IndexUse], outgoing: Sequence[ForeignKeyFact],
    objects: Mapping[str, Sequence[SchemaObject]],
) -> Iterator[Remark]:  # fmt: skip
    """What to know of a table's indexes: one that is missing, needless, unused or invalid."""
    known = [_index(item, {}) for kind in _KEYS for item in objects.get(kind, ())]
    for key in outgoing:
        if not any(_leads(each, key.columns) for each in known):
            yield Remark(
                "foreign key without an index",
                key.label,
                f"No index begins with {', '.join(key.columns)}: to delete a row of {key.target}, "
                f"or to join along this key, all of {table} is read.",
            )
    covering = {use.redundant_with for use in uses}
    for use in uses:
        if use.redundant_with is not None:
            yield Remark(
                "redundant index",
                use.name,
                f"{use.redundant_with} serves all that {use.name} does.",
            )
        elif (
            use.scans == 0 and use.kind == "index" and not use.unique and (use.name not in covering)
        ):
            yield Remark(
                "unused index",
                use.name,
                f"{use.name} was not used since the server began to count.",
            )
    for item in objects.get("index", ()):
        if item.properties.get("valid") is False:
            yield Remark(
                "invalid index",
                item.name,
                f"{item.name} is invalid: no search uses it. Build it again, or drop it.",
            )


def _index(item: SchemaObject, figures: Mapping[str, IndexFigures]) -> _Index:
    properties = item.properties
    columns = _texts(properties.get("columns"))
    plain = tuple(map(column_of, columns)) if item.kind == "index" else columns
    if item.kind == "exclusion":
        columns, plain = (str(properties.get("definition") or ""),), (None,)
    known = figures.get(item.name, IndexFigures())
    predicate, method = properties.get("predicate"), properties.get("method")
    unique = item.kind in {"primary key", "unique"} or bool(properties.get("unique"))
    use = IndexUse(
        item.name,
        item.kind,
        columns,
        unique,
        None if method is None else str(method),
        None if predicate is None else str(predicate),
        size=known.size,
        scans=known.scans,
    )
    return _Index(use, item, plain)


def _own(each: _Index) -> Iterator[str]:
    use = each.use
    if use.kind == "primary key":
        yield "the primary key"
    elif use.kind == "exclusion":
        yield "keeps rows from overlapping"
    elif use.unique:
        some = f", where {use.predicate}" if use.predicate else ""
        yield f"keeps {', '.join(use.columns)} unique{some}"
    elif use.predicate:
        yield f"searches by {', '.join(use.columns)} where {use.predicate}"


def _leads(each: _Index, columns: Sequence[str]) -> bool:
    """Whether its first columns are these, in whatever order: so it finds their rows.

    A partial index does where only NULLs are left out.
    """
    first = {name.lower() for name in each.columns[: len(columns)]}
    if first != {name.lower() for name in columns} or each.item.properties.get("valid") is False:
        return False
    if each.use.predicate is None:
        return True
    words = [token.name.lower() for token in tokens(each.use.predicate) if token.text not in "()"]
    return len(words) == 4 and words[1:] == ["is", "not", "null"] and words[0] in first


def _covered_by(each: _Index, others: Iterable[_Index]) -> str | None:
    """The index that makes this one needless: it begins with the same columns, in the same way."""
    if each.use.kind != "index" or not each.is_whole:
        return None
    for other in others:
        if other is each or not other.is_whole or not _is_alike(each, other):
            continue
        width = len(each.use.columns)
        same = _spelled(other)[:width] == _spelled(each)
        if not same or (each.use.unique and (len(other.plain) > width or not other.use.unique)):
            continue
        # Of two that are the same, the first by name is the one to keep.
        twins = len(other.plain) == width and other.use.kind == "index"
        if twins and other.use.unique == each.use.unique and other.use.name > each.use.name:
            continue
        return other.use.name
    return None


def _spelled(each: _Index) -> list[str]:
    return [part.lower() for part in each.use.columns]


def _is_alike(one: _Index, other: _Index) -> bool:
    """Whether both sort in the same way: method, collation, and what is stored beside the keys."""
    mine, theirs = one.item.properties, other.item.properties
    if (mine.get("method") or "btree") != "btree" or (theirs.get("method") or "btree") != "btree":
        return False
    stored = set(_texts(mine.get("include")))
    return (mine.get("collation") or None) == (theirs.get("collation") or None) and (
        stored <= {*_texts(theirs.get("include")), *other.use.columns}
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()
