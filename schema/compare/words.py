"""Differences as a person reads them, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schema.catalog.objects import Property

__all__ = ["renaming", "summary", "transition", "words"]


def transition(name: str, pair: tuple[Property, Property]) -> str:
    """``type VARCHAR(4) → VARCHAR(5)``; ``NOT NULL set``."""
    left, right = pair
    if name == "nullable":
        return "NOT NULL dropped" if right else "NOT NULL set"
    return f"{name.replace('_', ' ')} {words(left)} → {words(right)}"


def renaming(old: str | None, evidence: Sequence[str], confidence: float | None) -> str:
    """``renamed from x (0.92: same type, same place)``."""
    known = [] if confidence is None else [f"{confidence:.2f}"]
    why = ": ".join([*known, ", ".join(evidence)] if evidence else known)
    return f"renamed from {old} ({why})" if why else f"renamed from {old}"


def words(value: Property) -> str:
    """A property's value: ``yes``, ``none``, ``(a, b)``, or the text itself."""
    if isinstance(value, tuple):
        return "(" + ", ".join("–" if part is None else str(part) for part in value) + ")"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)


def summary(kind: str, values: Mapping[str, Any]) -> str:
    """The main facts of an object that one side lacks; empty when its name says all."""
    if kind == "column":
        return _column(values)
    if kind == "table":
        return f"columns {', '.join(values.get('columns', ()))}"
    if kind == "foreign key":
        there = ", ".join(values["target_columns"])
        return f"{', '.join(values['columns'])} → {values['target']} ({there})"
    parts = [", ".join(map(str, values.get("columns") or values.get("labels") or ()))]
    parts += ["unique"] if kind == "index" and values.get("unique") else []
    parts += [f"where {values['predicate']}"] if values.get("predicate") else []
    parts += [values.get("expression") or ""]
    return ", ".join(filter(None, parts))


def _column(values: Mapping[str, Any]) -> str:
    parts = [values.get("type") or "no type", "" if values.get("nullable") else "NOT NULL"]
    parts += [f"default {values['default']}"] if "default" in values else []
    parts += [f"generated {values['generated']}"] if "generated" in values else []
    parts += [f"identity {values['identity']}"] if "identity" in values else []
    return ", ".join(filter(None, parts))
