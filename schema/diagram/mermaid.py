"""A diagram as Mermaid's ``erDiagram`` (https://mermaid.js.org/syntax/entityRelationshipDiagram.html).

Mermaid trips over some names (``title``), over spaces and commas in types, and over quotes: tables
have made-up names with the real ones as their aliases, and what it takes for no word is written
with ``_``. Its pictures are legible to about fifteen tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema.diagram.values import Diagram, DiagramColumn, Relation
from schema.wording import printable

__all__ = ["er_mermaid"]


def er_mermaid(diagram: Diagram) -> str:
    """The diagram as Mermaid text. Changes are told in the notes of columns."""
    names = {table.label: f"t{n}" for n, table in enumerate(diagram.tables)}
    lines = ["erDiagram"]
    if diagram.title:
        lines.append(f"    accTitle: {_one_line(diagram.title)}")
    for table in diagram.tables:
        lines.append(f'    {names[table.label]}["{_alias(table.label)}"] {{')
        lines += [f"        {_column(column)}" for column in table.columns]
        lines.append("    }")
    lines += [f"    {line}" for line in _relations(diagram, names)]
    return "\n".join(lines) + "\n"


def _column(column: DiagramColumn) -> str:
    name = _word(column.name)
    notes = [] if name == column.name else [column.name]
    notes += ["null"] if column.is_nullable else []
    notes += [column.change] if column.change else []
    notes += [column.comment] if column.comment else []
    keys = f" {', '.join(column.keys)}" if column.keys else ""
    note = f' "{_quoted("; ".join(notes))}"' if notes else ""
    return f"{_type(column.type)} {name}{keys}{note}"


def _relations(diagram: Diagram, names: dict[str, str]) -> Iterator[str]:
    for each in diagram.relations:
        many = "|o" if each.is_unique else "}o"
        one = "o|" if each.is_optional else "||"
        line = ".." if each.is_implied else "--"
        said = _quoted(_label(each))
        yield f'{names[each.table]} {many}{line}{one} {names[each.target]} : "{said}"'


def _label(relation: Relation) -> str:
    told = ", ".join(relation.columns)
    return f"{told} ({relation.change})" if relation.change else told


def _type(declared: str) -> str:
    """``NUMERIC(10,2)``, ``TIMESTAMP_WITH_TIME_ZONE``: letters first, no space, no comma apart."""
    words = re.sub(r"[^\w(),\[\]-]+", "_", re.sub(r"\s*,\s*", ",", declared.strip()))
    return _word(words, more="(),[]")


def _word(name: str, more: str = "") -> str:
    """The name as Mermaid takes it for one word."""
    allowed = re.sub(rf"[^A-Za-z0-9_{re.escape(more)}-]", "_", name)
    return allowed if re.match(r"[A-Za-z]", allowed) else f"x{allowed}"


def _alias(label: str) -> str:
    """Mermaid takes no percent sign within a name, as its comments begin with two."""
    return _quoted(label).replace("%", "\N{FULLWIDTH PERCENT SIGN}")


def _quoted(said: str) -> str:
    return _one_line(said).replace('"', "'").replace("\\", "/")


def _one_line(said: str) -> str:
    return " ".join(printable(said).split())
