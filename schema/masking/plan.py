"""Which columns are masked, and how: rules spread along foreign keys, and checked beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from schema.catalog import Catalog
from schema.errors import ScratchError
from schema.masking.rules import Mask
from schema.synthetic.column_types import Types
from schema.synthetic.mariadb_types import BITS
from schema.synthetic.tables import Column, Table, read_tables

__all__ = ["CollisionError", "Step", "planned", "shortest"]

_Place = tuple[str, str]

#: What each rule can be used for, beside null and fixed, which suit all.
_FOR = {
    "hash": {"text", "integer", "number", "uuid", "bytes"},
    "fake": {"text"},
    "keep": {"text"},
    "text": {"text"},
    "shift": {"date", "moment"},
}


class CollisionError(ScratchError):
    """Masked values that have to differ came out alike; with another key they may not."""


@dataclass(frozen=True)
class Step:
    """One column to mask.

    ``group`` is the same for columns whose values must stay the same as each other's. ``shape`` is
    what values are: text, integer, number, uuid, bytes, date, moment or other. ``longest`` is the
    limit in characters (of integers: in bits), None without one. ``distinct`` tells that different
    values must stay different, ``is_unique`` that an index of the table's own sees to it,
    ``is_joined`` that a foreign key joins it with others.
    """

    table: Table
    column: Column
    mask: Mask
    group: str
    shape: str
    longest: int | None
    distinct: bool
    is_unique: bool
    is_joined: bool
    because: str | None = None

    @property
    def name(self) -> str:
        return f"{self.table.label}.{self.column.name}"

    @property
    def rule(self) -> str:
        """The rule with its argument. Where two columns have the same, what was equal stays so."""
        return str(self.mask).partition("=")[2]

    @property
    def moved_with(self) -> str:
        """What dates are moved together with: all of the table, or all that a key joins."""
        return self.group if self.is_joined else self.table.label


def planned(catalog: Catalog, masks: Sequence[Mask]) -> list[Step]:
    """The columns to mask, table by table. Raises ScratchError for what can't be done."""
    tables = [table for table in read_tables(catalog) if table.refusal is None]
    types = Types.of(catalog)
    chosen = _matched(tables, masks)
    groups = _groups(tables)
    _check_targets(tables, chosen)
    spread = _spread(chosen, groups)
    steps = []
    for table in tables:
        for column in table.columns:
            place = (table.label, column.name)
            if place in spread and column.written:
                mask, because = spread[place]
                group = groups.get(place, [place])
                steps.append(_step(table, column, mask, group, types, because))
    _check_limits(steps)
    # What one mask says of several columns, one of them unique, makes equal values equal in all.
    distinct = {step.mask for step in steps if step.distinct}
    return [replace(step, distinct=step.mask in distinct) for step in steps]


def _matched(tables: Sequence[Table], masks: Sequence[Mask]) -> dict[_Place, Mask]:
    found: dict[_Place, Mask] = {}
    for mask in masks:
        places = [(table.label, column.name) for table in tables for column in table.columns
                  if column.written and mask.matches(table.label, column.name)]  # fmt: skip
        if not places:
            raise ScratchError(f"The mask {mask} fits no column; nothing was masked.")
        found |= dict.fromkeys(places, mask)
    return found


def _groups(tables: Iterable[Table]) -> dict[_Place, list[_Place]]:
    """The columns that foreign keys join, under each of them; those that no key joins left out."""
    groups: dict[_Place, list[_Place]] = {}
    for table in tables:
        for key in table.foreign_keys:
            for name, target in zip(key.columns, key.target_columns, strict=False):
                one, other = (table.label, name), (key.target, target)
                joined = list(dict.fromkeys([*groups.get(other, [other]), *groups.get(one, [one])]))
                groups |= dict.fromkeys(joined, joined)
    return groups


def _check_targets(tables: Sequence[Table], chosen: dict[_Place, Mask]) -> None:
    """What others refer to can't be emptied: they would refer to nothing."""
    for table in tables:
        for key in table.foreign_keys:
            for target in key.target_columns:
                mask = chosen.get((key.target, target))
                if mask is not None and mask.rule == "null":
                    raise ScratchError(
                        f"The mask {mask} can't be applied to {key.target}.{target}: "
                        f"{table.label} refers to it. Take hash."
                    )


def _spread(
    chosen: dict[_Place, Mask], groups: dict[_Place, list[_Place]]
) -> dict[_Place, tuple[Mask, str | None]]:
    """The masks of all columns, also of those that only are joined to a named one."""
    found: dict[_Place, tuple[Mask, str | None]] = {}
    for place, mask in chosen.items():
        if mask.rule == "null" or place not in groups:
            found[place] = (mask, None)
            continue
        for other in groups[place]:
            named = chosen.get(other, mask)
            if named.rule != "null" and (named.rule, named.argument) != (mask.rule, mask.argument):
                raise ScratchError(
                    f"{'.'.join(place)} and {'.'.join(other)} are joined by a foreign key and have "
                    f"different masks; nothing was masked."
                )
            if other not in found or other == place:
                found[other] = (mask, None if other in chosen else ".".join(place))
    return found | {place: (mask, None) for place, mask in chosen.items() if mask.rule == "null"}


