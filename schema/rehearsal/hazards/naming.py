"""Names that a project wants to have a certain form, as its ``hazards.toml`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.hazard import Hazard
from schema.rehearsal.hazards.rule import ANY, rules, seen_only
from schema.rehearsal.hazards.scene import Scene

__all__ = ["misnamed"]

seen_only(
    "name-form",
    ANY,
    "low",
    """A new name has not the form that the project asks for in hazards.toml, under [names].""",
    "# a name of that form; MetaData(naming_convention=...) makes them up",
    "https://alembic.sqlalchemy.org/en/latest/naming.html",
)

#: Which kinds of action give a name to what.
_KINDS = {
    "create table": "table",
    "rename table": "table",
    "table column": "column",
    "add column": "column",
    "rename column": "column",
    "create index": "index",
    "add foreign key": "foreign_key",
    "add check": "check",
    "add unique": "unique",
    "add primary key": "primary_key",
    "rename schema": "schema",
}


def misnamed(scene: Scene, names: Mapping[str, re.Pattern[str]]) -> Iterator[Hazard]:
    """A hazard for each new name that its expression does not match as a whole."""
    for action in scene.actions:
        kind = _KINDS.get(action.kind, "")
        name = _name(action)
        if kind in names and name and not names[kind].fullmatch(name):
            what = f"the {kind.replace('_', ' ')} {name} has not the form {names[kind].pattern}"
            yield Hazard(
                "name-form",
                "low",
                False,
                action.object,
                f"The text shows that {what}.",
                rules()["name-form"].safer,
                action.statement,
            )


def _name(action: Action) -> str | None:
    if action.kind.startswith("rename"):
        return action.target
    return (
        (action.object or "").rpartition(".")[2] if action.kind == "create table" else action.name
    )
