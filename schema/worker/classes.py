"""What the project's models say of themselves: classes, attributes, relationships, inheritance.

No database is opened. What belongs to the models is what is mapped to a table of
``target_metadata``, whichever registry mapped it and in whichever style. A mapper that cannot be
configured is told with the reason; the others are told as far as they are known.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import re
import sys
import typing
from typing import Any, Dict, Iterator, List, Optional, Set

from .columns import info_told, own_docstring, sql_text, table_told
from .environment import Environment
from .failure import _said, is_project_file, redact
from .inspection import capture
from .sources import Sources


def classes(environment: Environment) -> Dict[str, Any]:
    """``tables`` of the metadata, ``classes`` mapped to them, and ``problems`` in words."""
    captured = capture(environment)
    name = captured.dialect()
    dialect = _dialect(name)
    tables = [table for each in captured.metadata() for table in each.tables.values()]
    mappers = _mappers({id(table) for table in tables})
    problems = _configure(mappers)
    teller = _Teller(environment.root, dialect, Sources(), problems)
    variables = _variables(tables, environment.root, teller.sources)
    return {
        "dialect": name,
        "tables": [
            dict(table_told(table, dialect), variable=variables.get(id(table))) for table in tables
        ],
        "classes": [teller.told(mapper) for mapper in mappers],
        "problems": list(dict.fromkeys(problems.values())),
    }


def _dialect(name: Optional[str]) -> Any:
    """The dialect that spells types. None where there is none of this name; no driver is needed."""
    from sqlalchemy.engine.url import make_url

    try:
        return make_url(name + "://").get_dialect()() if name else None
    except Exception:
        return None


def _mappers(tables: Set[int]) -> List[Any]:
    """The mappers of these tables. A registry may be reachable from nowhere else than its classes,
    so they are looked for among all that Python holds."""
    from sqlalchemy import inspect as inspected
    from sqlalchemy.orm import Mapper

    found = {}
    for item in gc.get_objects():
        if not issubclass(type(item), Mapper) or not any(id(t) in tables for t in item.tables):
            continue
        if inspected(item.class_, raiseerr=False) is item:
            found[id(item)] = item
    return sorted(found.values(), key=lambda each: (each.class_.__module__, _qualname(each)))


def _qualname(mapper: Any) -> str:
    return str(mapper.class_.__qualname__).replace("<locals>.", "")


def _configure(mappers: List[Any]) -> Dict[int, str]:
    """Configure all mappers; by relationship, why it cannot be. Under 0: what hit none of them."""
    from sqlalchemy.orm import configure_mappers

    try:
        configure_mappers()
    except Exception as error:
        reason = redact(_said(error))
    else:
        return {}
    # One that fails keeps all others from being configured; each is asked by itself then, with
    # SQLAlchemy's own marks of the failure taken off.
    for mapper in mappers:
        mapper.registry._new_mappers = False
        mapper.__dict__.pop("_configure_failed", None)
    problems: Dict[int, str] = {}
    for prop in [prop for mapper in mappers for prop in _own(mapper).values()]:
        if _kind(prop) == "relationship" and prop.__dict__.get("direction") is None:
            own = reason
            try:
                prop.init()  # does nothing for the one that failed just now, on SQLAlchemy 1.4
            except Exception as error:
                own = redact(_said(error))
            if prop.__dict__.get("direction") is None:
                problems[id(prop)] = own
    return problems or {0: reason}


def _own(mapper: Any) -> Dict[str, Any]:
    """By name, the properties that a mapper has of its own."""
    return {name: prop for name, prop in mapper._props.items() if prop.parent is mapper}


def _variables(tables: List[Any], root: str, sources: Sources) -> Dict[int, Dict[str, Any]]:
    """By table, the variable of a module that holds it: so a table without a class is found."""
    wanted = {id(table) for table in tables}
    found: Dict[int, Dict[str, Any]] = {}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if not path or not is_project_file(path):
            continue
        for name, value in list(vars(module).items()):
            if id(value) in wanted and id(value) not in found:
                said = sources.of_file(path).get("", {}).get("attributes", {}).get(name)
                if said is not None:  # else it was imported from where it is made
                    found[id(value)] = {
                        "name": name,
                        "module": module.__name__,
                        "file": _shown(path, root),
                        "line": said["line"],
                        "doc": said["doc"],
                    }
    return found


def _shown(path: str, root: str) -> str:
    path = os.path.abspath(path)
    inside = path.startswith(root.rstrip(os.sep) + os.sep)
    return os.path.relpath(path, root) if inside else path


class _Teller:
    """Tells one mapper after another."""

    def __init__(self, root: str, dialect: Any, sources: Sources, problems: Dict[int, str]) -> None:
        self.root = root
        self.dialect = dialect
        self.sources = sources
        self.problems = problems

    def told(self, mapper: Any) -> Dict[str, Any]:
        cls = mapper.class_
        said = self.sources.of_class(cls)
        beside = self._beside(cls)
        told: Dict[str, Any] = {
            "name": cls.__name__,
            "module": cls.__module__,
            "file": self._file(cls),
            "line": said["line"] if said else None,
            "docstring": own_docstring(cls),
            "style": _style(cls, beside),
            "table": _key(mapper.local_table),
            "tables": [_key(table) for table in mapper.tables],
            "inheritance": _inheritance(mapper),
            "attributes": [],
            "relationships": [],
        }
        annotations = _annotations(cls)
        validators = {name: _validator(*each) for name, each in mapper.validators.items()}
        for name, prop in _own(mapper).items():
            facts = {
                "name": name,
                "annotation": annotations.get(name),
                "doc": getattr(prop, "doc", None) or beside.get(name, {}).get("doc"),
                "line": beside.get(name, {}).get("line"),
                "info": info_told(getattr(prop, "info", None)),
                "validators": [validators[name]] if name in validators else [],
            }
            kind = _kind(prop)
            if kind == "relationship":
                told["relationships"].append({**facts, **self._relationship(prop)})
            else:
                facts["validators"] += _field_rules(cls, name)
                facts["doc"] = facts["doc"] or getattr(_field(cls, name), "description", None)
                told["attributes"].append({**facts, **_attribute(kind, prop)})
        told["attributes"] += self._descriptors(mapper, annotations, beside)
        return told

    def _file(self, cls: type) -> Optional[str]:
        try:
            path = inspect.getsourcefile(cls)
        except (TypeError, OSError):
            path = None
        path = path or getattr(sys.modules.get(cls.__module__), "__file__", None)
        return _shown(path, self.root) if path else None

    def _beside(self, cls: type) -> Dict[str, Any]:
        """What stands in the text beside the attributes of a class, and of those it inherits."""
        found: Dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            said = self.sources.of_class(base) if base.__module__ in sys.modules else None
            path = getattr(sys.modules.get(base.__module__), "__file__", None)
            if said and path and is_project_file(path):
                found.update(said["attributes"])
        return found

    def _descriptors(
        self, mapper: Any, annotations: Dict[str, str], beside: Dict[str, Any]
    ) -> Iterator[Dict[str, Any]]:
        """Hybrids and association proxies: attributes that the mapper has no property for."""
        kinds = {"HYBRID_PROPERTY": "hybrid property", "HYBRID_METHOD": "hybrid method",
                 "ASSOCIATION_PROXY": "association proxy"}  # fmt: skip
        inherited = mapper.inherits.all_orm_descriptors if mapper.inherits is not None else {}
        for name, each in sorted(mapper.all_orm_descriptors.items()):
            if name in inherited and name not in vars(mapper.class_):
                continue
            extension = getattr(each, "extension_type", None)
            kind = kinds.get(getattr(extension, "name", None) or str(extension))
            if kind is None:
                continue
            doc = getattr(getattr(each, "fget", None) or getattr(each, "func", None),
                          "__doc__", None)  # fmt: skip
            target = None
            if kind == "association proxy":
                target = "{}.{}".format(each.target_collection, each.value_attr)
            yield {
                "name": name,
                "kind": kind,
                "columns": [],
                "target": target,
                "annotation": annotations.get(name),
                "doc": inspect.cleandoc(doc) if doc else beside.get(name, {}).get("doc"),
                "line": beside.get(name, {}).get("line"),
                "info": {},
                "validators": [],
                "deferred": False,
            }

    def _relationship(self, prop: Any) -> Dict[str, Any]:
        """One relationship, as the ORM will join it. Of one that failed, only what was written."""
        told: Dict[str, Any] = {
            "target": _target_name(prop),
            "target_module": None,
            "target_table": None,
            "direction": None,
            "cardinality": None,
            "secondary": None,
            "pairs": [],
            "condition": None,
            "back_populates": prop.back_populates or _backref(prop),
            "cascade": sorted(str(each) for each in getattr(prop, "cascade", None) or ()),
            "passive_deletes": prop.passive_deletes,
            "viewonly": bool(prop.viewonly),
            "uselist": prop.uselist,
            "lazy": str(prop.lazy),
            "order_by": None,
            "problem": self.problems.get(id(prop)),
        }
        if prop.__dict__.get("direction") is None:
            return told
        target = prop.mapper
        pairs = list(prop.local_remote_pairs)
        if prop.secondaryjoin is not None:
            pairs = list(prop.synchronize_pairs) + list(prop.secondary_synchronize_pairs or ())
        told.update(
            target=target.class_.__name__,
            target_module=target.class_.__module__,
            target_table=_key(target.local_table),
            direction=_direction(prop),
            cardinality=_cardinality(prop),
            secondary=_key(prop.secondary) if prop.secondary is not None else None,
            pairs=[[_place(one), _place(other)] for one, other in pairs],
            condition=_condition(prop),
        )
        if prop.order_by:
            told["order_by"] = ", ".join(sql_text(each) for each in prop.order_by)
        return told


# -- one class ------------------------------------------------------------------------------------


def _style(cls: type, beside: Dict[str, Any]) -> str:
    """How it was mapped; a class that names no table of its own was mapped from outside."""
    names = {base.__module__.partition(".")[0] for base in cls.__mro__}
    if "sqlmodel" in names:
        return "sqlmodel"
    is_declared = hasattr(cls, "__tablename__") or "__table__" in beside or not beside
    way = "declarative" if is_declared else "imperative"
    return way + " dataclass" if "__dataclass_fields__" in cls.__dict__ else way


def _inheritance(mapper: Any) -> Optional[Dict[str, Any]]:
    on = mapper.polymorphic_on
    if mapper.inherits is None and on is None:
        return None
    kind = "base"
    if mapper.inherits is not None:
        kind = "single" if mapper.single else "concrete" if mapper.concrete else "joined"
    identity = mapper.polymorphic_identity
    return {
        "kind": kind,
        "parent": None if mapper.inherits is None else mapper.inherits.class_.__name__,
        "polymorphic_on": None if on is None else getattr(on, "name", None) or sql_text(on),
        "identity": None if identity is None else str(getattr(identity, "name", identity)),
    }


def _annotations(cls: type) -> Dict[str, str]:
    """The annotations of a class and of those it inherits, as they are written."""
    found: Dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] in ("builtins", "pydantic", "sqlalchemy", "sqlmodel"):
            continue
        for name, value in _own_annotations(base).items():
            found[name] = _without_mapped(_annotation(value))
    return found


def _own_annotations(cls: type) -> Dict[str, Any]:
    if sys.version_info >= (3, 14):  # there they are worked out when they are asked for
        annotationlib = importlib.import_module("annotationlib")
        form = annotationlib.Format.STRING
        return dict(annotationlib.get_annotations(cls, format=form))
    return dict(vars(cls).get("__annotations__", {}))


def _annotation(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, type) and not typing.get_args(value):
        return value.__name__
    text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", repr(value))
    text = re.sub(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])", "", text)
    return re.sub(r"\bUnion\[(\w+), NoneType\]", r"Optional[\1]", text)


_MAPPED = re.compile(r"^(?:\w+\.)*(?:Mapped|DynamicMapped|WriteOnlyMapped)\[(.*)\]$", re.S)


def _without_mapped(text: str) -> str:
    """``str | None`` of ``Mapped[str | None]``."""
    found = _MAPPED.match(text.strip())
    text = found.group(1).strip() if found else text
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _validator(method: Any, options: Any) -> Dict[str, Any]:
    text = getattr(method, "__doc__", None)
    return {
        "name": getattr(method, "__name__", str(method)),
        "doc": inspect.cleandoc(text) if text else None,
        "line": getattr(getattr(method, "__code__", None), "co_firstlineno", None),
    }


def _field_rules(cls: type, name: str) -> List[Dict[str, Any]]:
    """What pydantic checks of a SQLModel's field: ``MaxLen(max_length=20)``."""
    rules = getattr(_field(cls, name), "metadata", None) or ()
    kept = [rule for rule in rules if type(rule).__name__ != "FieldInfoMetadata"]  # SQLModel's own
    return [{"name": repr(rule), "doc": None, "line": None} for rule in kept]


