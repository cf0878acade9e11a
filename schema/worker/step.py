"""One revision up or down, on a scratch database, by Alembic through the project's env.py."""

from __future__ import annotations

import functools
import logging
import time
from typing import Any, Callable, Dict, List, Optional, Set

from .connections import ScratchConnections
from .environment import Environment
from .failure import Failure, from_exception
from .guard import redirected
from .statements import Recorder

Send = Callable[[Dict[str, Any]], None]


def step(environment: Environment, request: Dict[str, Any], send: Send) -> Dict[str, Any]:
    """Run one revision up or down on a scratch database; its statements go to ``send``."""
    recorder = Recorder(lambda batch: send({"event": "statements", "items": batch}))
    connections = ScratchConnections(request["scratch"], environment.url(), recorder)
    one = _OneStep(environment, connections, recorder, request["revision"], request["direction"])
    try:
        one.run()
    finally:
        recorder.close()
        connections.dispose()
    return {
        "seconds": one.seconds,
        "statements": recorder.statements,
        "statements_left_out": recorder.left_out,
        "heads": sorted(one.heads or ()),
    }


class _OneStep:
    """The run of one revision. ``heads`` is the stamp after it, None until it was applied."""

    def __init__(
        self,
        environment: Environment,
        connections: ScratchConnections,
        recorder: Recorder,
        revision: str,
        direction: str,
    ) -> None:
        self.seconds = 0.0
        self.heads: Optional[Set[str]] = None
        self._environment = environment
        self._connections = connections
        self._recorder = recorder
        self._direction = direction
        self._connection = connections.connect()  # proves the database before project code runs
        self._revision = environment.revision(revision)
        self._started: Optional[float] = None
        self._options: Dict[str, Any] = {}

    def run(self) -> None:
        try:
            self._run_env()
        finally:
            self._recorder.active = False
            if self._started is not None:
                self.seconds = time.perf_counter() - self._started
        if self.heads is None:
            raise Failure("project", "env.py ended without calling context.run_migrations().")
        self._check_stamp()

    def _run_env(self) -> None:
        try:
            with redirected(self._connections.connect):
                self._environment.run(
                    self._configure,
                    self._steps,
                    attributes={"connection": self._connection},
                    destination=self._revision.revision,
                )
        except Failure:
            raise
        except BaseException as error:
            revision = self._revision.revision
            doing = "env.py failed" if self._started is None else "Revision " + revision + " failed"
            raise from_exception(error, self._environment.root, doing) from None

    def _configure(self, context: Any, options: Dict[str, Any]) -> None:
        """Everything that env.py says to Alembic is kept, but for where it leads."""
        if self.heads is not None:
            text = "env.py migrates several databases; the workbench can follow only one."
            raise Failure("project", text)
        for name in ("url", "dialect_name", "as_sql", "output_buffer", "starting_rev", "fn"):
            options.pop(name, None)
        if not self._connections.owns(options.get("connection")):
            options["connection"] = self._connection
        self._connections.catch_up(options["connection"])
        if self._connections.is_sqlite:
            # True here, as our transactions are real ones; Alembic assumes sqlite3's own.
            options["transactional_ddl"] = True
        callbacks = options.get("on_version_apply") or ()
        callbacks = callbacks if isinstance(callbacks, (tuple, list)) else (callbacks,)
        options["on_version_apply"] = (*callbacks, self._applied)
        self._options = options
        type(context).configure(context, **options)

    def _steps(self, heads: Any, context: Any) -> List[Any]:
        """What Alembic is to run: this revision, and nothing when env.py asks again."""
        from alembic.runtime.migration import MigrationStep

        if self.heads is not None:
            return []
        script, revisions = self._revision, self._environment.script.revision_map
        self._check_applicable(set(heads))
        make = (
            MigrationStep.upgrade_from_script
            if self._direction == "up"
            else MigrationStep.downgrade_from_script
        )
        found: Any = make(revisions, script)
        found.migration_fn = self._observed(found.migration_fn)
        return [found]

    def _observed(self, migrate: Callable[..., Any]) -> Callable[..., Any]:
        """Record the revision's own statements, not Alembic's about its version table."""

        @functools.wraps(migrate)  # Alembic logs its name
        def observed(**keywords: Any) -> None:
            self._started = time.perf_counter()
            self._recorder.active = True
            try:
                migrate(**keywords)
            finally:
                self._recorder.active = False

        return observed

    def _applied(self, *, heads: Set[str], **others: Any) -> None:
        self.heads = set(heads)

    def _check_applicable(self, heads: Set[str]) -> None:
        """Alembic runs what it is given; a revision out of turn would leave a wrong stamp."""
        revisions = self._environment.script
        name = self._revision.revision
        for head in heads:
            self._environment.revision(head)
        applied = {r.revision for r in revisions.iterate_revisions(tuple(heads), "base")}
        applied |= set(heads)
        if self._direction == "up":
            missing = set(_needs(self._environment, self._revision)) - applied
            if name in applied:
                raise Failure("revision", "Revision {} is applied already.".format(name))
            if missing:
                text = "Revision {} cannot be applied before {}."
                raise Failure("revision", text.format(name, ", ".join(sorted(missing))))
            return
        if name not in applied:
            raise Failure("revision", "Revision {} is not applied.".format(name))
        above = [r for r in applied if name in _needs(self._environment, revisions.get_revision(r))]
        if above:
            text = "Revision {} cannot be undone before {}."
            raise Failure("revision", text.format(name, ", ".join(sorted(above))))

    def _check_stamp(self) -> None:
        """A step counts when it was committed: env.py may have closed its transaction otherwise."""
        from alembic.runtime.migration import MigrationContext

        names = ("version_table", "version_table_schema", "version_table_pk")
        options = {name: self._options[name] for name in names if name in self._options}
        connection = self._connections.connect()
        logging.disable()  # this look is ours, not a part of the project's run
        try:
            found = set(MigrationContext.configure(connection, opts=options).get_current_heads())
        finally:
            logging.disable(logging.NOTSET)
            connection.close()
        if found != self.heads:
            raise Failure(
                "project",
                "Revision {} ran, but env.py did not commit it: the database is stamped {}.".format(
                    self._revision.revision, ", ".join(sorted(found)) or "with nothing"
                ),
            )


def _needs(environment: Environment, script: Any) -> List[str]:
    """The full ids of a revision's parents and of what it depends on."""
    from alembic.util import to_tuple

    wanted = [*to_tuple(script.down_revision, ()), *to_tuple(script.dependencies, ())]
    return [environment.revision(identifier).revision for identifier in wanted]
