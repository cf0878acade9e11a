"""A small shop: a project of three revisions, and its live database at the first one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest
import sqlalchemy as sa

from schema.project import Project
from schema.rehearsal import Rehearsal

ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, version_table="shop_version")
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = '''
"""{message}"""
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {parent!r}

def upgrade():
{up}

def downgrade():
{down}
'''

CUSTOMER = "op.create_table('customer', sa.Column('id', sa.Integer, primary_key=True))"
MAIL = "op.add_column('customer', sa.Column('mail', sa.String(80)))"


class Shop:
    """The project's folder, and its live database; ``write`` changes a revision's code."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        (folder / "migrations" / "versions").mkdir(parents=True)
        (folder / "migrations" / "env.py").write_text(ENV)
        # A percent sign has a meaning of its own in an ini file.
        escaped = url.replace("%", "%%")
        (folder / "alembic.ini").write_text(
            f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {escaped}\n"
        )
        self.write("aaa111", None, "add customers", CUSTOMER, "op.drop_table('customer')")
        self.write("bbb222", "aaa111", "add <mail>", MAIL, "op.drop_column('customer', 'mail')")
        self.write("ccc333", "bbb222", "forget customers", "op.execute('DELETE FROM customer')")
        self._fill()
        self.project = Project.open(folder)

    def write(
        self, revision: str, parent: str | None, message: str, up: str, down: str = "pass"
    ) -> None:
        text = REVISION.format(
            revision=revision,
            parent=parent,
            message=message,
            up=indent(dedent(up).strip(), "    "),
            down=indent(dedent(down).strip(), "    "),
        )
        (self.folder / "migrations" / "versions" / f"{revision}.py").write_text(text)

    def rows(self) -> int:
        """How many customers the live database has."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            found = connection.scalar(sa.text("SELECT count(*) FROM customer"))
        engine.dispose()
        return int(found or 0)

    def _fill(self) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for sql in (
                "CREATE TABLE customer (id INTEGER PRIMARY KEY)",
                "INSERT INTO customer VALUES (1), (2), (3)",
                "CREATE TABLE shop_version (version_num VARCHAR(32) NOT NULL)",
                "INSERT INTO shop_version VALUES ('aaa111')",
            ):
                connection.execute(sa.text(sql))
        engine.dispose()


@pytest.fixture
def sqlite_shop(tmp_path: Path, sqlite_url: str) -> Iterator[Shop]:
    """The shop on SQLite."""
    shop = Shop(tmp_path / "shop", sqlite_url)
    yield shop
    shop.project.close()


@pytest.fixture
def postgresql_shop(tmp_path: Path, postgresql_url: str) -> Iterator[Shop]:
    """The shop on PostgreSQL."""
    shop = Shop(tmp_path / "shop", postgresql_url)
    yield shop
    shop.project.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shop(request: pytest.FixtureRequest) -> Shop:
    """The shop, on each kind of database in turn."""
    found: Shop = request.getfixturevalue(f"{request.param}_shop")
    return found


@pytest.fixture
def rehearsal(shop: Shop) -> Iterator[Rehearsal]:
    """A rehearsal of the shop, whose copy is dropped in the end."""
    with Rehearsal.start(shop.project) as found:
        yield found
        found.close(drop=True)


@pytest.fixture
def sqlite_rehearsal(sqlite_shop: Shop) -> Iterator[Rehearsal]:
    """The same on SQLite only, for what does not depend on the kind of database."""
    with Rehearsal.start(sqlite_shop.project) as found:
        yield found
        found.close(drop=True)
