"""Foreign keys as the database has them, beside relationships as the ORM sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from schema.catalog import Catalog, SchemaObject
from schema.catalog.sqlite_text import tokens
from schema.synthetic.tables import table_label
from schema.tables.models import ModelClass, Models, Place, Relationship
from schema.tables.names import tables_of
from schema.tables.parts import ForeignKeyFact, Relation, Remark

__all__ = ["foreign_keys_of", "model_foreign_keys", "relation_remarks", "relations_of"]

_Pairs = frozenset[frozenset[Place]]


def foreign_keys_of(catalog: Catalog) -> tuple[ForeignKeyFact, ...]:
    """All foreign keys of a database, with tables as labels; those of partitions left out.

    One that names no columns of its target means the target's primary key.
    """
    tables = tables_of(catalog)
    same = {label.lower(): label for label in tables} if catalog.dialect == "sqlite" else {}
    primary = {
        _label(item): _texts(item.properties.get("columns"))
        for item in catalog.of_kind("primary key")
    }
    found = []
    for item in catalog.of_kind("foreign key"):
        table, properties = tables.get(_label(item)), item.properties
        is_partition = table is not None and table.properties.get("partition_bound") is not None
        if is_partition or properties.get("not_enforced"):
            continue
        named = str(properties.get("target") or "")
        target = same.get(named.lower(), named) if same else _unquoted(named)
        key = ForeignKeyFact(
            item.name,
            _label(item),
            _texts(properties.get("columns")),
            target,
            _texts(properties.get("target_columns")) or primary.get(target, ()),
            _text(properties.get("on_delete")),
            _text(properties.get("on_update")),
            properties.get("validated") is not False,
        )
        found.append(key)
    return tuple(found)


def _label(item: SchemaObject) -> str:
    return table_label(item.schema_name, item.table or "")


def _unquoted(name: str) -> str:
    """A qualified name (``sales."Order"``) as a label."""
    parts = [token.name for token in tokens(name) if token.text != "."]
    return table_label(parts[0], parts[1]) if len(parts) == 2 else (parts or [name])[0]


def model_foreign_keys(models: Models) -> tuple[ForeignKeyFact, ...]:
    """All foreign keys of the models, for where no database is known."""
    return tuple(
        ForeignKeyFact(
            key.name or f"foreign key ({', '.join(key.columns)})",
            table.label,
            key.columns,
            key.target,
            key.target_columns,
            key.on_delete,
            key.on_update,
        )
        for table in models.tables
        for key in table.foreign_keys
    )


def relations_of(
    label: str, keys: Sequence[ForeignKeyFact], models: Models | None
) -> tuple[Relation, ...]:
    """What joins a table to others: each of its foreign keys, and each relationship without one.

    Those that lead out of the table come first.
    """
    ours = [key for key in keys if label in {key.table, key.target}]
    told = _relationships(models, label) if models is not None else []
    links = _links(models)
    relations = []
    used: set[int] = set()
    for key in ours:
        along = [(cls, each) for cls, each in told if _pairs(key) <= _joined(each)]
        used |= {id(each) for _, each in along}
        side = "out" if key.table == label else "in"
        other = key.target if side == "out" else key.table
        named = tuple((cls.name, each) for cls, each in along)
        relations.append(Relation(side, other, key, named, inherits=_pairs(key) in links))
    for cls, each in told:
        if id(each) not in used and label in cls.tables:
            other = each.target_table or each.target
            side = "in" if each.direction == "one to many" else "out"
            relations.append(Relation(side, other, None, ((cls.name, each),)))
    return tuple(sorted(relations, key=lambda each: each.side != "out"))


def _relationships(models: Models, label: str) -> list[tuple[ModelClass, Relationship]]:
    """Those that begin at, lead to, or go through the table; of our own classes first."""
    found = []
    for cls in models.classes:
        for each in cls.relationships:
            places = {place[0] for pair in each.pairs for place in pair}
            if label in places or cls.table == label or each.target_table == label:
                found.append((cls, each))
    return sorted(found, key=lambda pair: (pair[0].table != label, pair[0].name, pair[1].name))


def _pairs(key: ForeignKeyFact) -> _Pairs:
    together = zip(key.columns, key.target_columns, strict=False)
    return frozenset(frozenset({(key.table, a), (key.target, b)}) for a, b in together)


def _joined(each: Relationship) -> _Pairs:
    return frozenset(frozenset(pair) for pair in each.pairs)


def _links(models: Models | None) -> set[_Pairs]:
    """The pairs of columns along which classes are joined to those that they inherit from."""
    found: set[_Pairs] = set()
    for cls in models.classes if models is not None else ():
        if cls.inheritance is not None and cls.inheritance.kind == "joined":
            pairs = [
                frozenset(each.columns) for each in cls.attributes if len(set(each.columns)) > 1
            ]
            found |= {frozenset({pair}) for pair in pairs} | {frozenset(pairs)}
    return found


# -- where both disagree --------------------------------------------------------------------------


def relation_remarks(
    label: str,
    relations: Sequence[Relation],
    models: Models | None,
    unique: Collection[frozenset[str]],
    *,
    is_database: bool,
) -> Iterator[Remark]:
    """Where the ORM and the database see it differently. ``unique`` are the table's unique keys."""
    if models is None:
        return
    declared = {_pairs(key): key for key in model_foreign_keys(models)}
    classes = {cls.name for cls in models.classes_of(label)}
    by_hand = not any(cls.relationships for cls in models.classes)
    for relation in relations:
        for name, each in relation.relationships:
            if each.problem is not None:
                yield Remark("mapper failed", f"{name}.{each.name}", each.problem)
            elif name in classes:
                yield from _differences(name, each, relation, unique)
        if relation.foreign_key is None:
            yield from _without_key(relation, classes, is_database=is_database)
        elif relation.side == "out" and not relation.relationships and not relation.inherits:
            yield from _without_relationship(relation.foreign_key, declared, models, by_hand)
    if is_database:
        there = {_pairs(each.foreign_key) for each in relations if each.foreign_key is not None}
        for pairs, key in declared.items():
            if key.table == label and pairs not in there:
                yield Remark(
                    "only in the models",
                    key.label,
                    f"The models have the foreign key {key.label}; the database lacks it.",
                )


