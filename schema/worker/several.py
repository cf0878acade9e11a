"""An env.py that goes through several databases: one call of ``configure`` for each.

Alembic's multidb template names them in its config, and Flask-Migrate's takes them from the
application's binds. Both tell a revision the database's name, by tokens for what autogenerate
writes and as an argument of ``run_migrations``
(https://alembic.sqlalchemy.org/en/latest/api/runtime.html).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from .failure import Failure

if TYPE_CHECKING:
    from .environment import Environment

_ENDING = "_upgrades"
#: What the database is called that has no name, as Flask's own.
DEFAULT = "default"


def place_of(environment: Environment) -> Optional[int]:
    """Which call of ``configure`` is for the chosen database; None when there is only one."""
    if environment.place is None and environment.may_be_several:
        from .inspection import capture

        capture(environment)
    return environment.place


def pass_over(context: Any, ran: Callable[..., None] = lambda **keywords: None) -> None:
    """Have what follows a call of ``configure`` do nothing; ``ran`` hears of ``run_migrations``."""
    context.run_migrations = ran
    context.begin_transaction = contextlib.nullcontext


def take_up(context: Any) -> None:
    """Have what follows do what it does in Alembic, again."""
    for name in ("run_migrations", "begin_transaction"):
        context.__dict__.pop(name, None)


def name_of(options: Dict[str, Any], keywords: Dict[str, Any], number: int) -> str:
    """What a database is called by its options and by the arguments of ``run_migrations``."""
    told = keywords.get("engine_name")
    token = options.get("upgrade_token")
    if told is None and isinstance(token, str) and token.endswith(_ENDING):
        told = token[: -len(_ENDING)]
    if told is None:
        told = next((each for each in keywords.values() if isinstance(each, str)), None)
    return str(number + 1) if told is None else str(told) or DEFAULT


def chosen(names: List[str], wish: Optional[str]) -> int:
    """The place of the database to follow. Raises Failure when that is not clear."""
    if wish is None and len(names) == 1:
        return 0
    there = ", ".join(names)
    if wish is None:
        text = "env.py goes through {} databases ({}), and one can be followed at a time. Say which"
        text += " one: --engine, Project.open(engine=\u2026), or SCHEMA_ENGINE."
        raise Failure("config", text.format(len(names), there))
    if wish not in names and len(names) == 1:
        raise Failure("config", "env.py goes through one database only: leave --engine out.")
    if wish not in names:
        raise Failure("config", "env.py has no database {!r}; it has {}.".format(wish, there))
    return names.index(wish)
