"""Tables and columns as the models have them, in words: types, defaults, enums, keys."""

from __future__ import annotations

import inspect
from typing import Any, Dict, List, Optional

#: Longer texts (defaults, values of ``info``) are cut.
_LONGEST = 2_000


def table_told(table: Any, dialect: Any) -> Dict[str, Any]:
    """One Table: its name, columns, foreign keys, comment and ``info``."""
    return {
        "schema": table.schema,
        "name": str(table.name),
        "comment": table.comment,
        "info": info_told(table.info),
        "columns": [_column(column, dialect) for column in table.columns],
        "foreign_keys": [_foreign_key(each) for each in _sorted(table.foreign_key_constraints)],
        "constraints": [str(each.name) for each in _sorted(table.constraints) if _named(each)],
        "indexes": [str(each.name) for each in _sorted(table.indexes) if _named(each)],
    }


def _named(item: Any) -> bool:
    return isinstance(item.name, str)


def _sorted(items: Any) -> List[Any]:
    return sorted(items, key=lambda each: (str(each.name), [c.name for c in each.columns]))


def _column(column: Any, dialect: Any) -> Dict[str, Any]:
    told: Dict[str, Any] = {
        "name": str(column.name),
        "type": type_text(column.type, dialect),
        "python": _python_type(column.type),
        "custom": _custom_type(column.type),
        "nullable": bool(column.nullable),
        "primary_key": bool(column.primary_key),
        "unique": bool(column.unique),
        "index": bool(column.index),
        "comment": column.comment,
        "doc": column.doc,
        "info": info_told(column.info),
        "default": default_text(column.default),
        "onupdate": default_text(column.onupdate),
        "server_default": _server_default(column.server_default),
        "computed": None,
        "identity": getattr(column, "identity", None) is not None,
        "enum": enum_told(column.type),
    }
    computed = getattr(column, "computed", None)
    if computed is not None:
        told["computed"] = sql_text(computed.sqltext)
        told["server_default"] = None
    if told["identity"]:
        told["server_default"] = None
    return told


def _foreign_key(constraint: Any) -> Dict[str, Any]:
    """The target as the model names it: it may be a table that is in no model."""
    targets = [element.target_fullname for element in constraint.elements]
    return {
        "name": constraint.name if _named(constraint) else None,
        "columns": [str(column.name) for column in constraint.columns],
        "target": targets[0].rpartition(".")[0] if targets else "",
        "target_columns": [target.rpartition(".")[2] for target in targets],
        "on_delete": constraint.ondelete,
        "on_update": constraint.onupdate,
    }


# -- types ----------------------------------------------------------------------------------------


def type_text(kind: Any, dialect: Any) -> str:
    """The type in the database's words; in Python's where it has none there."""
    try:
        return str(kind.compile(dialect=dialect)) if dialect is not None else str(kind)
    except Exception:
        return repr(kind)


def _python_type(kind: Any) -> Optional[str]:
    try:
        return str(kind.python_type.__name__)
    except Exception:
        return None


def _custom_type(kind: Any) -> Optional[Dict[str, Any]]:
    """A type of the project's own (TypeDecorator, UserDefinedType): its name and its words."""
    cls = type(kind)
    if cls.__module__.partition(".")[0] == "sqlalchemy":
        return None
    return {"name": cls.__name__, "module": cls.__module__, "doc": own_docstring(cls)}


def enum_told(kind: Any) -> Optional[Dict[str, Any]]:
    """The values of an Enum as the database has them; ``members`` are those of Python's class."""
    from sqlalchemy import Enum

    kind = getattr(kind, "impl", kind) if not isinstance(kind, Enum) else kind
    if not isinstance(kind, Enum):
        return None
    cls = kind.enum_class
    return {
        "name": kind.name,
        "values": [str(value) for value in kind.enums],
        "class": None if cls is None else cls.__name__,
        "module": None if cls is None else cls.__module__,
        "doc": None if cls is None else own_docstring(cls),
        "members": {} if cls is None else _members(cls),
    }


def _members(cls: Any) -> Dict[str, str]:
    members = getattr(cls, "__members__", {})
    return {str(name): str(getattr(each, "value", each)) for name, each in members.items()}


def own_docstring(cls: type) -> Optional[str]:
    """A class's own docstring; none that it inherits, or that Python made up for it."""
    text = cls.__dict__.get("__doc__")
    if not isinstance(text, str) or not text.strip() or text == "An enumeration.":
        return None
    made_up = text.startswith((cls.__name__ + "(", "Usage docs:"))
    if made_up and ("__dataclass_fields__" in cls.__dict__ or text.startswith("Usage docs:")):
        return None
    return inspect.cleandoc(text)


# -- defaults -------------------------------------------------------------------------------------


def default_text(default: Any) -> Optional[str]:
    """A client-side default: ``uuid4()`` for a function, ``'new'`` for a value, or SQL."""
    if default is None:
        return None
    if getattr(default, "is_sequence", False):
        return "sequence {}".format(default.name)
    argument = getattr(default, "arg", None)
    if getattr(default, "is_callable", False):
        name = getattr(argument, "__qualname__", None) or getattr(argument, "__name__", "?")
        return "{}()".format(str(name).rpartition("<locals>.")[2])
    if getattr(default, "is_clause_element", False):
        return sql_text(argument)
    return repr(argument)[:_LONGEST]


def _server_default(default: Any) -> Optional[str]:
    if default is None:
        return None
    argument = getattr(default, "arg", None)
    if argument is None:
        return "set by the database"
    return argument[:_LONGEST] if isinstance(argument, str) else sql_text(argument)


def sql_text(clause: Any) -> str:
    """SQL on one line; values stand in it where that is possible."""
    try:
        text = str(clause.compile(compile_kwargs={"literal_binds": True}))
    except Exception:
        try:
            text = str(clause)
        except Exception:
            text = repr(clause)
    return " ".join(text.split())[:_LONGEST]


def info_told(info: Any) -> Dict[str, str]:
    """``info`` as text: it may hold anything."""
    return {str(key): str(value)[:_LONGEST] for key, value in dict(info or {}).items()}
