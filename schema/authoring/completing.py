"""The offer to complete a revision: what it does not make, as Alembic's operations and SQL.

Found in the way of a repair that adopts differences: each operation is run on a scratch database,
which is read again, before it is offered. See schema.repair.revision_plan.
"""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import URL

from schema.authoring.judging import Sides
from schema.authoring.reading import Mend, Reading
from schema.authoring.source import at_end, at_start
from schema.catalog import Catalog
from schema.compare import Difference
from schema.ddl.goal import goal
from schema.errors import WorkbenchError
from schema.repair.revision import turned
from schema.repair.revision_code import Body, body, helpers, imports
from schema.repair.revision_plan import Plan, Planner
from schema.wording import counted

__all__ = ["completion"]


def completion(
    reading: Reading, sides: Sides, after: Catalog, server: URL | None, *, as_batch: bool
) -> Mend | None:
    """The revision with what it lacks; None where it lacks nothing, or no way was found.

    ``after`` is the catalog that the revision leads to. A rename is an offer of its own.
    """
    missing = [item.difference for item in reading.unseen if not _is_made(item.difference, after)]
    if not missing:
        return None
    wanted = goal(after, sides.models, map(turned, missing))
    try:
        up = Planner(after, wanted, server, as_batch).plan()
        down = Planner(wanted, after, server, as_batch).plan()
    except WorkbenchError:
        return None
    way_up, way_down = _body(up, after), _body(down, after)
    if not way_up.lines:
        return None
    return Mend(
        f"Add {counted(len(missing), 'difference')} that Alembic cannot see",
        _why(missing, up),
        _whole(reading.text, way_up, way_down),
        way_up.lines,
    )


def _is_made(change: Difference, after: Catalog) -> bool:
    """Whether it is a rename that is made, though as drop and add."""
    return change.change == "renamed" and change.identity in after


def _why(missing: list[Difference], plan: Plan) -> str:
    named = "; ".join(item.describe() for item in missing[:5])
    more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
    left = [f"{item.label}: {why}" for item, why in plan.not_expressed]
    rest = f" Not in it: {'; '.join(left)}." if left else ""
    return f"{named}{more}. It was tried on a scratch database.{rest}"


def _body(plan: Plan, catalog: Catalog) -> Body:
    context = MigrationContext.configure(dialect_name=catalog.dialect)
    return body(
        plan.before, plan.blocks, plan.rebuilds, plan.after, context,
        is_guarded=False, keeps_rows=plan.keeps_rows,
    )  # fmt: skip


def _whole(text: str, up: Body, down: Body) -> str:
    """The revision's text with both bodies, and what they need besides."""
    text = at_end(text, "upgrade", up.lines)
    text = at_start(text, "downgrade", down.lines)
    lines = text.splitlines()
    needed = [line for line in imports(up, down).splitlines() if line and line not in lines]
    if needed:
        first = next(n for n, line in enumerate(lines) if line.startswith(("import ", "from ")))
        at = first + 1 if lines[first].startswith("from __future__") else first
        lines[at:at] = needed
    more = helpers(up, down)
    has_them = bool(more.strip()) and more.strip() in text
    return "\n".join(lines).rstrip() + "\n" + ("" if has_them else more)