def _field(cls: type, name: str) -> Any:
    fields = getattr(cls, "model_fields", None) or getattr(cls, "__fields__", None)
    return fields.get(name) if isinstance(fields, dict) else None


# -- one attribute --------------------------------------------------------------------------------


def _kind(prop: Any) -> str:
    from sqlalchemy.orm import (
        ColumnProperty,
        CompositeProperty,
        RelationshipProperty,
        SynonymProperty,
    )
    from sqlalchemy.schema import Column

    if isinstance(prop, RelationshipProperty):
        return "relationship"
    if isinstance(prop, CompositeProperty):
        return "composite"
    if isinstance(prop, SynonymProperty):
        return "synonym"
    if isinstance(prop, ColumnProperty):
        is_column = any(isinstance(each, Column) for each in prop.columns)
        return "column" if is_column else "column property"
    return type(prop).__name__


def _attribute(kind: str, prop: Any) -> Dict[str, Any]:
    from sqlalchemy.schema import Column

    columns = [each for each in getattr(prop, "columns", ()) if isinstance(each, Column)]
    target = None
    if kind == "synonym":
        target = str(prop.name)
    elif kind == "composite":
        cls = getattr(prop, "composite_class", None)
        target = getattr(cls, "__name__", None) or str(cls)
    elif kind == "column property":
        target = sql_text(prop.columns[0])
    return {
        "kind": kind,
        "columns": [_place(column) for column in columns],
        "target": target,
        "deferred": bool(getattr(prop, "deferred", False)),
    }


