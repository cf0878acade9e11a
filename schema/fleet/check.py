"""The check of a fleet: databases are read side by side, and each is judged as it comes in."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from schema import stopping
from schema.database import Limits
from schema.fleet import executors
from schema.fleet.databases import Database, as_database, told_apart
from schema.fleet.judging import Judge, unchecked
from schema.fleet.reading import Failure, Reading, Task, read_databases
from schema.fleet.remembered import Earlier, Results, digest_of
from schema.fleet.result import FAILED, Fleet, Member
from schema.project import Project
from schema.replay import Progress

__all__ = ["FleetCheck", "check_fleet"]

#: How many databases of one server are read at once, unless said otherwise.
PER_SERVER = 8
#: Seconds that reading one database may take, or so many schemas of one.
TIMEOUT = 60.0
SCHEMAS_IN_TIME = 50
#: Seconds that a process, or a machine of a cluster, may take to begin.
STARTING = 60.0
#: Seconds within which a server must take the session.
CONNECT_TIMEOUT = 10.0


def check_fleet(
    project: Project,
    databases: Iterable[Database | URL | str | Path],
    *,
    jobs: int | None = None,
    per_server: int = PER_SERVER,
    timeout: float = TIMEOUT,
    connect_timeout: float = CONNECT_TIMEOUT,
    executor: Executor | str | None = None,
    results: str | Path | None = None,
    again: bool = False,
    home: str | None = None,
    on_progress: Progress | None = None,
) -> Fleet:
    """Check many databases of one project: where each stands, whether it drifted, who are alike.

    Each is only read, once; equal schemas are compared once. ``jobs`` are read at a time, and of
    one server at most ``per_server``. One that takes longer than ``timeout`` (seconds; of a
    database whose schemas are members, for each 50 of them), or is not open within
    ``connect_timeout``, is given up; the others go on. ``executor`` is ``"processes"`` (the
    default), ``"threads"``, ``"dask://HOST:PORT"``, or any concurrent.futures.Executor.

    ``results`` is a file that takes each result as it comes; members that it has already are not
    read again, unless ``again`` is true or nothing could be learned of them. ``home`` is the schema
    in which the migrations make a tenant's tables, where members are schemas; None means found.

    Raises ConfigError, RevisionError and ProjectCodeError for a project that cannot be looked at
    at all. What is wrong with a member is said in the member.
    """
    check = FleetCheck(
        project, databases, jobs=jobs, per_server=per_server, timeout=timeout,
        connect_timeout=connect_timeout, executor=executor, results=results, again=again,
        home=home, on_progress=on_progress,
    )  # fmt: skip
    return check.run()


@dataclass
class _Work:
    """One task, and the databases that it answers for: one, or schemas of one."""

    task: Task
    databases: list[Database]
    since: float = 0.0
    running: float | None = None

    @property
    def patience(self) -> float:
        """Seconds after which it is given up, once it runs."""
        return self.task.limits.connect + self.task.limits.statement


class FleetCheck:
    """One check, which may be stopped: ``fleet`` then holds what was found so far.

    ``on_member`` is called with each member that is settled, in the thread of ``run``.
    """

    def __init__(
        self,
        project: Project,
        databases: Iterable[Database | URL | str | Path],
        *,
        jobs: int | None = None,
        per_server: int = PER_SERVER,
        timeout: float = TIMEOUT,
        connect_timeout: float = CONNECT_TIMEOUT,
        executor: Executor | str | None = None,
        results: str | Path | None = None,
        again: bool = False,
        home: str | None = None,
        on_progress: Progress | None = None,
        on_member: Callable[[Member], None] | None = None,
    ) -> None:
        self._project = project
        self._databases = told_apart(
            each if isinstance(each, Database) else as_database(each) for each in databases
        )
        self._jobs, self._per_server = jobs, max(1, per_server)
        self._timeout, self._limits = timeout, Limits(min(connect_timeout, timeout), timeout)
        self._executor = executor
        self._path = None if results is None else Path(results)
        self._again, self._home = again, home
        self._on_progress, self._on_member = on_progress, on_member
        self._judge: Judge | None = None
        self._members: dict[str, Member] = {}
        self._notes: list[str] = []
        self._started = time.monotonic()
        self._seconds: float | None = None
        self._last_end = 0.0

    # -- what was found ------------------------------------------------------------------------

    @property
    def fleet(self) -> Fleet:
        """What is known now. Members that nobody has looked at are ``not-checked``."""
        rest = {each.name: each for each in unchecked(self._databases)}
        members = [self._members.get(each.name, rest[each.name]) for each in self._databases]
        places = {each.name: place for place, each in enumerate(self._databases)}
        judge = self._judge
        return Fleet(
            tuple(members),
            judge.groups(places) if judge else (),
            dict(judge.models) if judge else {},
            tuple(dict.fromkeys([*self._notes, *(judge.notes if judge else ())])),
            time.monotonic() - self._started if self._seconds is None else self._seconds,
        )

    def run(self) -> Fleet:
        """Check all of them, and return what was found. Raises what ``check_fleet`` raises, and
        schema.stopping.Stopped or KeyboardInterrupt when it is stopped."""
        self._started = time.monotonic()
        try:
            with self._project.at_one_moment():
                self._check()
        finally:
            self._seconds = time.monotonic() - self._started
        return self.fleet

    def _check(self) -> None:
        digest = digest_of(self._project) + (f" {self._home}" if self._home else "")
        self._judge = Judge(self._project, self._telling_of_replays(), home=self._home)
        self._recall(digest)
        results = Results(self._path, digest)
        try:
            left = [each for each in self._databases if each.name not in self._members]
            for database in left:
                if database.url is None:
                    self._settle(database, Failure(database.problem or "no URL", 0.0), results)
            self._read([each for each in left if each.url is not None], results)
        finally:
            results.close()

    def _recall(self, digest: str) -> None:
        """Take over what an earlier check learned."""
        if self._path is None or self._judge is None:
            return
        earlier = Earlier(self._path, digest)  # Refuses a file that is no such file.
        if self._again:
            return
        self._notes += [earlier.note] if earlier.note else []
        for group in earlier.groups.values():
            self._judge.recall(group)
        self._judge.models.update(earlier.models)
        for database in self._databases:
            known = earlier.members.get((replace(database, schema_name=None).shown
                                         or database.name, database.schema_name))  # fmt: skip
            if known is not None and known.verdict not in FAILED:
                known = replace(known, name=database.name)
                if self._judge.recall_member(known):
                    self._members[database.name] = known

    # -- reading -------------------------------------------------------------------------------

    def _read(self, databases: Sequence[Database], results: Results) -> None:
        if not databases:
            return
        self._tell("reading")
        works = self._works(databases)
        with executors.opened(self._executor, self._jobs, len(works)) as (executor, width):
            waiting = _Waiting(works, self._per_server)
            running: dict[Future[Any], _Work] = {}
            try:
                while waiting or running:
                    self._submit(executor, width, waiting, running)
                    done, _ = wait(running, timeout=stopping.PAUSE, return_when=FIRST_COMPLETED)
                    stopping.check()
                    for future in done:
                        work = running.pop(future)
                        waiting.release(work)
                        self._finish(work, _outcome(future, work), results)
                    self._give_up(executor, waiting, running, results)
            finally:
                for future in running:
                    future.cancel()

    def _works(self, databases: Sequence[Database]) -> list[_Work]:
        """One task for each database; its schemas share one."""
        settings = self._project.settings(with_url=False)
        by_url: dict[URL, list[Database]] = {}
        for each in databases:
            if each.url is not None:
                by_url.setdefault(each.url, []).append(each)
        works = []
        for url, found in by_url.items():
            tenants = [each for each in found if each.schema_name is not None]
            for part in ([each for each in found if each.schema_name is None], tenants):
                if part:
                    schemas = tuple(each.schema_name for each in part if each.schema_name)
                    table = (settings.version_table, settings.version_table_schema)
                    times = max(1, -(-len(schemas) // SCHEMAS_IN_TIME))
                    limits = replace(self._limits, statement=times * self._timeout)
                    task = Task(url, schemas, *table, limits)
                    works.append(_Work(task, part))
        return works

    def _submit(
        self,
        executor: Executor,
        width: int,
        waiting: _Waiting,
        running: dict[Future[Any], _Work],
    ) -> None:
        assert self._judge is not None  # noqa: S101 -- for the type checker
        known = self._judge.known
        while len(running) < width and (work := waiting.take()) is not None:
            work.since = time.monotonic()
            try:
                future = executor.submit(read_databases, replace(work.task, known=known))
            except (BrokenExecutor, RuntimeError) as error:
                future = Future()
                future.set_exception(error)
            running[future] = work

    def _give_up(
        self,
        executor: Executor,
        waiting: _Waiting,
        running: dict[Future[Any], _Work],
        results: Results,
    ) -> None:
        """Go on without those that take too long."""
        now = time.monotonic()
        longest = max((work.patience for work in running.values()), default=0.0)
        for future, work in list(running.items()):
            patience = work.patience
            if future.running():
                since = work.since = work.running or now
                work.running = since
            else:  # it waits for its turn, which is as long as others end, or for who shall do it
                since, patience = max(work.since, self._last_end), longest + STARTING
            if now - since <= patience or future.done():
                continue
            seconds = work.task.limits.statement
            why = Failure(f"no answer within {seconds:g} s", now - work.since, True)
            executors.abandon(executor, future, TimeoutError(why.reason))
            del running[future]
            waiting.release(work)
            self._finish(work, why, results)

    def _finish(
        self, work: _Work, found: tuple[Reading | Failure, ...] | Failure, results: Results
    ) -> None:
        self._last_end = time.monotonic()
        answers: Sequence[Reading | Failure] = (
            [found] * len(work.databases) if isinstance(found, Failure) else found
        )
        for database, answer in zip(work.databases, answers, strict=True):
            self._settle(database, answer, results)

    # -- settling ------------------------------------------------------------------------------

    def _settle(self, database: Database, found: Reading | Failure, results: Results) -> None:
        judge = self._judge
        assert judge is not None  # noqa: S101 -- for the type checker
        models = set(judge.models)
        member = judge.take(database, found)
        self._members[database.name] = member
        group = None if member.group is None else judge.group(member.group)
        if group is not None:
            results.group(group)
        for kind in set(judge.models) - models:
            results.models(kind, judge.models[kind])
        results.member(member)
        if self._on_member is not None:
            self._on_member(member)
        self._tell("checked")

    def _tell(self, doing: str) -> None:
        if self._on_progress is None:
            return
        done, of = len(self._members), len(self._databases)
        bad = sum(member.verdict in FAILED for member in self._members.values())
        self._on_progress(done, of, f"{doing}, {bad:,} failed" if bad else doing)

    def _telling_of_replays(self) -> Progress | None:
        """A replay counts revisions; here the databases are what is counted."""
        if self._on_progress is None:
            return None
        return lambda done, of, doing: self._tell(f"{doing} ({done} of {of})")


def _outcome(future: Future[Any], work: _Work) -> tuple[Reading | Failure, ...] | Failure:
    """What a task came to; a reason also where the executor itself broke."""
    seconds = time.monotonic() - work.since
    if future.cancelled():
        return Failure("the reading was cancelled", seconds)
    error = future.exception()
    if error is not None:
        said = " ".join(str(error).split()) or type(error).__name__
        if work.task.url.password:
            said = said.replace(work.task.url.password, "***")
        return Failure(said, seconds)
    found: tuple[Reading | Failure, ...] | Failure = future.result()
    return found


class _Waiting:
    """What is still to be read, by server: in turn, and of each not more than allowed at once."""

    def __init__(self, works: Iterable[_Work], per_server: int) -> None:
        self._per_server = per_server
        self._queues: dict[tuple[object, ...], deque[_Work]] = {}
        self._busy: dict[tuple[object, ...], int] = {}
        for work in works:
            self._queues.setdefault(_server(work), deque()).append(work)
        self._turns = deque(self._queues)

    def __bool__(self) -> bool:
        return any(self._queues.values())

    def take(self) -> _Work | None:
        """The next, of the server whose turn it is; None when no server takes another now."""
        for _ in range(len(self._turns)):
            server = self._turns[0]
            self._turns.rotate(-1)
            queue, busy = self._queues[server], self._busy.get(server, 0)
            if queue and (server == ("files",) or busy < self._per_server):
                self._busy[server] = busy + 1
                return queue.popleft()
        return None

    def release(self, work: _Work) -> None:
        self._busy[_server(work)] -= 1


def _server(work: _Work) -> tuple[object, ...]:
    return work.databases[0].server
