"""Projects to be changed: the shop, with a template for its revisions, and one on PostgreSQL."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema.authoring import Draft
from schema.project import Project

if TYPE_CHECKING:
    from tests.conftest import Shop

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def drafted(shop: Shop) -> Iterator[Draft]:
    """A draft of the shop."""
    shutil.copy(ROOT / "alembic" / "script.py.mako", shop.project.script_location)
    with Draft.start(shop.project) as draft:
        yield draft


@pytest.fixture
def digest() -> Callable[[Path], dict[str, str]]:
    """Every file below a folder, with a digest of what is in it."""

    def digest_of(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    return digest_of


ENV = """
from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""

MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customer"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)
    kind = sa.Column(sa.Enum("a", "b", name="kind"), nullable=False)
    points = sa.Column(sa.Integer)
"""

FIRST = '''"""first"""
import sqlalchemy as sa
from alembic import op

revision = "aaa"
down_revision = None


def upgrade():
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=False),
        sa.Column("points", sa.Integer),
    )
    op.execute("CREATE TABLE legacy (id integer PRIMARY KEY)")


def downgrade():
    op.drop_table("legacy")
    op.drop_table("customer")
    op.execute("DROP TYPE kind")
'''


@pytest.fixture
def postgresql_project(tmp_path: Path, postgresql_url: str) -> Iterator[Project]:
    """One revision, a table of which no model knows, and an enum type; live is empty."""
    root = tmp_path / "customers"
    (root / "migrations" / "versions").mkdir(parents=True)
    (root / "models.py").write_text(MODELS)
    (root / "migrations" / "env.py").write_text(ENV)
    (root / "migrations" / "versions" / "aaa_first.py").write_text(FIRST)
    shutil.copy(ROOT / "alembic" / "script.py.mako", root / "migrations")
    url = postgresql_url.replace("%", "%%")
    (root / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = %(here)s\n"
        f"sqlalchemy.url = {url}\n"
    )
    with Project.open(root) as project:
        yield project
