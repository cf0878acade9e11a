"""Tables that a project makes before its first revision, and models that env.py alone lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema import Project, find_drift
from schema.catalog import read_catalog
from schema.errors import ConfigError, ProjectCodeError
from schema.oddities.trial import try_revisions
from schema.replay import materialised, replay
from schema.scratch import create
from schema.timeline import read_timeline

ENV = """
from alembic import context
from sqlalchemy import create_engine
from bases import Base

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""

BASES = """
from sqlalchemy.orm import declarative_base

Base = declarative_base()
"""

#: Imported by no other file than the revision.
MODELS = """
from sqlalchemy import Column, Index, Integer, String
from bases import Base

class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    name = Column(String(50))
    mail = Column(String(80))
"""

REVISION = """
import sqlalchemy as sa
from alembic import op
from models import Customer

revision = "aaa111"
down_revision = None

# A condition on a model's column belongs to its table from now on.
sa.CheckConstraint(Customer.id > 0, name="positive")

def upgrade():
    op.add_column(Customer.__tablename__, sa.Column("mail", sa.String(80)))

def downgrade():
    op.drop_column(Customer.__tablename__, "mail")
"""

FIRST = """
import sqlalchemy as sa

first = sa.MetaData()
sa.Table("customer", first, sa.Column("id", sa.Integer, primary_key=True),
         sa.Column("name", sa.String(50)))

def by_function(connection):
    first.create_all(connection)

nothing = 3
"""

