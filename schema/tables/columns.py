"""The columns of a table, as the database and the models have them, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schema.catalog import SchemaObject
from schema.synthetic.column_types import Types
from schema.tables.figures import ColumnFigures, Figures
from schema.tables.indexes import column_of
from schema.tables.models import Attribute, ModelClass, ModelColumn, ModelTable, Validator
from schema.tables.parts import Attributed, ForeignKeyFact, PageColumn, Remark
from schema.tables.said import class_mentions, column_said

__all__ = ["column_remarks", "page_columns", "unique_keys"]


def page_columns(
    label: str,
    objects: Mapping[str, Sequence[SchemaObject]] | None,
    table: ModelTable | None,
    classes: Sequence[ModelClass],
    keys: Sequence[ForeignKeyFact],
    figures: Figures,
    types: Types | None,
) -> tuple[PageColumn, ...]:
    """One entry a column, in the database's order; those of the models alone at the end.

    ``objects`` are the table's own by kind, None where no database is known.
    """
    mentions = class_mentions(classes)
    found: list[PageColumn] = []
    named: set[str] = set()
    for item in (objects or {}).get("column", ()):
        column = _model_column(table, item.name)
        named |= {column.name} if column is not None else set()
        attributes = _attributes(label, column.name if column else item.name, classes)
        only = "database" if table is not None and column is None else None
        words = _keys(item.name, objects or {}, keys, label)
        known = figures.columns.get(item.name, ColumnFigures())
        found.append(_of_database(item, column, attributes, mentions, words, known, only, types))
    for column in table.columns if table is not None else ():
        if column.name not in named:
            attributes = _attributes(label, column.name, classes)
            words = _model_keys(column, keys, label)
            only = None if objects is None else "models"
            found.append(_of_models(column, attributes, mentions, words, only))
    return tuple(found)


def unique_keys(objects: Mapping[str, Sequence[SchemaObject]]) -> list[frozenset[str]]:
    """The sets of columns that the database keeps unique."""
    found = []
    for item in [*objects.get("primary key", ()), *objects.get("unique", ())]:
        found.append(frozenset(_texts(item.properties.get("columns"))))
    for item in objects.get("index", ()):
        names = [column_of(part) for part in _texts(item.properties.get("columns"))]
        is_whole = item.properties.get("predicate") is None and None not in names
        if item.properties.get("unique") and is_whole:
            found.append(frozenset(name for name in names if name is not None))
    return found


def column_remarks(
    label: str, columns: Sequence[PageColumn], table: ModelTable | None
) -> Iterator[Remark]:
    """Where database and models disagree on a column: one lacks it, or only one allows NULL."""
    for column in columns:
        name = f"{label}.{column.name}"
        if column.only_in == "models":
            yield Remark("only in the models", name, f"The database lacks the column {name}.")
        elif column.only_in == "database":
            yield Remark("only in the database", name, f"The models lack the column {name}.")
        elif (model := _model_column(table, column.name)) and model.nullable != column.nullable:
            there = "may be NULL" if column.nullable else "is NOT NULL"
            yield Remark(
                "nullability differs",
                name,
                f"{name} {there} in the database; the models say otherwise.",
            )


def _of_database(
    item: SchemaObject,
    column: ModelColumn | None,
    attributes: Sequence[tuple[ModelClass, Attribute]],
    mentions: Mapping[str, str],
    keys: tuple[str, ...],
    figures: ColumnFigures,
    only_in: str | None,
    types: Types | None,
) -> PageColumn:
    properties = item.properties
    enum = column.enum.values if column is not None and column.enum is not None else ()
    default = properties.get("default")
    if properties.get("identity") is not None:
        default = f"identity ({properties['identity']})"
    return PageColumn(
        item.name,
        str(properties.get("type") or ""),
        bool(properties.get("nullable")),
        None if default is None else str(default),
        None if not properties.get("generated") else str(properties["generated"]),
        column.default if column is not None else None,
        column.onupdate if column is not None else None,
        keys,
        _attributed(attributes),
        _validation(attributes),
        enum or _labels(str(properties.get("type") or ""), types),
        column_said(item, column, [each for _, each in attributes], mentions),
        _info(column, attributes),
        figures.null_share,
        figures.distinct,
        figures.may_be_read,
        only_in,
    )


def _of_models(
    column: ModelColumn,
    attributes: Sequence[tuple[ModelClass, Attribute]],
    mentions: Mapping[str, str],
    keys: tuple[str, ...],
    only_in: str | None,
) -> PageColumn:
    return PageColumn(
        column.name,
        column.type,
        column.nullable,
        "identity" if column.identity else column.server_default,
        column.computed,
        column.default,
        column.onupdate,
        keys,
        _attributed(attributes),
        _validation(attributes),
        column.enum.values if column.enum is not None else (),
        column_said(None, column, [each for _, each in attributes], mentions),
        _info(column, attributes),
        only_in=only_in,
    )


# -- from the models ------------------------------------------------------------------------------


def _model_column(table: ModelTable | None, name: str) -> ModelColumn | None:
    """SQLite compares names without case; elsewhere the exact one comes first anyway."""
    if table is None:
        return None
    low = name.lower()
    return table.column(name) or next(
        (each for each in table.columns if each.name.lower() == low), None
    )


def _attributes(
    label: str, name: str, classes: Sequence[ModelClass]
) -> list[tuple[ModelClass, Attribute]]:
    return [(cls, each) for cls in classes for each in cls.attributes_of(label, name)]


def _attributed(attributes: Sequence[tuple[ModelClass, Attribute]]) -> tuple[Attributed, ...]:
    return tuple(
        Attributed(cls.name, each.name, each.annotation, cls.file, each.line)
        for cls, each in attributes
    )


def _validation(attributes: Sequence[tuple[ModelClass, Attribute]]) -> tuple[Validator, ...]:
    return tuple(dict.fromkeys(one for _, each in attributes for one in each.validators))


def _info(
    column: ModelColumn | None, attributes: Sequence[tuple[ModelClass, Attribute]]
) -> dict[str, str]:
    found = dict(column.info) if column is not None else {}
    for _, each in attributes:
        found |= each.info
    return found


def _model_keys(column: ModelColumn, keys: Sequence[ForeignKeyFact], label: str) -> tuple[str, ...]:
    own = (("primary key",) if column.primary_key else ()) + (("unique",) if column.unique else ())
    return own + _targets(column.name, keys, label)


# -- from the database ----------------------------------------------------------------------------


def _keys(
    name: str,
    objects: Mapping[str, Sequence[SchemaObject]],
    keys: Sequence[ForeignKeyFact],
    label: str,
) -> tuple[str, ...]:
    found = []
    for item in objects.get("primary key", ()):
        if name in _texts(item.properties.get("columns")):
            found.append("primary key")
    for columns in unique_keys({k: v for k, v in objects.items() if k != "primary key"}):
        if name in columns:
            found.append(
                "unique" if len(columns) == 1 else f"unique ({', '.join(sorted(columns))})"
            )
    return tuple(dict.fromkeys(found)) + _targets(name, keys, label)


def _targets(name: str, keys: Sequence[ForeignKeyFact], label: str) -> tuple[str, ...]:
    return tuple(
        f"→ {key.target}.{target}"
        for key in keys
        if key.table == label
        for column, target in zip(key.columns, key.target_columns, strict=False)
        if column == name
    )


def _labels(kind: str, types: Types | None) -> tuple[str, ...]:
    if types is None:
        return ()
    found = types.enums.get(types.base(kind).replace('"', "").removesuffix("[]"))
    return _texts(found.properties.get("labels")) if found is not None else ()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()
