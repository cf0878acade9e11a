"""All that is known of one table, as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from schema.biography import Biography
from schema.display import Displayed
from schema.tables.figures import Figures
from schema.tables.models import ModelClass
from schema.tables.parts import IndexUse, PageColumn, Part, Relation, Remark, Said
from schema.tables.sample import Sample
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TablePage"]

#: What a page's tables can be asked for as a frame.
Section = Literal["columns", "relations", "indexes", "constraints", "used_by", "remarks", "sample"]


@dataclass(frozen=True)
class TablePage(Displayed):
    """One table: what it is for, its columns, what it is joined to, its indexes, its data.

    ``name`` is its label, as a person writes it. ``source`` says what the structure is read from:
    ``database``, ``given`` (a catalog that the caller has), ``revisions`` (their replay),
    ``models`` (created on a scratch database), or ``model text`` when no database could be made;
    ``where`` is the database's URL without its password. ``figures`` and ``sample`` are None
    without a database. ``biography`` is that of the table, None where no timeline was given.
    """

    name: str
    kind: str
    source: str
    where: str | None
    dialect: str | None
    purpose: tuple[Said, ...]
    classes: tuple[ModelClass, ...]
    columns: tuple[PageColumn, ...]
    relations: tuple[Relation, ...]
    indexes: tuple[IndexUse, ...]
    constraints: tuple[Part, ...]
    triggers: tuple[Part, ...]
    used_by: tuple[Part, ...]
    remarks: tuple[Remark, ...]
    figures: Figures | None = None
    sample: Sample | None = None
    biography: Biography | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        rows = ""
        if self.figures is not None and self.figures.rows is not None:
            rows = f", {'' if self.figures.is_exact else 'about '}{self.figures.rows:,} rows"
        columns = counted(len(self.columns), "column")
        return f"<TablePage {self.name}: {columns}{rows}, {counted(len(self.remarks), 'remark')}>"

    def frame(self, section: Section = "columns") -> pd.DataFrame:
        """One section as a table; without a name, one row a column: ``column, type, nullable,
        default, keys, attribute, annotation, validation, null_share, distinct, said``.

        ``relations``: ``side, other, foreign_key, on_delete, relationship, cardinality,
        back_populates, cascade, condition``; ``indexes``: ``index, kind, columns, unique, serves,
        redundant_with, size, scans``; ``constraints`` and ``used_by``: ``kind, name, definition``;
        ``remarks``: ``kind, name, message``; ``sample``: the rows.
        """
        import pandas as pd

        if section == "sample":
            return (self.sample or Sample()).frame()
        names, rows = _SECTIONS[section](self)
        return pd.DataFrame(rows, columns=names)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        told = {name: _plain(getattr(self, name)) for name in _PLAIN}
        told["figures"] = None if self.figures is None else self.figures.to_dict()
        told["sample"] = None if self.sample is None else self.sample.to_dict()
        told["biography"] = None if self.biography is None else self.biography.to_dict()
        return told


_PLAIN = ("name", "kind", "source", "where", "dialect", "purpose", "classes", "columns",
          "relations", "indexes", "constraints", "triggers", "used_by", "remarks",
          "notes")  # fmt: skip

_Rows = tuple[list[str], list[list[Any]]]


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any field of a page
    if isinstance(value, Part):
        told = {"kind": value.kind, "name": value.name, "definition": value.definition}
        return told | {"properties": dict(value.properties)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _columns(page: TablePage) -> _Rows:
    names = ["column", "type", "nullable", "default", "keys", "attribute", "annotation",
             "validation", "null_share", "distinct", "said"]  # fmt: skip
    return names, [
        [
            each.name,
            each.type,
            each.nullable,
            each.default if each.generated is None else each.generated,
            ", ".join(each.keys),
            ", ".join(dict.fromkeys(one.name for one in each.attributes)),
            next((one.annotation for one in each.attributes if one.annotation), None),
            ", ".join(one.name for one in each.validation),
            each.null_share,
            each.distinct,
            " ".join(said.text for said in each.said),
        ]
        for each in page.columns
    ]


def _relations(page: TablePage) -> _Rows:
    names = ["side", "other", "foreign_key", "on_delete", "relationship", "cardinality",
             "back_populates", "cascade", "condition"]  # fmt: skip
    rows: list[list[Any]] = []
    for relation in page.relations:
        key = relation.foreign_key
        first = [relation.side, relation.other, key and key.label, key and key.on_delete]
        for name, each in relation.relationships:
            rows.append([*first, f"{name}.{each.name}", each.cardinality, each.back_populates,
                         ", ".join(each.cascade), each.condition])  # fmt: skip
        if not relation.relationships:
            rows.append([*first, None, None, None, None, None])
    return names, rows


def _indexes(page: TablePage) -> _Rows:
    names = ["index", "kind", "columns", "unique", "serves", "redundant_with", "size", "scans"]
    return names, [
        [each.name, each.kind, ", ".join(each.columns), each.unique, "; ".join(each.serves),
         each.redundant_with, each.size, each.scans]
        for each in page.indexes
    ]  # fmt: skip


def _parts(parts: tuple[Part, ...]) -> _Rows:
    return ["kind", "name", "definition"], [[x.kind, x.name, x.definition] for x in parts]


def _remarks(page: TablePage) -> _Rows:
    return ["kind", "name", "message"], [[x.kind, x.name, x.message] for x in page.remarks]


_SECTIONS: dict[str, Callable[[TablePage], _Rows]] = {
    "columns": _columns,
    "relations": _relations,
    "indexes": _indexes,
    "constraints": lambda page: _parts((*page.constraints, *page.triggers)),
    "used_by": lambda page: _parts(page.used_by),
    "remarks": _remarks,
}