Open = Callable[..., Project]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one revision changes a table that no revision makes."""
    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "cache"))
    versions = tmp_path / "project" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "aaa111_mail.py").write_text(REVISION)
    (versions.parent / "env.py").write_text(ENV)
    folder = tmp_path / "project"
    (folder / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n"
        "sqlalchemy.url = sqlite:///live.sqlite\n"
    )
    for name, text in (("bases", BASES), ("models", MODELS), ("first", FIRST)):
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """Opens it; ``what`` is what there is before its first revision."""
    with ExitStack() as stack:
        yield lambda what=None, **more: stack.enter_context(
            Project.open(folder, before_base=what, **more)
        )


def test_without_it_the_first_revision_fails_and_what_may_help_is_said(opened: Open) -> None:
    with pytest.raises(ProjectCodeError, match=r"no such table: customer.*--before-base module:"):
        replay(opened(), "sqlite", ["aaa111"])


@pytest.mark.parametrize("what", ["first:first", "first:by_function", "{}/first.py:first"])
def test_revisions_begin_behind_it(what: str, opened: Open, folder: Path) -> None:
    project = opened(what.format(folder))
    timeline = read_timeline(project, dialect="sqlite")
    [step] = timeline.steps
    assert step.failure is None
    assert [(item.change, item.label) for item in step.differences] == [("added", "customer.mail")]
    assert try_revisions(project, timeline).found["aaa111"].way_back == "restored"


@pytest.mark.postgresql
def test_revisions_begin_behind_it_on_postgresql(opened: Open, postgresql_url: str) -> None:
    project = opened("first:first", url=postgresql_url)
    found = replay(project, "postgresql", ["aaa111"], server=sa.make_url(postgresql_url))
    assert [len(each.of_kind("column")) for each in found.catalogs.values()] == [2, 3]


def test_what_changed_in_it_is_seen(opened: Open, folder: Path) -> None:
    def columns() -> list[str]:
        found = replay(opened("first:first"), "sqlite", ["aaa111"])
        return [item.name for item in found.at(()).of_kind("column")]

    assert columns() == ["id", "name"]
    (folder / "first.py").write_text(FIRST.replace('"name"', '"title"'))
    assert columns() == ["id", "title"]


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        ("first", ConfigError, "'first' is not of the form module:attribute"),
        ("first:nothing", ConfigError, "first:nothing is no MetaData"),
        ("first:gone", ProjectCodeError, "first:gone cannot be imported: AttributeError"),
        ("gone:first", ProjectCodeError, "gone:first cannot be imported: ModuleNotFoundError"),
        ("gone.py:first", ConfigError, "There is no Python file .*gone.py"),
    ],
)
def test_what_cannot_be_had_is_said(
    what: str, kind: type[Exception], message: str, opened: Open
) -> None:
    with pytest.raises(kind, match=message):
        replay(opened(what), "sqlite", ["aaa111"])


def test_models_that_only_a_revision_imports_are_there_as_for_alembic(opened: Open) -> None:
    project = opened("first:first")
    catalog = materialised(project, "sqlite")
    assert {item.name for item in catalog.of_kind("column")} == {"id", "name", "mail"}
    assert catalog.of_kind("check") == []  # made by the revision's own text
    with create("sqlite") as live:
        with project.start_worker() as worker:
            make_first(live.url)
            worker.step(live, "up", "aaa111")
        assert find_drift(project, live.url).verdict == "no drift"


def make_first(url: sa.URL) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE customer (id INTEGER NOT NULL, name VARCHAR(50),"
                                   " PRIMARY KEY (id))")  # fmt: skip
    engine.dispose()


def test_an_index_that_cannot_be_created_is_left_out_of_the_models(
    opened: Open, folder: Path
) -> None:
    """One without columns: nothing says so before it is to be made."""
    bad = '    __table_args__ = (Index("ix_nothing"), Index("ix_mail", "mail"))\n'
    (folder / "models.py").write_text(MODELS + bad)
    project = opened("first:first")
    catalog = materialised(project, "sqlite")
    assert [item.name for item in catalog.of_kind("index")] == ["ix_mail"]
    assert catalog.not_compared == ('index customer.ix_nothing: near ")": syntax error',)
    assert materialised(project, "sqlite").not_compared == catalog.not_compared
    with create("sqlite") as live:
        make_first(live.url)
        with project.start_worker() as worker:
            worker.step(live, "up", "aaa111")
        engine = sa.create_engine(live.url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE INDEX ix_nothing ON customer (name)")
        engine.dispose()
        drift = find_drift(project, live.url)
        assert [item.name for item in drift.models] == ["ix_mail"]
        assert any("ix_nothing" in note for note in drift.notes)
        assert "ix_nothing" in {item.name for item in read_catalog(live.url).of_kind("index")}


def test_models_are_compared_with_live_where_no_replay_comes_to_head(
    opened: Open, folder: Path
) -> None:
    project = opened()
    with create("sqlite") as live:
        make_first(live.url)
        with project.start_worker() as worker:
            worker.step(live, "up", "aaa111")
        assert list(find_drift(project, live.url).models) == []
        (folder / "models.py").write_text(MODELS.replace("80", "90"))
        drift = find_drift(opened(), live.url)
    assert [item.label for item in drift.models] == ["customer.mail"]
    assert any("compared with the live database itself" in note for note in drift.notes)
    assert not drift.is_complete


@pytest.mark.postgresql
def test_a_foreign_key_that_cannot_be_created_is_left_out_of_the_models(
    opened: Open, folder: Path, postgresql_server: str
) -> None:
    """One to a column that is not unique: SQLite never asks."""
    more = """
class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, sa.ForeignKey("customer.id"), primary_key=True)
    of = Column(String(50), sa.ForeignKey("customer.name"), index=True)
"""
    (folder / "models.py").write_text(f"import sqlalchemy as sa\n{MODELS}\n{more}")
    server = sa.make_url(postgresql_server)
    catalog = materialised(opened("first:first"), "postgresql", server=server)
    [told] = catalog.not_compared
    assert told.startswith("foreign key public.orders (of): there is no unique constraint")
    assert [item.name for item in catalog.of_kind("foreign key")] == ["orders_id_fkey"]
    assert [item.name for item in catalog.of_kind("index")] == ["ix_orders_of"]
