"""What joins a table to others: foreign keys at the left, relationships at the right."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from schema.render.prose import inline
from schema.render.tables import Column, table
from schema.render.theme import join, text
from schema.tables import TablePage
from schema.tables.models import Relationship
from schema.tables.parts import Relation

__all__ = ["relations_section"]


def relations_section(page: TablePage) -> Markup:
    """Both sides of each relation, those that lead out of the table first."""
    if not page.relations:
        return Markup('<h4>Relations</h4><p class="swb-faint">None.</p>')
    # Where nothing was read from a database, the keys are those of the models.
    keys = "In the models" if page.source == "model text" else "In the database"
    heads = [Column("Other table"), Column(f"Foreign key: {keys.lower()}"),
             Column("Relationships: in the ORM")]  # fmt: skip
    return Markup("<h4>Relations</h4>") + table(heads, _rows(page))


def _rows(page: TablePage) -> Iterator[list[object]]:
    for side, title in (("out", "It refers to"), ("in", "They refer to it")):
        found = [each for each in page.relations if each.side == side]
        if found:
            yield [title]
            for each in found:
                yield [_other(each), _key(each), _along(each)]


def _other(relation: Relation) -> Markup:
    return Markup("<b>{}</b>").format(text(relation.other))


def _key(relation: Relation) -> Markup:
    key = relation.foreign_key
    if key is None:
        return Markup('<span class="swb-badge swb-warn">none</span>')
    actions = [
        f"ON {when} {action}"
        for when, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update))
        if action not in {None, "NO ACTION"}
    ]
    actions += [] if key.validated else ["not validated: older rows were not checked"]
    whole = Markup('<code>{}</code><div class="swb-faint">{}</div>')
    return whole.format(text(key.label), text(", ".join(actions)))


def _along(relation: Relation) -> Markup:
    if relation.relationships:
        return join(_relationship(name, each) for name, each in relation.relationships)
    said = "joined inheritance" if relation.inherits else "none"
    return Markup('<span class="swb-faint">{}</span>').format(said)


def _relationship(name: str, each: Relationship) -> Markup:
    if each.problem is not None:
        whole = Markup('<div><b>{}.{}</b> <span class="swb-badge swb-bad">failed</span></div>')
        return whole.format(text(name), text(each.name))
    facts = [each.cardinality or "", f"to {each.target}"]
    facts += [f"through {each.secondary}"] if each.secondary else []
    facts += [f"back: {each.back_populates}"] if each.back_populates else ["no way back"]
    facts += _cascades(each)
    facts += ["deletes left to the database"] if each.passive_deletes else []
    facts += ["only for reading"] if each.viewonly else []
    facts += [f"ordered by {each.order_by}"] if each.order_by else []
    whole = Markup('<div><b>{}.{}</b> <span class="swb-faint">{}</span>{}</div><code>{}</code>')
    doc = Markup("<div>{}</div>").format(inline(each.doc)) if each.doc else Markup()
    return whole.format(
        text(name), text(each.name), text(", ".join(filter(None, facts))), doc,
        text(each.condition or ""),
    )  # fmt: skip


def _cascades(each: Relationship) -> list[str]:
    """Saving and merging go without saying."""
    if "delete-orphan" in each.cascade:
        return ["cascades all, delete-orphan"]
    return ["cascades deletes"] if "delete" in each.cascade else []
