"""Revisions up or down, on a scratch database, by Alembic through the project's env.py.

Usually one: a step. Several in one run are what ``alembic upgrade head`` does, and what its one
transaction, or none, makes of a failure.
"""

from __future__ import annotations

import functools
import logging
import time
from typing import Any, Callable, Dict, List, Optional, Set

from .algorithms import AlgorithmWatcher
from .beyond import reaches_beyond as reaches_beyond_mariadb
from .connections import ScratchConnections
from .control import CONTROL, Stopped
from .environment import Environment
from .failure import Failure, from_exception
from .faults import AFTER_REVISION, AFTER_STAMP, Fault
from .file_locks import FileLockWatcher
from .guard import note_of_programs, redirected
from .locks import LockWatcher
from .metadata_locks import Both, MetadataLockWatcher
from .notices import Notices
from .programmatic import makes_engine
from .shared import reaches_beyond
from .statements import Recorder

Send = Callable[[Dict[str, Any]], None]


def step(environment: Environment, request: Dict[str, Any], send: Send) -> Dict[str, Any]:
    """Run revisions up or down on a scratch database; their statements go to ``send``.

    What was observed goes to ``send`` too, as that is wanted most when the step fails.
    """
    notices = Notices()

    def opened(connection: Any, pid: Optional[int]) -> None:
        if pid is not None:
            notices.listen(connection)
            send({"event": "session", "pid": pid})

    recorder = Recorder(
        lambda batch: send({"event": "statements", "items": batch}),
        hide_parameters=bool(request.get("hide_parameters")),
    )
    connections = ScratchConnections(
        request["scratch"],
        environment.url(),
        recorder,
        settings=request.get("session"),
        opened=opened,
        as_project=request.get("transactions") == "project",
    )
    if request["scratch"].get("shared"):
        recorder.passes_over = reaches_beyond_mariadb if connections.is_mariadb else reaches_beyond
    one = _Run(environment, connections, recorder, request, send)
    try:
        if request.get("observe") and connections.is_mariadb:
            recorder.watcher = Both(
                AlgorithmWatcher(connections.open_outside, connections.database, notices.add),
                MetadataLockWatcher(connections.open_outside),
            )
        elif request.get("observe"):
            watcher = FileLockWatcher if connections.is_sqlite else LockWatcher
            recorder.watcher = watcher(connections.open_outside)
        with notices.warnings():
            one.run()
    except Failure as failure:
        failure.details.update(one.fault_details())
        raise
    finally:
        recorder.close()
        observed = {**one.times(), "notices": notices.items}
        connections.dispose()  # what a failure left open ends here, and its locks with it
        observed.update(recorder.stop_watching())
        observed["notes"] = [*observed.get("notes", ()), *recorder.notes, *note_of_programs()]
        send({"event": "observed", **observed})
    return {
        **observed,
        "statements": recorder.statements,
        "statements_left_out": recorder.left_out,
        "heads": sorted(one.heads or ()),
    }