def _step(
    table: Table,
    column: Column,
    mask: Mask,
    group: Sequence[_Place],
    types: Types,
    because: str | None,
) -> Step:
    shape, longest = shape_of(column, types)
    unique = [each for each in table.uniques if column.name in each.columns]
    step = Step(
        table,
        column,
        mask,
        ".".join(group[0]),
        shape,
        longest,
        bool(unique) or len(group) > 1,
        bool(unique),
        len(group) > 1,
        because,
    )
    alone = any(each.columns == (column.name,) for each in unique)
    problem = _problem(step, types, is_alone=alone)
    if problem:
        raise ScratchError(f"The mask {mask} can't be applied to {step.name}: {problem}")
    return step


def _problem(step: Step, types: Types, *, is_alone: bool) -> str | None:
    column, rule = step.column, step.mask.rule
    if rule == "null":
        if not column.nullable or types.is_not_null(column.type) or (
            column.name in step.table.primary_key
        ):  # fmt: skip
            return "it can't be NULL. Take hash, fake or fixed."
        return None
    if rule == "fixed":
        if step.is_joined:
            return "a foreign key joins it with others. Take hash."
        return "its values have to differ. Take hash." if is_alone else None
    if step.shape not in _FOR[rule]:
        fitting = [name for name, shapes in _FOR.items() if step.shape in shapes]
        return f"it holds {_WORDS[step.shape]}. Take {', '.join([*fitting, 'null or fixed'])}."
    return None


_WORDS = {"text": "text", "integer": "whole numbers", "number": "numbers", "uuid": "UUIDs",
          "bytes": "bytes", "date": "dates", "moment": "points in time",
          "other": "values of another kind"}  # fmt: skip


def _check_limits(steps: Sequence[Step]) -> None:
    """Columns of one group must be cut alike, and long enough for values that differ."""
    for step in steps:
        if step.shape == "text" and step.distinct and step.mask.rule in {"hash", "fake", "keep"}:
            most = shortest(step, steps)
            if most is not None and most < 10:
                raise ScratchError(
                    f"The mask {step.mask} can't be applied to {step.name}: its values have to "
                    f"differ, and {most} characters are too few for that."
                )


def shortest(step: Step, steps: Sequence[Step]) -> int | None:
    """The least of the limits of a group's texts, in characters; None without one."""
    lengths = [each.longest for each in steps if each.group == step.group and each.shape == "text"]
    return min((length for length in lengths if length is not None), default=None)


def shape_of(column: Column, types: Types) -> tuple[str, int | None]:
    """What a column's values are, and its limit."""
    if types.dialect == "sqlite":
        return _sqlite_shape(column)
    if types.dialect == "mariadb":
        return _mariadb_shape(column.type.lower())
    return _postgresql_shape(types.base(column.type))


_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}


def _postgresql_shape(name: str) -> tuple[str, int | None]:
    numbers = [int(each) for each in re.findall(r"\d+", name)]
    plain = re.sub(r"\(.*?\)", "", name).strip()
    if name.endswith("[]"):
        return "other", None
    if plain in {"text", "citext"}:
        return "text", None
    if plain in {"character varying", "character"}:
        return "text", numbers[0] if numbers else (1 if plain == "character" else None)
    if plain in _INTEGERS:
        return "integer", _INTEGERS[plain]
    if plain in {"numeric", "real", "double precision"}:
        return "number", None
    if plain in {"uuid", "date"}:
        return plain, None
    if plain.startswith("timestamp"):
        return "moment", None
    return ("bytes", None) if plain == "bytea" else ("other", None)


def _mariadb_shape(name: str) -> tuple[str, int | None]:
    plain = re.split(r"[ (]", name, maxsplit=1)[0]
    numbers = [int(each) for each in re.findall(r"\d+", name)]
    first = numbers[0] if numbers else None
    if plain in BITS and (plain, first) != ("tinyint", 1):
        return "integer", BITS[plain] + ("unsigned" in name)
    if plain in {"char", "varchar"}:
        return "text", first or 1
    if plain in {"tinytext", "text", "mediumtext", "longtext"}:
        return "text", 63 if plain == "tinytext" else None
    if plain in {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}:
        return "bytes", first or (255 if plain == "tinyblob" else None)
    if plain in {"decimal", "float", "double"}:
        return "number", None
    if plain in {"datetime", "timestamp"}:
        return "moment", None
    return (plain, None) if plain in {"uuid", "date"} else ("other", None)


def _sqlite_shape(column: Column) -> tuple[str, int | None]:
    upper = column.type.upper()
    numbers = re.findall(r"\d+", upper)
    longest = int(numbers[0]) if numbers else None
    if "BOOL" in upper:
        return "other", None
    if upper.startswith(("DATETIME", "TIMESTAMP")):
        return "moment", None
    if upper == "DATE":
        return "date", None
    if "UUID" in upper or "GUID" in upper or upper in {"CHAR(32)", "CHAR(36)"}:
        return "uuid", None
    if column.affinity == "INTEGER":
        return "integer", None
    if column.affinity == "REAL" or (column.affinity == "NUMERIC" and upper):
        return "number", None
    if column.affinity == "BLOB" and upper == "BLOB":
        return "bytes", None
    return "text", longest
