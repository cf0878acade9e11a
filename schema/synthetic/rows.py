"""Rows of one table, made column by column so that its keys and checks hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, prod
from random import Random
from typing import Any

from schema.synthetic.column_types import Types
from schema.synthetic.conditions import ANYTHING, Alternative, Hint
from schema.synthetic.distributions import USUAL, Spread
from schema.synthetic.parents import Parents
from schema.synthetic.sources import NoValuesError, Source, chosen
from schema.synthetic.tables import Column, ForeignKey, Table, Unique
from schema.synthetic.texts import kind_of
from schema.synthetic.wanted import Wanted
from schema.synthetic.ways import relate, ways

__all__ = ["Maker"]

Row = tuple[Any, ...]
Columns = dict[str, list[Any]]

#: The share of NULLs where nothing else is known.
_NULLS = 0.1


@dataclass(frozen=True)
class _Axis:
    """Columns whose values are counted together; ``size`` None means without end."""

    columns: tuple[str, ...]
    size: int | None
    key: ForeignKey | None = None


class Maker:
    """Makes rows for one table.

    ``ways`` are the alternatives that its checks leave; each row is made in one of them.
    ``empty`` names columns that stay NULL for now.
    ``limit`` is how many rows its unique keys allow at most, None without such a limit, and
    ``limit_reason`` says why.
    """

    def __init__(
        self,
        table: Table,
        types: Types,
        spreads: Mapping[tuple[str, str], Spread],
        parents: Mapping[ForeignKey, Parents],
        *,
        rows: int,
        seed: int,
        empty: Collection[str] = (),
        fold: Callable[[str], str] = str,
    ) -> None:
        self.table, self.types, self.rows_wanted, self.seed = table, types, rows, seed
        self.rng = Random(f"{seed} {table.label}")  # noqa: S311 -- no secret
        self.spread = {c.name: spreads.get((table.label, c.name), USUAL) for c in table.columns}
        self.empty = set(empty)
        self.keys = {key: parents[key] for key in table.foreign_keys if key in parents}
        self.own = [key for key in self.keys if key.target == table.label]
        self.ways = ways(table, self.spread, fold)
        self.position = 0
        self.limit: int | None = None
        self.limit_reason = ""
        self.not_null = {name for unique in table.uniques if unique.is_primary or unique.with_nulls
                         for name in unique.columns}  # fmt: skip
        self._sources: dict[tuple[str, Hint], Source | None] = {}
        self.columns = self._written()
        self._restrict_parents()
        self.counted = self._assign()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that rows have values for, in their order."""
        return tuple(column.name for column in self.columns)

    # -- before the first row

    def _written(self) -> tuple[Column, ...]:
        """The columns to write; one that has no values is left to its default or to NULL."""
        found = []
        of_keys = {name for key in self.keys for name in key.columns}
        for column in self.table.columns:
            if not column.written:
                continue
            if column.name not in of_keys and not self._can_be_null(column):
                try:
                    self._made(column, ANYTHING)
                except NoValuesError:
                    if column.default is None:
                        raise
                    continue
            found.append(column)
        return tuple(found)

    def _can_be_null(self, column: Column) -> bool:
        return (
            column.nullable
            and column.name not in self.not_null
            and not self.types.is_not_null(column.type)
        )

    def _restrict_parents(self) -> None:
        """Of keys that share columns, keep only what the other one has as well."""
        for key, parents in self.keys.items():
            if key in self.own or self.table.may_be_null(key.columns):
                continue
            for other, theirs in list(self.keys.items()):
                shared = [name for name in key.columns if name in other.columns]
                if other is not key and shared and other not in self.own and len(theirs):
                    allowed = set(parents.projected(shared))
                    self.keys[other] = theirs.where(shared, allowed)

    def _assign(self) -> list[list[_Axis]]:
        """For each unique key, the axes that are counted through so that no two rows are alike."""
        found: list[list[_Axis]] = []
        assigned = set(self.empty)
        written = set(self.names)
        for unique in sorted(
            self.table.uniques, key=lambda each: (each.partial, not each.is_primary)
        ):
            if unique.overlapping is not None and unique.overlapping not in assigned:
                unique = Unique((unique.overlapping,), unique.partial)
            free = [name for name in unique.columns if name not in assigned]
            if self.empty.intersection(unique.columns) and not unique.with_nulls:
                continue
            if not free or not set(unique.columns) <= written or self._is_counted(unique, found):
                continue
            if len(free) < len(unique.columns):
                axes = [
                    axis
                    for axis in self._axes(free)
                    if axis.size is None or axis.size >= self.rows_wanted
                ]
                axes = axes[:1]
            else:
                axes = self._axes(free)
            total = _total(axes)
            if not axes or (unique.partial and total is not None and total < self.rows_wanted):
                continue
            found.append(axes)
            assigned.update(name for axis in axes for name in axis.columns)
            nulls = any(self._can_be_null(self.table.by_name[name]) for name in unique.columns)
            if total is not None and not nulls and not unique.partial:
                self._limit(total, unique)
        for column in self.columns:
            if column.sequence and column.name not in assigned:  # counted up, unique or not
                found.append(self._axes([column.name]))
        return found

    def _is_counted(self, unique: Unique, found: Sequence[Sequence[_Axis]]) -> bool:
        """Whether a key over fewer of the columns makes this one unique already."""
        sets = [{name for axis in axes for name in axis.columns} for axes in found]
        return any(each <= set(unique.columns) for each in sets)

    def _limit(self, total: int, unique: Unique) -> None:
        if self.limit is None or total < self.limit:
            self.limit = total
            names = ", ".join(unique.columns)
            what = f"({names})" if len(unique.columns) > 1 else names
            self.limit_reason = f"there are only {total:,} different values of {what}"

    def _axes(self, free: Sequence[str]) -> list[_Axis]:
        """The axes of these columns, those with fewest values first."""
        left, axes = list(free), []
        for key in sorted(self.keys, key=lambda k: -len(set(k.columns) & set(left))):
            columns = tuple(name for name in key.columns if name in left)
            if columns and key not in self.own:
                axes.append(_Axis(columns, len(self.keys[key].projected(columns)), key))
                left = [name for name in left if name not in columns]
            elif columns:
                left = [name for name in left if name not in columns]
        for name in left:
            sizes = [self._size(name, way) for way in self.ways]
            known = [size for size in sizes if size is not None]
            axes.append(_Axis((name,), min(known) if len(known) == len(sizes) else None))
        return sorted(axes, key=lambda axis: (axis.size is None, axis.size or 0))

    def _size(self, name: str, way: Alternative) -> int | None:
        try:
            source = self._made(self.table.by_name[name], way.hints.get(name, ANYTHING))
        except NoValuesError:
            return 1
        return source.size if source.random is None else None

    # -- values of one column

    def _made(self, column: Column, hint: Hint) -> Source:
        known = (column.name, hint)
        if known not in self._sources:
            self._sources[known] = self._new_source(column, hint)
        source = self._sources[known]
        if source is None:
            raise NoValuesError(f"no value is known for {column.name}")
        return source

    def _new_source(self, column: Column, hint: Hint) -> Source:
        spread = self.spread[column.name]
        if spread.values:
            values = {_native(value, self.types.dialect): weight
                      for value, weight in spread.values.items()
                      if hint.values is None or str(value) in hint.values}  # fmt: skip
            if values:
                return chosen(list(values), list(values.values()))
        default = self._usual_default(column) if spread == USUAL and hint == ANYTHING else None
        if default is not None:
            return chosen([default])
        wanted = Wanted(column.name, self.table.label, self.seed, hint, spread.width,
                        spread.distinct_of(self.rows_wanted))  # fmt: skip
        try:
            return self.types.source(column.type, wanted, column.affinity)
        except NoValuesError as error:
            raise NoValuesError(f"{column.name}: {error}") from None

    def _usual_default(self, column: Column) -> str | None:
        """The default of a text whose name says nothing: a word that programs know, such as USER.

        Other words might be ones that they do not know.
        """
        found = re.fullmatch(
            r"'((?:[^']|'')*)'(::(character varying|text).*)?", column.default or ""
        )
        is_text = column.affinity == "TEXT" or bool(found and found[2])
        is_key = any(column.name in unique.columns for unique in self.table.uniques)
        if found is None or not is_text or is_key:
            return None
        is_word = kind_of(column.name, self.table.label) in {"word", "state"}
        return found[1].replace("''", "'") if is_word else None

    def add_sparse_ways(self) -> None:
        """Add the ways once more with NULL wherever it may be: perhaps a value is not taken."""
        for way in self.ways[:4]:
            hints = dict(way.hints)
            for column in self.columns:
                both = hints.get(column.name, ANYTHING) & Hint(null=True)
                if both is not None and self._can_be_null(column):
                    hints[column.name] = both
            self.ways.append(Alternative(hints, way.relations))

    def promised(self, names: Sequence[str], count: int) -> list[Row]:
        """What the first rows will have in these columns; nothing where that is not known yet."""
        made: Columns = {}
        wanted = set(names)
        counted = [axes for axes in self.counted if any(wanted & {*a.columns} for a in axes)]
        if any(axis.key is not None for axes in counted for axis in axes):
            return []
        self._count_through(made, self.ways[0], range(count), counted)
        if not set(names) <= made.keys():
            return []
        return list(zip(*(made[name] for name in names), strict=True))

    # -- rows

    def rows(self, way: Alternative, count: int) -> list[Row]:
        """So many rows in one way; fewer where no parent fits."""
        numbers = range(self.position, self.position + count)
        self.position += count
        made: Columns = {name: [None] * count for name in self.empty}
        self._count_through(made, way, numbers, self.counted)
        dropped = self._refer(made, way, count)
        fixed = set(made)
        for column in self.columns:
            if column.name not in made:
                made[column.name] = self._values(column, way, count)
        self._relate(made, way, fixed)
        self._refer_to_itself(made)
        rows = list(zip(*(made[name] for name in self.names), strict=True))
        return [row for place, row in enumerate(rows) if place not in dropped] if dropped else rows

    def _count_through(
        self, made: Columns, way: Alternative, numbers: range, counted: Sequence[list[_Axis]]
    ) -> None:
        for axes in counted:
            total = _total(axes)
            rest = list(numbers)
            if total is not None and len(axes) > 1:
                stride = _stride(total)
                rest = [number * stride % total for number in rest]
            for axis in axes:
                size = axis.size
                places = rest if size is None else [each % size for each in rest]
                rest = [0] * len(rest) if size is None else [each // size for each in rest]
                self._set_axis(made, way, axis, places)
            for name in {name for axis in axes for name in axis.columns}:
                made[name] = self._with_nulls(self.table.by_name[name], way, made[name])

    def _set_axis(
        self, made: Columns, way: Alternative, axis: _Axis, places: Sequence[int]
    ) -> None:
        if axis.key is not None:
            keys = self.keys[axis.key].projected(axis.columns)
            for at, name in enumerate(axis.columns):
                made[name] = [keys[place][at] for place in places]
            return
        [name] = axis.columns
        column = self.table.by_name[name]
        source = self._source_or_nulls(column, way)
        made[name] = [None] * len(places) if source is None else [source.nth(n) for n in places]

    def _source_or_nulls(self, column: Column, way: Alternative) -> Source | None:
        hint = way.hints.get(column.name, ANYTHING)
        if hint.null:
            return None
        try:
            return self._made(column, hint)
        except NoValuesError:
            if not self._can_be_null(column) or hint.null is False:
                raise
            return None

    def _values(self, column: Column, way: Alternative, count: int) -> list[Any]:
        source = self._source_or_nulls(column, way)
        if source is None:
            return [None] * count
        return self._with_nulls(column, way, source.many(self.rng, count))

    def _with_nulls(self, column: Column, way: Alternative, values: list[Any]) -> list[Any]:
        share = self._null_share(column, way)
        if share == 0:
            return values
        if share == 1:
            return [None] * len(values)
        random = self.rng.random
        return [None if random() < share else value for value in values]

    def _null_share(self, column: Column, way: Alternative) -> float:
        null = way.hints.get(column.name, ANYTHING).null
        if null is not None:
            return float(null)
        if not self._can_be_null(column):
            return 0.0
        given = self.spread[column.name].nulls
        return _NULLS if given is None else given

    # -- foreign keys

    def _refer(self, made: Columns, way: Alternative, count: int) -> set[int]:
        """Fill the columns of foreign keys; the places of rows for which no parent fits."""
        dropped: set[int] = set()
        by_width = sorted(self.keys, key=lambda key: (key in self.own, -len(key.columns)))
        for key in by_width:
            shared = [name for name in key.columns if name in made]
            if len(shared) == len(key.columns):
                continue
            parents = self._parents_in(key, way)
            free = [name for name in key.columns if name not in made]
            found = self._drawn(parents, shared, made, count)
            share = max(
                (self._null_share(self.table.by_name[name], way) for name in free), default=0
            )
            nullable = self.table.may_be_null(free) and (not key.full or not shared)
            random = self.rng.random
            for at, name in enumerate(key.columns):
                if name in shared:
                    continue
                made[name] = [None if each is None else each[at] for each in found]
            if nullable and share:
                empty = [random() < share for _ in range(count)]
                for name in free:
                    if key.full or self._can_be_null(self.table.by_name[name]):
                        pairs = zip(empty, made[name], strict=True)
                        made[name] = [None if is_empty else value for is_empty, value in pairs]
            if not nullable and key not in self.own:
                dropped.update(place for place, each in enumerate(found) if each is None)
        return dropped

    def _parents_in(self, key: ForeignKey, way: Alternative) -> Parents:
        """The parents whose values a check on the key's columns allows."""
        parents = self.keys[key]
        for name in key.columns:
            values = way.hints.get(name, ANYTHING).values
            if values is not None:
                at = key.columns.index(name)
                allowed = {(k[at],) for k in parents.keys if str(k[at]) in values}
                parents = parents.where([name], allowed)
        return parents

    def _drawn(
        self, parents: Parents, shared: Sequence[str], made: Columns, count: int
    ) -> list[Row | None]:
        """A parent for each row, of those that agree with what is set already."""
        if not len(parents):
            return [None] * count
        if not shared:
            return list(parents.draw(self.rng, count))
        known = parents.by(shared)
        found: list[Row | None] = []
        for values in zip(*(made[name] for name in shared), strict=True):
            fitting = known.get(values)
            found.append(self.rng.choice(fitting) if fitting else None)
        return found

    def _refer_to_itself(self, made: Columns) -> None:
        """A row that must refer to its own table, and finds none there, refers to itself."""
        for key in self.own:
            if self.table.may_be_null(key.columns):
                continue
            for place in range(len(made[key.columns[0]])):
                if any(made[name][place] is None for name in key.columns):
                    for name, target in zip(key.columns, key.target_columns, strict=True):
                        made[name][place] = made[target][place]

    def learn(self, rows: Sequence[Row]) -> None:
        """These rows are in the table now: later ones may refer to them."""
        places = {name: place for place, name in enumerate(self.names)}
        for key in self.own:
            if all(name in places for name in key.target_columns):
                at = [places[name] for name in key.target_columns]
                self.keys[key].add([tuple(row[place] for place in at) for row in rows])

    def _relate(self, made: Columns, way: Alternative, fixed: set[str]) -> None:
        """Make columns agree that a check compares with each other."""
        for relation in way.relations:
            names = {relation[0], relation[2]}
            if names <= made.keys() and not names <= fixed:
                spare = next(name for name in self.names if name in names - fixed)
                count = len(made[spare])
                more = self._values(self.table.by_name[spare], way, count)
                relate(made, relation, fixed, (spare, more))


def _total(axes: Sequence[_Axis]) -> int | None:
    sizes = [axis.size for axis in axes]
    return None if None in sizes else prod(size for size in sizes if size is not None)


def _stride(total: int) -> int:
    """A step that comes past all numbers below ``total``, and not one after another."""
    if total > 2**40 or total < 4:
        return 1
    step = int(total * 0.618) | 1
    while gcd(step, total) != 1:
        step += 1
    return step


def _native(value: Any, dialect: str) -> Any:  # noqa: ANN401
    """A value that the caller gave, as the database's own text for it on PostgreSQL."""
    if isinstance(value, bool):
        return str(value).lower() if dialect == "postgresql" else int(value)
    return str(value) if dialect == "postgresql" and value is not None else value