def _without_key(
    relation: Relation, classes: Collection[str], *, is_database: bool
) -> Iterator[Remark]:
    for name, each in relation.relationships:
        if each.problem is None and name in classes and each.pairs:
            where = "the database" if is_database else "the models"
            joined = "; ".join(f"{_said(a)} = {_said(b)}" for a, b in each.pairs)
            yield Remark(
                "relationship without a foreign key",
                f"{name}.{each.name}",
                f"{name}.{each.name} joins {joined}; no foreign key in {where} keeps it true.",
            )


def _without_relationship(
    key: ForeignKeyFact,
    declared: Mapping[_Pairs, ForeignKeyFact],
    models: Models,
    by_hand: bool,
) -> Iterator[Remark]:
    """``by_hand``: no class has any relationship, so that one more is not missed."""
    if _pairs(key) not in declared and key.table in models.by_label:
        yield Remark(
            "only in the database",
            key.label,
            f"The database has the foreign key {key.label}; the models do not.",
        )
    elif not by_hand and models.classes_of(key.table) and models.classes_of(key.target):
        yield Remark(
            "foreign key without a relationship",
            key.label,
            f"No relationship goes along {key.label}: the ORM joins it only by hand.",
        )


def _differences(
    name: str, each: Relationship, relation: Relation, unique: Collection[frozenset[str]]
) -> Iterator[Remark]:
    key, subject = relation.foreign_key, f"{name}.{each.name}"
    if key is None:
        return
    action = key.on_delete or "NO ACTION"
    is_parent = relation.side == "in" or key.table == key.target
    if not is_parent or each.direction != "one to many" or each.viewonly:
        action = ""  # what is done with the rows of the other side is no matter of this one
    if each.passive_deletes and action in {"NO ACTION", "RESTRICT"}:
        yield Remark(
            "deletes differ",
            subject,
            f"{subject} leaves deletes to the database (passive_deletes), where {key.label} "
            f"is ON DELETE {action}: deleting a row that others refer to fails.",
        )
    elif not each.passive_deletes and action == "CASCADE" and "delete" not in each.cascade:
        yield Remark(
            "deletes differ",
            subject,
            f"{key.label} is ON DELETE CASCADE, while {subject} does not cascade deletes: the "
            "ORM sets the column to NULL, where SQL would delete the rows.",
        )
    is_kept = any(columns <= set(key.columns) for columns in unique)
    if each.cardinality == "one to one" and relation.side == "out" and not is_kept:
        yield Remark(
            "one is not kept",
            subject,
            f"{subject} is one to one, yet nothing in the database keeps "
            f"{', '.join(key.columns)} unique: there may be several rows.",
        )


def _said(place: Place) -> str:
    return ".".join(part for part in place if part)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()
