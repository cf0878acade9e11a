"""A step that was applied in part: found by running its statements one by one on a scratch copy.

Where DDL is no part of a transaction (MariaDB, MySQL, SQLite under the driver's own rules, a block
in autocommit on PostgreSQL), a step that fails leaves what it did, under the stamp from before.
See https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from schema import before_base, scratch
from schema.catalog import Catalog, Identity, read_catalog
from schema.compare import Differences, compare
from schema.database import engine_for, undoubled
from schema.history import History, Revision
from schema.project import Project, alembic_command, workbench_command
from schema.replay import Progress, replay
from schema.scope import Scope
from schema.scratch import ScratchDatabase
from schema.sorting import sort_out
from schema.trouble.standing import Standing
from schema.trouble.values import Advice, Trouble, to_type
from schema.wording import counted

__all__ = ["BesideStamp"]

_DDL = re.compile(r"\s*(CREATE|ALTER|DROP|RENAME|TRUNCATE|COMMENT)\b", re.I)
_QUERY = re.compile(
    r"\s*(SELECT|SHOW|PRAGMA|EXPLAIN|SET|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.I
)


@dataclass(frozen=True)
class _Statement:
    """A statement of the step, as it is run; ``is_whole`` is whether its text has all values."""

    sql: str
    is_ddl: bool
    is_whole: bool


class BesideStamp:
    """A live database beside a replay at its stamp, and beside the steps that come next.

    All of it raises WorkbenchError where the revisions cannot be run on a scratch database.
    """

    def __init__(
        self,
        project: Project,
        standing: Standing,
        history: History,
        on_progress: Progress | None = None,
    ) -> None:
        self._project = project
        self._standing = standing
        self._history = history
        self._on_progress = on_progress
        self._scope = Scope(project)
        self._live = self._scope.of(standing.own)
        self._before = self._replayed(standing.stamp, standing.stamp)
        #: What live differs in from the replay.
        self.left = _left(self._before, self._live)

    def half_applied(self) -> Trouble | None:
        """The step that was applied in part, if live is what its stamp makes and a part of it."""
        changed = _touched(self._before, self._live)
        standing = self._standing
        for revision in _next(self._history, standing.stamp):
            end = self._history.advanced(standing.stamp, revision.id)
            after = self._replayed([*standing.stamp, revision.id], end)
            if not changed <= _touched(self._before, after):
                continue  # something else was changed too: that is drift
            trial = _Trial(self._project, self._scope, standing, self._history, revision)
            found = trial.find(self._live, after)
            if found is not None:
                return found
        return None

    def _replayed(self, targets: Sequence[str], end: tuple[str, ...]) -> Catalog:
        standing = self._standing
        found = replay(
            self._project, standing.dialect, targets, server=standing.server,
            history=self._history, wanted=[end], on_progress=self._on_progress,
        )  # fmt: skip
        return self._scope.of(found.at(end))


def _left(expected: Catalog, found: Catalog) -> Differences:
    """What of the differences counts, with what is expected at the left."""
    return Differences(sort_out(compare(expected, found), [expected]).real)


def _touched(left: Catalog, right: Catalog) -> set[Identity]:
    """What is not the same; a column counts for its table, whose parts a statement can change."""
    names = {name for name in {*left, *right} if left.get(name) != right.get(name)}
    return {Identity("table", name.schema_name, None, name.table) if name.table else name
            for name in names}  # fmt: skip


def _next(history: History, stamp: Sequence[str]) -> list[Revision]:
    """The revisions that Alembic would run next, each with all that it needs applied."""
    standing = history.standing(tuple(stamp))
    applied = {name for name, what in standing.items() if what in {"applied", "current"}}
    labels = {label: item.id for item in history for label in item.labels}
    return [
        item for item in history
        if standing.get(item.id) == "pending"
        and {*item.parents, *(labels.get(x, x) for x in item.depends_on)} <= applied
    ]  # fmt: skip


class _Trial:
    """One step, run statement by statement on a scratch database that is at the stamp."""

    def __init__(
        self, project: Project, scope: Scope, standing: Standing, history: History,
        revision: Revision,
    ) -> None:  # fmt: skip
        self._project = project
        self._scope = scope
        self._standing = standing
        self._history = history
        self._revision = revision

    def find(self, live: Catalog, after: Catalog) -> Trouble | None:
        with self._at_stamp() as whole:
            statements = self._statements(whole)
        if sum(each.is_ddl for each in statements) < 2:
            return None  # one statement is done or not
        with self._at_stamp() as database:
            done = self._advance(database, statements, live)
            if done is None:
                return None
            rest = statements[done:]
            proof = self._proof(database, rest, after)
        return self._trouble(statements, done, proof)

    def _at_stamp(self) -> ScratchDatabase:
        standing = self._standing
        database = scratch.create(standing.dialect, server=standing.server, label="halfway")
        try:
            before_base.prepare(self._project, database)
            with self._project.start_worker() as worker:
                for revision in self._history.way_to(standing.stamp):
                    worker.step(database, "up", revision.id)
        except BaseException:
            database.drop()
            raise
        return database

    def _statements(self, database: ScratchDatabase) -> list[_Statement]:
        with self._project.start_worker() as worker:
            told = worker.step(database, "up", self._revision.id, transactions="project")
        table, dialect = self._standing.table, database.url.get_dialect()()
        return [
            _Statement(
                undoubled(item["sql"], dialect), bool(_DDL.match(item["sql"])), _is_whole(item)
            )
            for item in told["statements"]
            if not _QUERY.match(item["sql"]) and not _is_of_stamp(item["sql"], table)
        ]

    def _advance(
        self, database: ScratchDatabase, statements: Sequence[_Statement], live: Catalog
    ) -> int | None:
        """After how many statements the scratch database is what live is; None if it never is.

        It stays there. Of states that are alike, the last counts before more of the schema changes.
        """
        place: int | None = None
        ddl = [number for number, each in enumerate(statements, 1) if each.is_ddl]
        for number in ddl[:-1]:
            for each in statements[(place or 0) : number]:
                if each.is_ddl and not _run(database, each.sql):
                    return None
            place = number
            if not _left(self._read(database), live):
                return number
        return None

    def _read(self, database: ScratchDatabase) -> Catalog:
        found = read_catalog(database.url)
        standing = self._standing
        return self._scope.of(found.without_table(standing.table, standing.schema_name))

    def _proof(
        self, database: ScratchDatabase, rest: Sequence[_Statement], after: Catalog
    ) -> str | None:
        """None where the rest, run upon what live is, makes what the whole step makes; else why."""
        if not all(each.is_whole for each in rest):
            return "the values of some of its statements are not in their text"
        for each in rest:
            if not _run(database, each.sql):
                return f"on a scratch database this failed: {each.sql}"
        left = _left(after, self._read(database))
        return (
            f"{counted(len(left), 'difference')} from the whole step would be left"
            if left
            else None
        )

    def _trouble(self, statements: Sequence[_Statement], done: int, proof: str | None) -> Trouble:
        standing, revision = self._standing, self._revision
        stamp = ", ".join(standing.stamp)
        said = (
            f"{standing.shown} is stamped {stamp}, and {revision.id} ({revision.message}) was "
            f"applied to it in part: {done} of its {len(statements)} statements are done."
        )
        facts = [f"Done: {_shown(each)}" for each in statements[:done]]
        facts += [f"Not done: {_shown(each)}" for each in statements[done:]]
        facts.append("Run again as it is, it fails at what is there already.")
        unseen = [each for each in statements if not each.is_ddl]
        if unseen:
            facts.append(
                "Whether the statements that change rows ran, the schema cannot tell; they are "
                "told by their place. Look at the data."
            )
        return Trouble(
            "half-applied", said, tuple(facts), tuple(self._advice(statements[done:], proof))
        )

    def _advice(self, rest: Sequence[_Statement], proof: str | None) -> Iterator[Advice]:
        sql = "".join(f"{each.sql.rstrip().rstrip(';')};\n" for each in rest)
        if proof is None:
            stamp = ("stamp", self._revision.id)
            told = to_type(
                "Do the rest by hand, and stamp it then. Tried on a scratch database that was made "
                "like it: the schema is exactly that of the whole revision afterwards.",
                alembic_command(self._project, *stamp, url=self._standing.url),
            )
            yield replace(told, sql=sql)
        else:
            yield Advice(f"This is the rest, but it is not proved to do: {proof}.", None, sql)
        yield to_type(
            "Or go back to the stamp: the SQL for that, proved where it can be:",
            workbench_command(self._project, "repair"),
        )


def _is_whole(item: Mapping[str, Any]) -> bool:
    several = item.get("executions", 1) > 1
    return not (
        several or item.get("parameters") or re.search(r"%\(|%s|:\w|\?", _plain(item["sql"]))
    )


def _plain(sql: str) -> str:
    """The statement without what stands in quotes, in which a mark of a parameter is none."""
    return re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|::", "", sql)


def _is_of_stamp(sql: str, table: str) -> bool:
    return bool(
        re.match(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\S*" + re.escape(table), sql, re.I)
    )


def _shown(statement: _Statement) -> str:
    line = " ".join(statement.sql.split())
    return line if len(line) <= 160 else line[:157] + "…"


def _run(database: ScratchDatabase, sql: str) -> bool:
    """Run a statement on a marked scratch database by itself; whether it succeeded."""
    scratch.open(database.url)
    if database.kind == "sqlite":
        engine = sa.create_engine(database.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    else:
        engine = engine_for(database.url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
    except sa.exc.DBAPIError:
        return False
    finally:
        engine.dispose()
    return True
