"""The SQL of revisions without a database: what Alembic's offline mode (``--sql``) would write."""

from __future__ import annotations

import inspect
from typing import Any, Dict, List

from .environment import Environment
from .failure import Failure, from_exception, redact
from .inspection import capture
from .several import DEFAULT

#: At most so many statements of a revision are told, and so many characters of one.
MOST_STATEMENTS = 500
MOST_CHARACTERS = 20_000


def offline_sql(environment: Environment, request: Dict[str, Any]) -> List[Dict[str, Any]]:
    """For each ``[revision, direction]`` of ``plan``, its ``sql``, and ``why`` it ends early.

    ``why`` is None when all of the revision's SQL is there. Else the revision needs a database (it
    reads data, or recreates a table that it must look at first), and ``sql`` is what came before.
    """
    options = dict(capture(environment).options or {})
    for name in ("connection", "url", "dialect_name", "fn", "output_buffer", "starting_rev"):
        options.pop(name, None)
    options.update(as_sql=True, literal_binds=True)
    told = []
    for identifier, direction in request["plan"]:
        statements: List[str] = []
        why = _run(environment, options, request["dialect"], identifier, direction, statements)
        told.append(
            {
                "sql": [redact(text[:MOST_CHARACTERS]) for text in statements[:MOST_STATEMENTS]],
                "why": why,
            }
        )
    return told


def _run(
    environment: Environment,
    options: Dict[str, Any],
    dialect: str,
    identifier: str,
    direction: str,
    statements: List[str],
) -> Any:
    """Run one revision's function with a stand-in for the database; returns why it ended early."""
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

    script = environment.revision(identifier)
    doing = "Revision {} without a database".format(script.revision)
    try:
        context = EnvironmentContext(
            environment.config(), environment.script, as_sql=True, fn=lambda heads, context: []
        )
        with context:
            context.configure(dialect_name=dialect, **options)
            migration: Any = context.get_context()
            migration.impl.static_output = lambda text: statements.append(_trimmed(text))
            with Operations.context(migration):
                function = getattr(script.module, "upgrade" if direction == "up" else "downgrade")
                function(**_arguments(environment, function))
    except Failure as failure:
        return redact(str(failure))
    except BaseException as error:
        return redact(str(from_exception(error, environment.root, doing)))
    return None


def _arguments(environment: Environment, function: Any) -> Dict[str, str]:
    """What env.py would hand over: with several databases, as a rule the name of one."""
    if "engine_name" not in inspect.signature(function).parameters:
        return {}
    if environment.engine is not None:
        return {"engine_name": "" if environment.engine == DEFAULT else environment.engine}
    return {"engine_name": environment.config().get_main_option("databases") or ""}


def _trimmed(text: str) -> str:
    return text.strip().rstrip(";").rstrip()