class _Run:
    """One run of env.py. ``heads`` is the stamp after it, None until a revision was applied."""

    def __init__(
        self,
        environment: Environment,
        connections: ScratchConnections,
        recorder: Recorder,
        request: Dict[str, Any],
        send: Send,
    ) -> None:
        self.seconds = 0.0
        self.heads: Optional[Set[str]] = None
        self._left = len(request["revisions"])
        self._number = request["id"]
        self._send = send
        self._environment = environment
        self._connections = connections
        self._recorder = recorder
        self._direction = request["direction"]
        self._is_pretence = bool(request.get("pretend"))
        self._continues = bool(request.get("continues"))
        self._token = str(request["scratch"]["token"])
        self._connection = connections.connect()  # proves the database before project code runs
        self._revisions = [environment.revision(name) for name in request["revisions"]]
        self._current = self._revisions[0].revision
        self._is_planned = False
        self._own_schema: Optional[str] = None
        self._is_made_transactional = False
        self._started: Optional[float] = None
        self._options: Dict[str, Any] = {}
        self._pid: Optional[int] = None
        self._fault: Optional[Fault] = None
        if request.get("fault"):
            self._fault = Fault(request["fault"], self._tell_fault(send), connections.terminate)
            recorder.after_execution = self._fault.at

    def times(self) -> Dict[str, Any]:
        """How long it took, without our own looking; how many executions of SQL it has."""
        seconds = max(0.0, self.seconds - self._recorder.watcher.overhead)
        return {
            "seconds": seconds,
            "python_seconds": max(0.0, seconds - self._recorder.seconds),
            "overhead_seconds": self._recorder.watcher.overhead,
            "executions": self._recorder.count,
            "pid": self._pid,
        }

    def fault_details(self) -> Dict[str, str]:
        """Where the step was hit on purpose, for the error's details; empty when it was not."""
        happened = self._fault.happened if self._fault is not None else None
        return {"fault": happened} if happened else {}

    def _tell_fault(self, send: Send) -> Send:
        def tell(event: Dict[str, Any]) -> None:
            self._recorder.close()  # a killed process says nothing later
            send(event)

        return tell

    def run(self) -> None:
        try:
            self._run_env()
        finally:
            self._recorder.end()
            if self._started is not None:
                self.seconds = time.perf_counter() - self._started
        if self.heads is None:
            raise Failure("project", "env.py ended without calling context.run_migrations().")
        self._check_stamp()

    def _run_env(self) -> None:
        made = self._connections
        running = CONTROL.running(self._number, made.interrupt)
        with redirected(made.connect, made.substitute), running:
            try:
                CONTROL.check()
                self._environment.run(
                    self._configure,
                    self._steps,
                    attributes=self._attributes(),
                    destination=self._revisions[-1].revision,
                )
            except Failure:
                raise
            except SystemExit as error:
                # As under ``alembic upgrade``: an end that is no failure, where all was done.
                if self._left or error.code not in (None, 0):
                    raise self._explained(error) from None
            except BaseException as error:
                raise self._explained(error) from None

    def _explained(self, error: BaseException) -> Failure:
        if CONTROL.is_stopping or isinstance(error, Stopped):
            return Failure("stopped", "The step was stopped.")
        failed = "Revision {} failed".format(self._current)
        doing = "env.py failed" if self._started is None else failed
        return from_exception(error, self._environment.root, doing)

    def _attributes(self) -> Dict[str, Any]:
        """What env.py finds in ``config.attributes``: our connection, instead of its engine's."""
        if self._connections.as_project and makes_engine(self._environment):
            return {}
        return {"connection": self._connection}

    def _configure(self, context: Any, options: Dict[str, Any]) -> None:
        """Everything that env.py says to Alembic is kept, but for where it leads."""
        if self._is_planned:
            text = (
                "env.py calls context.configure() again, as for another database or another "
                "tenant's schema, and one can be followed at a time. Where it goes by an argument "
                "of its own (alembic -x NAME=VALUE), give one that leads to one alone."
            )
            raise Failure("project", text)
        self._connections.lead_here(options, self._connection)
        session = options["connection"].info.get("schema_session")
        self._pid = session.pid if session is not None else None
        if self._connections.is_sqlite and not self._connections.as_project:
            # True here, as our transactions are real ones; Alembic assumes sqlite3's own.
            self._is_made_transactional = options.get("transactional_ddl") is None
            options["transactional_ddl"] = options.get("transactional_ddl") is not False
        callbacks = options.get("on_version_apply") or ()
        callbacks = callbacks if isinstance(callbacks, (tuple, list)) else (callbacks,)
        options["on_version_apply"] = (*callbacks, self._applied)
        self._options = options
        type(context).configure(context, **options)
        self._environment.memos.hand_on(
            context.get_context().impl,
            options["connection"],
            self._token,
            goes_up=self._direction == "up",
            continues=self._continues,
        )
        self._note_beginning(context)

    def _note_beginning(self, context: Any) -> None:
        """Know whether env.py begins a transaction by ``context.begin_transaction()``.

        One that does not, as on SQLite it need not, has each revision in a transaction of its own.
        """
        begin = context.begin_transaction

        def begin_transaction() -> Any:
            self._is_made_transactional = False
            return begin()

        context.begin_transaction = begin_transaction

    def _steps(self, heads: Any, context: Any) -> List[Any]:
        """What Alembic is to run: the revisions, and nothing when env.py asks again."""
        from alembic.runtime.migration import MigrationStep

        if self._is_planned:
            return []
        self._is_planned = True
        if self._is_made_transactional:
            context.impl.transactional_ddl = False
        if context.dialect.name == "postgresql":
            from sqlalchemy import text

            # env.py may have set a search path.
            asked = context.connection.execute(text("SELECT pg_catalog.current_schema()"))
            self._own_schema = asked.scalar()
        self._check_applicable(set(heads))
        make = (
            MigrationStep.upgrade_from_script
            if self._direction == "up"
            else MigrationStep.downgrade_from_script
        )
        found: List[Any] = []
        for script in self._revisions:
            found.append(make(self._environment.script.revision_map, script))
            migrate = _nothing if self._is_pretence else found[-1].migration_fn
            found[-1].migration_fn = self._observed(migrate, script.revision)
        return found

    def _observed(self, migrate: Callable[..., Any], revision: str) -> Callable[..., Any]:
        """Record the revision's own statements, not Alembic's about its version table."""

        @functools.wraps(migrate)  # Alembic logs its name
        def observed(**keywords: Any) -> None:
            self._current = revision
            if self._started is None:
                self._started = time.perf_counter()
                # By the clock on the wall: no other is the same in two processes everywhere.
                self._send({"event": "began", "at": time.time()})
            self._recorder.begin()
            try:
                self._hit(self._recorder.count)
                migrate(**keywords)
            finally:
                self._recorder.end()
            self._hit(AFTER_REVISION)

        return observed

    def _applied(self, *, heads: Set[str], **others: Any) -> None:
        self.heads = set(heads)
        self._left -= 1
        self._hit(AFTER_STAMP)

    def _hit(self, place: Any) -> None:
        if self._fault is not None:
            self._fault.at(place, self._options["connection"])

    def _check_applicable(self, heads: Set[str]) -> None:
        """Alembic runs what it is given; a revision out of turn would leave a wrong stamp."""
        for head in heads:
            self._environment.revision(head)
        revisions = self._environment.script.iterate_revisions(tuple(heads), "base")
        applied = {each.revision for each in revisions} | heads
        for script in self._revisions:
            if self._direction == "up":
                self._check_up(script, applied)
                applied.add(script.revision)
            else:
                self._check_down(script, applied)
                applied.discard(script.revision)

    def _check_up(self, script: Any, applied: Set[str]) -> None:
        missing = set(_needs(self._environment, script)) - applied
        if script.revision in applied:
            raise Failure("revision", "Revision {} is applied already.".format(script.revision))
        if missing:
            text = "Revision {} cannot be applied before {}."
            raise Failure("revision", text.format(script.revision, ", ".join(sorted(missing))))

    def _check_down(self, script: Any, applied: Set[str]) -> None:
        name, graph = script.revision, self._environment.script
        if name not in applied:
            raise Failure("revision", "Revision {} is not applied.".format(name))
        above = [r for r in applied if name in _needs(self._environment, graph.get_revision(r))]
        if above:
            text = "Revision {} cannot be undone before {}."
            raise Failure("revision", text.format(name, ", ".join(sorted(above))))

    def _check_stamp(self) -> None:
        """A step counts when it was committed: env.py may have closed its transaction otherwise."""
        from alembic.runtime.migration import MigrationContext

        names = ("version_table", "version_table_schema", "version_table_pk")
        options = {name: self._options[name] for name in names if name in self._options}
        if not options.get("version_table_schema"):
            options["version_table_schema"] = self._own_schema
        connection = self._connections.connect()
        given = self._options["connection"].get_execution_options()
        if given.get("schema_translate_map"):
            connection = connection.execution_options(
                schema_translate_map=given["schema_translate_map"]
            )
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
                    self._current, ", ".join(sorted(found)) or "with nothing"
                ),
            )


def _nothing(**keywords: Any) -> None:
    """What a revision does whose stamp alone is wanted."""


def _needs(environment: Environment, script: Any) -> List[str]:
    """The full ids of a revision's parents and of what it depends on."""
    from alembic.util import to_tuple

    wanted = [*to_tuple(script.down_revision, ()), *to_tuple(script.dependencies, ())]
    return [environment.revision(identifier).revision for identifier in wanted]
