"""What the project's models say of themselves, as values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.project import Project
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Attribute",
    "EnumType",
    "Inheritance",
    "ModelClass",
    "ModelColumn",
    "ModelForeignKey",
    "ModelTable",
    "Models",
    "Place",
    "Relationship",
    "Validator",
    "label_of_key",
    "read_models",
]

#: A column: its table's label, None where the models join something else, and its name.
Place = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enumerated type: ``values`` as the database has them, ``members`` as Python's class has.

    ``class_name`` is None where the values are named without a class; ``name`` is the database's
    own name of the type, None where it has none.
    """

    name: str | None
    values: tuple[str, ...]
    class_name: str | None = None
    module: str | None = None
    doc: str | None = None
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """A column of a Table. ``default`` and ``onupdate`` are what SQLAlchemy itself puts in.

    ``python`` is the name of the type that values have; ``custom`` that of a type of the project's
    own. None where there is none.
    """

    name: str
    type: str
    python: str | None
    custom: str | None
    custom_doc: str | None
    nullable: bool
    primary_key: bool
    unique: bool
    comment: str | None
    doc: str | None
    info: Mapping[str, str]
    default: str | None
    onupdate: str | None
    server_default: str | None
    computed: str | None
    identity: bool
    enum: EnumType | None


@dataclass(frozen=True, slots=True)
class ModelForeignKey:
    """A foreign key of a Table; ``target`` is the label of the table that it leads to."""

    name: str | None
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str | None
    on_update: str | None


