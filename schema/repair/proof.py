"""The proof of a repair: it is run on a scratch database that has live's schema, and read again.

The schema is rebuilt from live's catalog, so live is neither locked nor copied. A rebuilt schema
that is not quite live's is said so, object by object: nothing is proved about such objects.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import URL

from schema.catalog import Catalog, Identity, read_catalog
from schema.compare import Difference, Differences, compare
from schema.ddl import Statement
from schema.rebuilding import Rebuilt, named, rebuilt
from schema.rebuilding.running import run
from schema.repair.model import Proof
from schema.wording import printable

__all__ = ["Rebuilt", "prove", "rebuilt", "touched"]


def prove(
    live: Catalog,
    wanted: Catalog,
    selection: Sequence[Difference],
    statements: Sequence[Statement],
    *,
    server: URL | None,
) -> Proof:
    """Run the statements on live's rebuilt schema and see what is left of the selection.

    ``selection`` is some of ``compare(wanted, live)``. An SQL error is a verdict, not an exception.
    """
    with rebuilt(live, server) as copy:
        before = compare(wanted, copy.catalog)
        error = run(copy.scratch, statements)
        if error is not None:
            return Proof(False, Differences(selection), _line("not proved", error, copy.note))
        after = compare(wanted, read_catalog(copy.scratch.url))
    return _judged(selection, before, after, copy)


def _judged(
    selection: Sequence[Difference], before: Differences, after: Differences, copy: Rebuilt
) -> Proof:
    """Compare what was different before and after: the selection must be gone, and only that."""
    selected = touched(selection)
    unproved = selected & touched(copy.unlike)
    left = after.where(lambda item: bool(touched([item]) & selected))
    known = {_shape(item) for item in before}
    new = after.where(lambda item: item not in left and _shape(item) not in known)
    kept = {_shape(item) for item in after}
    gone = before.where(lambda item: _shape(item) not in kept and not touched([item]) & selected)
    # What was repaired in part differs still, but otherwise than before; it is told as left.
    gone = gone.where(lambda item: item.identity not in {each.identity for each in after})
    remaining = Differences([*left, *new])
    parts = []
    if left:
        parts.append(f"left: {named(left)}")
    if new:
        parts.append(f"also changed: {named(new)}")
    if not parts:
        parts.append("nothing left")
    if gone:
        parts.append(f"also repaired: {named(gone)}")
    is_proved = not remaining and not unproved
    return Proof(
        is_proved,
        remaining,
        _line("proved" if is_proved else "not proved", "; ".join(parts), copy.note),
    )


def touched(differences: Sequence[Difference]) -> set[Identity]:
    """The objects that differences speak of, a renamed one by both of its names."""
    found = {item.identity for item in differences}
    found |= {
        item.identity._replace(name=item.renamed_from)
        for item in differences
        if item.renamed_from is not None
    }
    return found


def _shape(item: Difference) -> tuple[object, ...]:
    return item.identity, item.change, frozenset(item.properties.items())


def _line(verdict: str, what: str, aside: str | None) -> str:
    """``proved: nothing left; not rebuilt as on live: …`` in one line."""
    text = f"{verdict}: {what}" + (f"; {aside}" if aside else "")
    return " ".join(printable(text).split())
