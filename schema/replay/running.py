"""Running the revisions one by one, and reading the catalog after each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate

from sqlalchemy.engine import URL

from schema.catalog import Catalog
from schema.history import History, Revision, read_history
from schema.project import Project
from schema.replay.catalogs import Catalogs, Replay, Stamp
from schema.replay.keys import facts_of
from schema.replay.walk import Progress, Walk

__all__ = ["Progress", "replay"]


def replay(
    project: Project,
    dialect: str,
    targets: Sequence[str],
    *,
    server: URL | None = None,
    facts: str | None = None,
    history: History | None = None,
    order: Sequence[Revision] | None = None,
    wanted: Collection[Stamp] | None = None,
    is_lenient: bool = False,
    on_progress: Progress | None = None,
) -> Replay:
    """The catalogs from base to ``targets`` (revision ids, one after another), one for each step.

    ``server`` is where scratch databases of PostgreSQL are made when it allows that; None, and a
    server that does not, mean the embedded one. ``facts`` are the server's (``server_facts``) and
    ``history`` the project's, for a caller that has asked already. ``order``, in which each comes
    after what it needs, is of the revisions to run, instead of those that the targets need.
    ``wanted`` are the stamps whose
    catalogs are needed now: when the revisions must be run, only those are read, and the others
    when they are looked at, by running them once more; None means all. Raises ProjectCodeError
    when a revision fails; with ``is_lenient`` the replay goes on behind it, without what it makes,
    and ``Replay.failures`` has the reason.
    """
    history = history or read_history(project)
    steps = history.way_to(targets) if order is None else list(order)
    stamps = _stamps(history, steps)
    facts = facts_of(dialect, server) if facts is None else facts
    walk = Walk(project, dialect, facts, steps, server=server, is_lenient=is_lenient,
                report=on_progress)  # fmt: skip
    places = {stamp: state for state, stamp in enumerate(stamps)}

    def learn(wanted: Iterable[Stamp]) -> dict[Stamp, Catalog]:
        found = walk.run([places[stamp] for stamp in wanted])
        return {stamps[state]: catalog for state, catalog in found.items()}

    needed = walk.missing(places[stamp] for stamp in stamps if wanted is None or stamp in wanted)
    learned = learn(stamps[state] for state in needed) if needed else {}
    keys = dict(zip(stamps, walk.keys, strict=True))
    failures = {steps[place].id: reason for place, reason in sorted(walk.failures.items())}
    catalogs = Catalogs(keys, learned, learn)
    return Replay(dialect, catalogs, tuple(steps), failures, tuple(walk.keys))


def _stamps(history: History, steps: Sequence[Revision]) -> list[Stamp]:
    """The stamp before the steps, and after each."""
    start: Stamp = ()
    names = (each.id for each in steps)
    return list(accumulate(names, history.advanced, initial=start))