# -- one relationship -----------------------------------------------------------------------------


def _key(table: Any) -> Optional[str]:
    """``users`` or ``sales.orders``; None for a join, a subquery, or no table at all."""
    from sqlalchemy.schema import Table

    return str(table.key) if isinstance(table, Table) else None


def _place(column: Any) -> List[Optional[str]]:
    """Its table's key and its name."""
    return [_key(getattr(column, "table", None)), str(getattr(column, "name", None) or column)]


def _target_name(prop: Any) -> str:
    """What the relationship's target is called, as written: it may not be found yet."""
    argument = getattr(prop, "argument", None)
    if isinstance(argument, type):
        return argument.__name__
    if isinstance(argument, str):
        return argument
    return str(getattr(argument, "arg", None) or getattr(argument, "__name__", None) or "?")


def _backref(prop: Any) -> Optional[str]:
    backref = getattr(prop, "backref", None)
    name = backref[0] if isinstance(backref, tuple) and backref else backref
    return str(name) if name else None


def _direction(prop: Any) -> str:
    name = str(getattr(prop.direction, "name", prop.direction))
    return {"MANYTOONE": "many to one", "ONETOMANY": "one to many",
            "MANYTOMANY": "many to many"}.get(name, name)  # fmt: skip


def _cardinality(prop: Any) -> str:
    """The direction, but ``one to one`` where one of both sides holds no list."""
    direction = _direction(prop)
    if direction == "one to many" and not prop.uselist:
        return "one to one"
    if direction == "many to one":
        others = getattr(prop, "_reverse_property", None) or ()
        if any(not other.uselist for other in others):
            return "one to one"
    return direction


def _condition(prop: Any) -> str:
    joins = [each for each in (prop.primaryjoin, prop.secondaryjoin) if each is not None]
    return " AND ".join(sql_text(each) for each in joins)
