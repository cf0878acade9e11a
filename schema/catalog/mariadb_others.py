"""Views, triggers, routines, events, sequences and privileges of MariaDB as schema objects."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schema.catalog.mariadb_queries import Rows
from schema.catalog.mariadb_text import charset_of, spell_name, spell_type
from schema.catalog.mariadb_views import spell_view
from schema.catalog.objects import Property, SchemaObject

__all__ = [
    "events",
    "principal",
    "privileges",
    "routine_privileges",
    "routines",
    "sequences",
    "triggers",
    "views",
]

_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "PACKAGE", "PACKAGE BODY"})


def principal(found: Mapping[str, Rows]) -> str | None:
    """The account that most views, triggers, routines and events belong to; it goes unsaid."""
    kinds = ("views", "triggers", "routines", "events")
    counted = Counter(row[-1] for kind in kinds for row in found[kind])
    return min(counted, key=lambda name: (-counted[name], name)) if counted else None


def _owner(definer: str, usual: str | None) -> dict[str, Property]:
    """Whose rights it runs with: under the same name as an owner elsewhere."""
    return {} if definer == usual else {"owner": definer}


def _mode(told: str, usual: str) -> str | None:
    """The ``sql_mode`` that it was made under, and runs under; None for the server's own."""
    return None if told == usual else told


def views(
    rows: Rows, database: str, usual: str | None, unread: list[str]
) -> Iterator[SchemaObject]:
    for name, text, check, security, algorithm, definer in rows:
        if not text:
            unread.append(f"the definition of the view {name} (no right to SHOW VIEW)")
        properties: dict[str, Property] = {
            "definition": spell_view(text, database) if text else None,
            "check_option": None if check == "NONE" else check,
            "security": None if security == "DEFINER" else security,
            "algorithm": None if algorithm == "UNDEFINED" else algorithm,
            **_owner(definer, usual),
        }
        yield SchemaObject("view", None, None, name, properties)


def triggers(rows: Rows, mode: str, usual: str | None) -> Iterator[SchemaObject]:
    """The place of a trigger is told where several fire at one moment."""
    together = Counter((table, timing, event) for _, table, timing, event, *_ in rows)
    for name, table, timing, event, place, text, made_under, definer in rows:
        properties: dict[str, Property] = {
            "definition": f"{timing} {event} FOR EACH ROW {text}",
            "order": place if together[table, timing, event] > 1 else None,
            "sql_mode": _mode(made_under, mode),
            **_owner(definer, usual),
        }
        yield SchemaObject("trigger", None, table, name, properties)


def routines(
    rows: Rows,
    parameters: Rows,
    mode: str,
    usual: str | None,
    unread: list[str],
) -> Iterator[SchemaObject]:
    """Functions and procedures; a package (of Oracle's mode) has all of its text as a definition.

    A type's character set is told where it is not the one that the database had at that time.
    """
    charsets = {(row[0], row[1]): charset_of(row[-2]) for row in rows}
    taken: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, routine, way, name, told, its_charset in parameters:
        words = [way] if way and (kind == "PROCEDURE" or way != "IN") else []
        words += [spell_name(name), _type(told, its_charset, charsets.get((kind, routine)))]
        taken[kind, routine].append(" ".join(words))
    for (
        kind, name, told, its_charset, is_fixed, access, security, text, comment,
        made_under, _, definer,
    ) in rows:  # fmt: skip
        if kind not in _ROUTINES:
            unread.append(f"the {kind.lower()} {name}")
            continue
        if text is None:
            unread.append(f"the body of the {kind.lower()} {name} (no right to see it)")
        properties: dict[str, Property] = {
            "arguments": tuple(taken[kind, name]),
            "returns": _type(told, its_charset, charsets[kind, name]) if told else None,
            "deterministic": is_fixed == "YES",
            "data_access": access,
            "security": None if security == "DEFINER" else security,
            "definition": text,
            "sql_mode": _mode(made_under, mode),
            "comment": comment or None,
            **_owner(definer, usual),
        }
        yield SchemaObject(kind.lower(), None, None, name, properties)


def _type(told: str, its_charset: str | None, usual: str | None) -> str:
    shown = spell_type(told)
    return shown if its_charset in {None, usual} else f"{shown} CHARSET {its_charset}"


def events(rows: Rows, mode: str, usual: str | None) -> Iterator[SchemaObject]:
    """A start that nobody gave is left out: the server takes the moment of making for it."""
    for (
        name, kind, moment, every, unit, starts, ends, status, completion, text, comment,
        made_under, definer,
    ) in rows:  # fmt: skip
        properties: dict[str, Property] = {
            "schedule": f"AT {moment}" if kind == "ONE TIME" else f"EVERY {every} {unit}",
            "starts": None if starts is None else str(starts),
            "ends": None if ends is None else str(ends),
            "enabled": {"ENABLED": "yes", "DISABLED": "no"}.get(status, "elsewhere"),
            "on_completion": completion,
            "definition": text,
            "sql_mode": _mode(made_under, mode),
            "comment": comment or None,
            **_owner(definer, usual),
        }
        yield SchemaObject("event", None, None, name, properties)


def sequences(rows: Rows, comments: Mapping[str, str]) -> Iterator[SchemaObject]:
    for name, start, least, most, increment, cache, cycle in rows:
        properties: dict[str, Property] = {
            "start": start,
            "increment": increment,
            "minimum": least,
            "maximum": most,
            "cycle": bool(cycle),
            "cache": cache,
            "comment": comments.get(name) or None,
        }
        yield SchemaObject("sequence", None, None, name, properties)


# -- privileges -----------------------------------------------------------------------------------


def privileges(kind: str, rows: Rows) -> Iterator[SchemaObject]:
    """Who was granted what on objects of this kind; a star stands behind what may be passed on."""
    given: dict[tuple[Any, Any, str], set[str]] = defaultdict(set)
    for table, column, grantee, privilege, is_grantable in rows:
        if privilege != "USAGE":
            given[table, column, grantee].add(privilege + ("*" if is_grantable == "YES" else ""))
    for (table, column, grantee), held in given.items():
        name = f"{table}.{column}" if column else table or "database"
        yield _privilege(kind, table, name, grantee, held)


def routine_privileges(rows: Iterable[tuple[Any, ...]]) -> Iterator[SchemaObject]:
    for kind, name, grantee, told in rows:
        held = {each.strip().upper() for each in _text(told).split(",") if each.strip()}
        passed = "GRANT" in held
        named = {each + ("*" if passed else "") for each in held - {"GRANT"}}
        yield _privilege(_text(kind), None, name, grantee, named)


def _text(told: str | bytes) -> str:
    return told.decode() if isinstance(told, bytes) else told


def _privilege(
    kind: str, table: str | None, name: str, grantee: str, held: Iterable[str]
) -> SchemaObject:
    properties: dict[str, Property] = {
        "on_kind": kind,
        "on_name": name,
        "grantee": grantee,
        "privileges": tuple(sorted(held)),
    }
    return SchemaObject("privilege", None, table, f"{kind} {name} to {grantee}", properties)
