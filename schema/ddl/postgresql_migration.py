"""From one PostgreSQL catalog to another: renames, drops, changes and new objects in order.

What is in the way of a change (a view on a column whose type changes, a default that calls a
function that is made anew) is taken down before it and made again after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.catalog.objects import Catalog, Identity
from schema.compare import Difference, compare
from schema.ddl.postgresql_arrange import arranged, needed, statements
from schema.ddl.postgresql_cycles import first_form, second_form
from schema.ddl.postgresql_drops import dropped
from schema.ddl.postgresql_goal import goal
from schema.ddl.postgresql_plan import Plan
from schema.ddl.postgresql_renames import Renames
from schema.ddl.postgresql_rights import regranted
from schema.ddl.postgresql_uses import Uses
from schema.ddl.postgresql_warnings import warned
from schema.ddl.statement import Migration, Statement

__all__ = ["migrate"]

#: What is dropped only when nothing that stays speaks of it any more.
_LATE = frozenset(
    {"table", "column", "function", "procedure", "aggregate", "enum", "domain", "composite type",
     "range type", "sequence", "extension", "schema", "collation", "foreign server",
     "foreign data wrapper"}
)  # fmt: skip


def migrate(found: Catalog, wanted: Catalog, differences: Sequence[Difference]) -> Migration:
    """See ``schema.ddl.migrate``."""
    renames = Renames(differences)
    current = renames.applied(found, wanted, _same(found, wanted, differences, renames))
    target = goal(current, wanted, differences, renames)
    plan = Plan(current, target, in_transaction=bool(renames))
    not_expressed = [
        (difference, plan.refused[identity])
        for difference in differences
        if (identity := renames.wanted(difference.identity)) in plan.refused
    ]
    middle = _middle(plan)
    first = [each for each in middle if not each.in_transaction and "ADD VALUE" in each.sql]
    last = [each for each in middle if not each.in_transaction and each not in first]
    inside = [each for each in middle if each.in_transaction]
    early, later = _drops(plan)
    return [
        *first, *renames.statements(found), *plan.undefaults(), *early, *inside, *later, *last
    ], not_expressed  # fmt: skip


def _same(
    found: Catalog, wanted: Catalog, differences: Sequence[Difference], renames: Renames
) -> set[Identity]:
    """What differs in nothing but names, when every renamed object is among the differences."""
    if not renames:
        return set()
    everything = compare(wanted, found)
    chosen = {item.identity for item in differences if item.change == "renamed"}
    if any(item.change == "renamed" and item.identity not in chosen for item in everything):
        return set()
    unlike = {renames.wanted(item.identity) for item in everything if item.change != "renamed"}
    unlike |= {renames.wanted(item.identity) for item in everything if len(item.properties) > 1}
    return set(wanted) - unlike


def _drops(plan: Plan) -> tuple[list[Statement], list[Statement]]:
    """What is dropped before the changes, and after them; each before what it uses."""
    uses = Uses(plan.current)
    going = {each for each in plan.dropped if not plan.goes_with_another(each)}
    needs = {each: _with_members(each, plan, uses) for each in going}
    order, _ = arranged(needs, plan.current)
    early: list[Statement] = []
    late: list[Statement] = []
    for identity in reversed(order):
        item = plan.current[identity]
        comes_back = identity in plan.again
        if item.kind in {"privilege", "default privilege"}:
            if not comes_back:
                early += [Statement(sql, (identity,)) for sql in regranted(item, None)]
            continue
        # What is computed from a column is in the way when that gets another type.
        is_computed = bool(item.properties.get("generated"))
        waits = item.kind in _LATE and not (comes_back or is_computed or plan.makes_room(identity))
        (late if waits else early).append(dropped(item, comes_back=comes_back))
    return early, late


def _with_members(identity: Identity, plan: Plan, uses: Uses) -> set[Identity]:
    """What an object uses, and what belongs to it and goes with it."""
    found = needed(plan.current[identity], uses)
    for each in plan.members(identity):
        found |= needed(plan.current[each], uses)
    return found - {identity}


def _middle(plan: Plan) -> list[Statement]:
    """What is made and changed, each after what it needs."""
    uses = Uses(plan.goal)
    new = [plan.goal[each] for each in plan.made if each.kind != "column"]
    texts, needs = statements(new, plan.goal, uses)
    found: dict[Identity, list[Statement]] = {
        identity: [Statement(sql, (_plain(identity, plan),)) for sql in said]
        for identity, said in texts.items()
    }
    for identity in texts:
        if identity in plan.goal:
            found[identity] = warned(plan.goal[identity], found[identity], plan)
    for identity, item, changes in plan.changes():
        found.setdefault(identity, [])
        found[identity] += changes
        needs[identity] = needs.get(identity, set()) | needed(item, uses)
    order, forced = arranged(needs, plan.goal)
    result: list[Statement] = []
    afterwards: list[Statement] = []
    for identity in order:
        said = found[identity]
        if identity in forced and identity in plan.goal and identity in texts:
            item = plan.goal[identity]
            model = Statement("", (identity,))
            afterwards += [replace(model, sql=sql) for sql in second_form(item, texts[identity])]
            said = [replace(model, sql=sql) for sql in first_form(item, texts[identity])]
        result += said
    return [*result, *afterwards]


def _plain(identity: Identity, plan: Plan) -> Identity:
    """The object that something is said of later."""
    if not identity.kind.startswith("~"):
        return identity
    kinds = ("sequence", "table", "materialized view", "view")
    named = (identity._replace(kind=kind) for kind in kinds)
    return next((each for each in named if each in plan.goal), identity)
