"""What a MariaDB database has beside its tables, as SQL: views, triggers, sequences …

Each text replaces what is there under its name: https://mariadb.com/kb/en/create-or-replace/.
"""

from __future__ import annotations

import re

from schema.catalog.mariadb_text import quoted
from schema.catalog.objects import SchemaObject
from schema.ddl.mariadb_text import account, literal, parameter, under_mode

__all__ = ["CODE", "DEFINER", "database", "made", "moment", "sequence"]

#: Kinds that are text, in an order in which they can be made.
CODE = ("function", "procedure", "package", "package body", "view", "trigger", "event")

#: What is to be known of a statement that makes one anew.
DEFINER = "Its definer becomes whoever runs this."

_ENABLED = {"yes": "ENABLE", "no": "DISABLE", "elsewhere": "DISABLE ON SLAVE"}


def made(item: SchemaObject) -> list[str]:
    """The statements that make or replace the object."""
    return under_mode(item, f"CREATE OR REPLACE {_MAKERS[item.kind](item)}")


def _definer(item: SchemaObject) -> str:
    owner = item.properties.get("owner")
    return f"DEFINER={account(str(owner))} " if owner else ""


def _comment(item: SchemaObject) -> str:
    found = item.properties.get("comment")
    return f" COMMENT {literal(str(found))}" if found else ""


def _view(item: SchemaObject) -> str:
    found = item.properties
    text = f"ALGORITHM={found['algorithm']} " if found.get("algorithm") else ""
    text += _definer(item)
    text += f"SQL SECURITY {found['security']} " if found.get("security") else ""
    text += f"VIEW {quoted(item.name)} AS\n{found['definition']}"
    option = found.get("check_option")
    return f"{text}\nWITH {option} CHECK OPTION" if option else text


def moment(trigger: SchemaObject) -> str:
    """When it fires: ``BEFORE UPDATE``."""
    return str(trigger.properties["definition"]).partition(" FOR EACH ROW ")[0]


def _trigger(item: SchemaObject) -> str:
    body = str(item.properties["definition"]).partition(" FOR EACH ROW ")[2]
    return (
        f"{_definer(item)}TRIGGER {quoted(item.name)} {moment(item)} ON {quoted(item.table or '')} "
        f"FOR EACH ROW {body}"
    )


def _routine(item: SchemaObject) -> str:
    found = item.properties
    arguments = found.get("arguments")
    is_oracle = "ORACLE" in str(found.get("sql_mode") or "").split(",")
    told = arguments if isinstance(arguments, tuple) else ()
    inside = ", ".join(parameter(each, is_oracle=is_oracle) for each in told)
    body = str(found["definition"])
    is_aggregate = re.search(r"\bFETCH\s+GROUP\s+NEXT\s+ROW\b", body, re.IGNORECASE)
    text = _definer(item) + ("AGGREGATE " if is_aggregate else "")
    text += f"{item.kind.upper()} {quoted(item.name)} ({inside})"
    returns = "RETURN" if is_oracle else "RETURNS"
    text += f" {returns} {found['returns']}" if found.get("returns") else ""
    text += "\n" + ("DETERMINISTIC" if found.get("deterministic") else "NOT DETERMINISTIC")
    text += f" {found['data_access']}" if found.get("data_access") else ""
    text += f" SQL SECURITY {found['security']}" if found.get("security") else ""
    text += _comment(item)
    return f"{text}\n{body}"


def _package(item: SchemaObject) -> str:
    found = item.properties
    text = f"{_definer(item)}{item.kind.upper()} {quoted(item.name)}"
    text += f" SQL SECURITY {found['security']}" if found.get("security") else ""
    text += _comment(item)
    return f"{text} {found['definition']}"


def _event(item: SchemaObject) -> str:
    found = item.properties
    kind, _, rest = str(found["schedule"]).partition(" ")
    schedule = f"AT {literal(rest)}" if kind == "AT" else f"EVERY {rest}"
    for word in ("starts", "ends"):
        schedule += f" {word.upper()} {literal(str(found[word]))}" if found.get(word) else ""
    text = (
        f"{_definer(item)}EVENT {quoted(item.name)} ON SCHEDULE {schedule} "
        f"ON COMPLETION {found['on_completion']} {_ENABLED[str(found['enabled'])]}"
    )
    text += _comment(item)
    return f"{text}\nDO {found['definition']}"


_MAKERS = {
    "view": _view,
    "trigger": _trigger,
    "function": _routine,
    "procedure": _routine,
    "package": _package,
    "package body": _package,
    "event": _event,
}


def database(item: SchemaObject) -> str:
    """The database that the session is in, by its character set and collation."""
    found = item.properties
    return f"ALTER DATABASE CHARACTER SET {found['charset']} COLLATE {found['collation']}"


def sequence(item: SchemaObject, *, alter: bool = False) -> str:
    """CREATE SEQUENCE, or ALTER SEQUENCE, which cannot say a comment."""
    found = item.properties
    text = (
        f"{'ALTER' if alter else 'CREATE'} SEQUENCE {quoted(item.name)} "
        f"START WITH {found['start']} MINVALUE {found['minimum']} MAXVALUE {found['maximum']} "
        f"INCREMENT BY {found['increment']} CACHE {found['cache']} "
        f"{'CYCLE' if found.get('cycle') else 'NOCYCLE'}"
    )
    if found.get("comment") and not alter:
        text += f" COMMENT={literal(str(found['comment']))}"
    return text
