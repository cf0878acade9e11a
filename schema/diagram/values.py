"""What a diagram is made of: tables with columns, the relations between them, and groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Diagram", "DiagramColumn", "DiagramIndex", "DiagramTable", "Enum", "Group", "Relation"]


@dataclass(frozen=True, slots=True)
class DiagramColumn:
    """A column. ``keys`` holds what it is part of: ``"PK"``, ``"FK"``, ``"UK"``.

    ``change`` is ``"added"``, ``"removed"``, ``"renamed"``, ``"changed"``, or None; ``was`` says in
    words what it was before.
    """

    name: str
    type: str
    is_nullable: bool
    keys: tuple[str, ...] = ()
    default: str | None = None
    comment: str | None = None
    change: str | None = None
    was: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.type,
            "nullable": self.is_nullable,
            "keys": list(self.keys),
            "default": self.default,
            "comment": self.comment,
            "change": self.change,
            "was": self.was,
        }


@dataclass(frozen=True, slots=True)
class DiagramIndex:
    """An index, or a unique constraint: its columns or expressions, as the catalog has them."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "columns": list(self.columns), "unique": self.is_unique}


@dataclass(frozen=True, slots=True)
class DiagramTable:
    """A table or view (``kind``: ``"table"``, ``"view"``, ``"materialized view"``).

    ``label`` is its name, with its schema unless that is the default one. ``distance`` counts the
    relations from the table in focus; None when there is no focus. ``partitions`` is the number of
    tables that it is divided into, which are not drawn. ``change`` and ``was`` are as for a column;
    a table in which anything changed is ``"changed"``.
    """

    label: str
    schema_name: str | None
    name: str
    kind: str
    columns: tuple[DiagramColumn, ...]
    comment: str | None = None
    distance: int | None = None
    partitions: int = 0
    change: str | None = None
    was: str | None = None
    primary_key: tuple[str, ...] = ()
    indexes: tuple[DiagramIndex, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "table": self.label,
            "schema_name": self.schema_name,
            "name": self.name,
            "kind": self.kind,
            "comment": self.comment,
            "distance": self.distance,
            "change": self.change,
            "was": self.was,
            "columns": [column.to_dict() for column in self.columns],
            "primary_key": list(self.primary_key),
            "indexes": [each.to_dict() for each in self.indexes],
        }


@dataclass(frozen=True, slots=True)
class Relation:
    """From ``columns`` of ``table`` to ``target_columns`` of ``target``; both are labels.

    ``is_optional``: a row may refer to none. ``is_unique``: at most one row refers to each.
    ``evidence`` is None for a foreign key; for a relation that no foreign key keeps it says in
    words why it is believed.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    is_optional: bool
    is_unique: bool
    on_delete: str | None = None
    on_update: str | None = None
    evidence: str | None = None
    change: str | None = None
    was: str | None = None

    @property
    def is_implied(self) -> bool:
        return self.evidence is not None

    @property
    def ends(self) -> tuple[str, tuple[str, ...], str, tuple[str, ...]]:
        """What it leads from and to: relations that agree in this are the same one."""
        return self.table, self.columns, self.target, self.target_columns

    @property
    def cardinality(self) -> str:
        """How many rows stand at the table's end and at the target's: ``"0..n to 1"``."""
        return f"0..{1 if self.is_unique else 'n'} to {'0..1' if self.is_optional else '1'}"

    def describe(self) -> str:
        """One line for a person: ``orders.customer_id → customers.id (0..n to 1)``."""
        own, there = ", ".join(self.columns), ", ".join(self.target_columns)
        told = [self.cardinality]
        for when, action in (("delete", self.on_delete), ("update", self.on_update)):
            if action and action != "NO ACTION":
                told.append(f"on {when} {action.lower()}")
        told += [f"implied: {self.evidence}"] if self.evidence else []
        return f"{self.table}.{own} → {self.target}.{there} ({'; '.join(told)})"

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "table": self.table,
            "columns": list(self.columns),
            "target": self.target,
            "target_columns": list(self.target_columns),
            "cardinality": self.cardinality,
            "implied": self.is_implied,
            "evidence": self.evidence,
            "on_delete": self.on_delete,
            "on_update": self.on_update,
            "change": self.change,
        }


@dataclass(frozen=True, slots=True)
class Enum:
    """An enumerated type, by its label, with its values in their order."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that belong together, by their labels."""

    name: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Diagram(Displayed):
    """Tables and the relations between them, as they are to be drawn. A notebook shows it drawn.

    ``tables`` and ``relations`` are in the order of their labels. ``groups`` holds every table
    once. ``detail`` is ``"all"``, ``"keys"`` or ``"names"``: which columns the tables have here.
    ``focus`` are the labels of what the rest is shown around; ``left_out`` is the number of tables
    that are too far from it. ``is_comparison`` tells that changes are marked. ``title`` says
    what is shown, ``notes`` what else is to be known, in sentences. ``enums`` are those of the
    whole catalog.
    """

    dialect: str
    tables: tuple[DiagramTable, ...]
    relations: tuple[Relation, ...]
    groups: tuple[Group, ...] = ()
    detail: str = "all"
    focus: tuple[str, ...] = ()
    left_out: int = 0
    is_comparison: bool = False
    title: str = ""
    notes: tuple[str, ...] = ()
    enums: tuple[Enum, ...] = ()
    _by_label: dict[str, DiagramTable] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_label.update({table.label: table for table in self.tables})

    def __hash__(self) -> int:
        """Of the labels alone: pictures are remembered by their diagram, and asked for often."""
        return hash((self.dialect, self.detail, tuple(self._by_label)))

    def __getitem__(self, label: str) -> DiagramTable:
        """The table of this label. Raises KeyError."""
        return self._by_label[label]

    def __contains__(self, label: object) -> bool:
        return label in self._by_label

    def __repr__(self) -> str:
        real = sum(not each.is_implied for each in self.relations)
        told = f"{counted(len(self.tables), 'table')}, {counted(real, 'relation')}"
        if len(self.relations) > real:
            told += f", {len(self.relations) - real} implied"
        around = f" around {', '.join(self.focus)}" if self.focus else ""
        return f"<Diagram: {told}{around}>"

    def frame(self) -> pd.DataFrame:
        """One row a relation: what refers to what, how many rows at each end, and what changed."""
        import pandas as pd

        rows = [each.to_dict() for each in self.relations]
        return pd.DataFrame(rows, columns=list(_FRAME))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "dialect": self.dialect,
            "title": self.title,
            "focus": list(self.focus),
            "left_out": self.left_out,
            "notes": list(self.notes),
            "tables": [table.to_dict() for table in self.tables],
            "relations": [each.to_dict() for each in self.relations],
            "enums": [{"type": each.label, "values": list(each.values)} for each in self.enums],
            "groups": [{"name": each.name, "tables": list(each.tables)} for each in self.groups],
        }

    def mermaid(self) -> str:
        """The diagram as Mermaid's ``erDiagram``, to paste into a README; see there."""
        from schema.diagram.mermaid import er_mermaid

        return er_mermaid(self)

    def dbml(self) -> str:
        """The diagram as DBML, for tools that read it (https://dbml.dbdiagram.io/docs/)."""
        from schema.diagram.dbml import er_dbml

        return er_dbml(self)


_FRAME = ("table", "columns", "target", "target_columns", "cardinality", "implied", "evidence",
          "on_delete", "on_update", "name", "change")  # fmt: skip