@dataclass(frozen=True, slots=True)
class ModelTable:
    """A Table of ``target_metadata``. ``label`` is as a person writes it: ``sales.orders``.

    ``variable`` is the module's own name for it, as ``book_subject``, with ``module``, ``file``,
    ``line`` and the words beside it, where it has one.
    """

    label: str
    schema_name: str | None
    name: str
    comment: str | None
    info: Mapping[str, str]
    columns: tuple[ModelColumn, ...]
    foreign_keys: tuple[ModelForeignKey, ...]
    variable: Mapping[str, Any] | None = None

    def column(self, name: str) -> ModelColumn | None:
        """The column of this name; None when there is none."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Validator:
    """What checks a value before it is set: a method with ``@validates``, or a field's rule."""

    name: str
    doc: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a class that is no relationship.

    ``kind`` is ``column``, ``column property``, ``composite``, ``synonym``, ``hybrid property``,
    ``hybrid method`` or ``association proxy``; ``columns`` are those that it stands for; ``target``
    is what it is made of, in words. ``doc`` is from ``doc=``, or from the text beside it.
    """

    name: str
    kind: str
    columns: tuple[Place, ...]
    target: str | None
    annotation: str | None
    doc: str | None
    line: int | None
    info: Mapping[str, str]
    validators: tuple[Validator, ...]
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship as the ORM sees it.

    ``target`` is the class that it leads to, ``target_table`` its table. ``cardinality`` is ``many
    to one``, ``one to many``, ``one to one`` or ``many to many``. ``pairs`` are the columns that
    are equal, ours first; over a ``secondary`` table, each column of both ends beside its own.
    ``condition`` is the join in SQL. With a ``problem``, it could not be set up, and only what was
    written is known.
    """

    name: str
    target: str
    target_module: str | None
    target_table: str | None
    direction: str | None
    cardinality: str | None
    secondary: str | None
    pairs: tuple[tuple[Place, Place], ...]
    condition: str | None
    back_populates: str | None
    cascade: tuple[str, ...]
    passive_deletes: bool | str
    viewonly: bool
    uselist: bool | None
    lazy: str
    order_by: str | None
    annotation: str | None
    doc: str | None
    line: int | None
    info: Mapping[str, str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Inheritance:
    """How a class shares its rows: ``kind`` is ``base``, ``single``, ``joined`` or ``concrete``.

    ``polymorphic_on`` is the column that tells which class a row is, ``identity`` its value here.
    """

    kind: str
    parent: str | None
    polymorphic_on: str | None
    identity: str | None


@dataclass(frozen=True, slots=True)
class ModelClass:
    """A mapped class. ``table`` is the label of its own table; ``tables`` are all that it joins.

    ``file`` is relative to the project's root where it lies in it. ``style`` is ``declarative``,
    ``imperative``, either with ``dataclass``, or ``sqlmodel``.
    """

    name: str
    module: str
    file: str | None
    line: int | None
    docstring: str | None
    style: str
    table: str | None
    tables: tuple[str, ...]
    inheritance: Inheritance | None
    attributes: tuple[Attribute, ...]
    relationships: tuple[Relationship, ...]

    def attributes_of(self, table: str, column: str) -> Iterator[Attribute]:
        """The attributes that stand for a column."""
        return (each for each in self.attributes if (table, column) in each.columns)


@dataclass(frozen=True)
class Models(Displayed):
    """All models of a project: the tables of ``target_metadata`` and the classes mapped to them.

    ``dialect`` is that of the types' spelling; ``problems`` say why a mapper could not be set up.
    """

    dialect: str | None
    tables: tuple[ModelTable, ...]
    classes: tuple[ModelClass, ...]
    problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        classes, tables = len(self.classes), counted(len(self.tables), "table")
        named = f"{classes:,} class" if classes == 1 else f"{classes:,} classes"
        return f"<Models: {named}, {tables}>"

    @cached_property
    def by_label(self) -> Mapping[str, ModelTable]:
        """The tables by their labels."""
        return {table.label: table for table in self.tables}

    @cached_property
    def _by_table(self) -> Mapping[str, tuple[ModelClass, ...]]:
        found: dict[str, list[ModelClass]] = {}
        for each in self.classes:
            for label in each.tables:
                # A class that joins its parent's table is one of its own table alone.
                if label == each.table or each.table is None:
                    found.setdefault(label, []).append(each)
        return {label: tuple(sorted(found[label], key=_is_child)) for label in found}

    def classes_of(self, label: str) -> tuple[ModelClass, ...]:
        """The classes mapped to a table, those that others inherit from first."""
        return self._by_table.get(label, ())

    def frame(self) -> pd.DataFrame:
        """One row an attribute or relationship: ``class, module, table, attribute, kind, column,
        type, annotation, target, doc``."""
        import pandas as pd

        names = ["class", "module", "table", "attribute", "kind", "column", "type", "annotation",
                 "target", "doc"]  # fmt: skip
        return pd.DataFrame(list(self._rows()), columns=names)

    def _rows(self) -> Iterator[Sequence[object]]:
        for cls in self.classes:
            own = cls.name, cls.module, cls.table
            for each in cls.attributes:
                column = ", ".join(name for _, name in each.columns) or None
                found = self._column(each.columns[0]) if each.columns else None
                kind = found and found.type
                yield (*own, each.name, each.kind, column, kind, each.annotation, each.target,
                       each.doc)  # fmt: skip
            for one in cls.relationships:
                kind = one.cardinality or "relationship"
                yield *own, one.name, kind, None, None, one.annotation, one.target, one.doc

    def _column(self, place: Place) -> ModelColumn | None:
        table = self.by_label.get(place[0] or "")
        return table.column(place[1]) if table else None

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def _is_child(cls: ModelClass) -> tuple[bool, str]:
    return cls.inheritance is not None and cls.inheritance.parent is not None, cls.name


def read_models(project: Project) -> Models:
    """The project's models. No database is opened; nothing is run while nothing has changed.

    A mapper that fails to be configured is one of ``problems``, no error. Raises ProjectCodeError
    when env.py, or a module that it imports, raises.
    """
    return _made(project.classes())


#: The last answers that were made into models, with these. An answer that is given again is the
#: same object, so that a project with a thousand tables is not put together at every question.
_LAST: deque[tuple[Mapping[str, Any], Models]] = deque(maxlen=4)


def _made(told: Mapping[str, Any]) -> Models:
    for known, models in tuple(_LAST):
        if known is told:
            return models
    made = Models(
        told["dialect"],
        tuple(_table(each) for each in told["tables"]),
        tuple(_class(each) for each in told["classes"]),
        tuple(told["problems"]),
    )
    _LAST.append((told, made))
    return made


def label_of_key(key: str | None) -> str | None:
    """The label of a Table's key: PostgreSQL's ``public`` goes without saying."""
    return None if key is None else key.removeprefix("public.")


def _table(told: Mapping[str, Any]) -> ModelTable:
    schema_name, name = told["schema"], told["name"]
    label = name if schema_name in {None, "public"} else f"{schema_name}.{name}"
    return ModelTable(
        label,
        schema_name,
        name,
        told["comment"],
        told["info"],
        tuple(_column(each) for each in told["columns"]),
        tuple(
            ModelForeignKey(
                each["name"],
                tuple(each["columns"]),
                label_of_key(each["target"]) or "",
                tuple(each["target_columns"]),
                each["on_delete"],
                each["on_update"],
            )
            for each in told["foreign_keys"]
        ),
        told["variable"],
    )


def _column(told: Mapping[str, Any]) -> ModelColumn:
    known = {name: told[name] for name in _COLUMN_FACTS}
    custom = told["custom"] or {"name": None, "doc": None}
    return ModelColumn(
        **known, custom=custom["name"], custom_doc=custom["doc"], enum=_enum(told["enum"])
    )


_COLUMN_FACTS = ("name", "type", "python", "nullable", "primary_key", "unique", "comment", "doc",
                 "info", "default", "onupdate", "server_default", "computed",
                 "identity")  # fmt: skip


def _enum(told: Mapping[str, Any] | None) -> EnumType | None:
    if told is None:
        return None
    return EnumType(told["name"], tuple(told["values"]), told["class"], told["module"],
                    told["doc"], told["members"])  # fmt: skip


def _class(told: Mapping[str, Any]) -> ModelClass:
    plain = {name: told[name] for name in ("name", "module", "file", "line", "docstring", "style")}
    inherited = told["inheritance"]
    labels = tuple(label for label in map(label_of_key, told["tables"]) if label)
    return ModelClass(
        **plain,
        table=label_of_key(told["table"]),
        tables=labels,
        inheritance=None if inherited is None else Inheritance(**inherited),
        attributes=tuple(_attribute(each) for each in told["attributes"]),
        relationships=tuple(_relationship(each) for each in told["relationships"]),
    )


def _attribute(told: Mapping[str, Any]) -> Attribute:
    changed = {
        "columns": tuple(_place(each) for each in told["columns"]),
        "validators": tuple(Validator(**each) for each in told["validators"]),
    }
    return Attribute(**{**told, **changed})


def _relationship(told: Mapping[str, Any]) -> Relationship:
    known = {name: value for name, value in told.items() if name != "validators"}
    changed = {
        "target_table": label_of_key(told["target_table"]),
        "secondary": label_of_key(told["secondary"]),
        "cascade": tuple(told["cascade"]),
        "pairs": tuple((_place(one), _place(other)) for one, other in told["pairs"]),
    }
    return Relationship(**{**known, **changed})


def _place(told: Sequence[str | None]) -> Place:
    return label_of_key(told[0]), str(told[1])
