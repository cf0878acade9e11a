"""Why Alembic's comparison passes over a difference, in a sentence.

What is said here explains what the comparison of catalogs has found; it decides nothing. Sources:
https://alembic.sqlalchemy.org/en/latest/autogenerate.html#what-does-autogenerate-detect-and-what-does-it-not-detect
and the comparators below alembic/autogenerate/compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schema.compare import Difference
from schema.project import Settings

__all__ = ["why_renamed", "why_unseen"]

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "enum": "Alembic does not look into enum types: neither new ones of a column that was "
        "there, nor their labels.",
        "enum value": "Alembic does not look into enum types, nor at their labels.",
        "domain": "Alembic does not look at domains.",
        "check": "Alembic does not compare CHECK constraints, unless a plugin is asked to, and "
        "then by their names only.",
        "exclusion": "Alembic does not compare EXCLUDE constraints.",
        "primary key": "Alembic does not compare primary keys.",
        "sequence": "Alembic does not look at sequences.",
        "foreign key": "Alembic compares foreign keys by their columns and actions, not by name.",
        "unique": "Alembic compares the columns of a unique constraint, and not all that it is.",
        "index": "Alembic compares the columns of an index and whether it is unique, but not all "
        "that it is: not its method, and on SQLite neither its order nor an expression.",
        "view": "Alembic does not look at views.",
        "materialized view": "Alembic does not look at views.",
        "trigger": "Alembic does not look at triggers.",
        "function": "Alembic does not look at functions.",
    }
)

#: By property, for columns and tables.
_PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "collation": "Alembic does not compare collations.",
        "autoincrement": "Alembic does not compare AUTOINCREMENT.",
        "position": "Alembic does not compare the order of columns.",
        "generated": "Alembic only warns of a computed column that has changed.",
        "strict": "Alembic does not compare STRICT.",
        "without_rowid": "Alembic does not compare WITHOUT ROWID.",
        "comment": "Alembic does not compare comments on this kind of database.",
    }
)

_DEFAULTS = frozenset({"default", "identity", "identity_options"})


def why_renamed(change: Difference) -> str:
    """Why a rename does not look like one to Alembic, and what that costs."""
    lost = "all of its rows are" if change.kind == "table" else "its values are"
    return (
        f"Alembic compares names only: a {change.kind} with another name is to it one that goes "
        f"and one that comes, and {lost} lost."
    )


def why_unseen(change: Difference, settings: Settings) -> str:
    """Why Alembic made no operation for a difference."""
    if change.change == "renamed" and change.kind in {"table", "column"}:
        return why_renamed(change)
    if change.kind in _KINDS:
        return _KINDS[change.kind]
    names = set(change.properties)
    if names & _DEFAULTS and not settings.compare_server_default:
        return (
            "Alembic compares server defaults only with compare_server_default=True in env.py, "
            "and this project does not ask for it."
        )
    for name, said in _PROPERTIES.items():
        if name in names:
            return said
    if names & {"type", "affinity"} and not settings.compare_type:
        return "This project's env.py says compare_type=False."
    return "Alembic's comparison passed over it."
