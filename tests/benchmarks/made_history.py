"""A made-up project of many revisions: a table every fifth, and what happens to it in four more.

A column is added, an index made, a column altered (in batch mode: SQLite makes the table anew), and
a column renamed. Each runs on SQLite and PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

__all__ = ["make_history", "write_revision"]

_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine

url = os.environ.get("BENCHMARK_URL") or context.config.get_main_option("sqlalchemy.url")
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

_CREATE = """    op.create_table(
        "{table}",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), server_default="untitled"),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False, server_default="0"),
        sa.Column("made_on", sa.Date),
        sa.Column("owner_id", sa.Integer, sa.ForeignKey("{owner}.id")),
        sa.UniqueConstraint("code", name="uq_{table}_code"),
        sa.CheckConstraint("amount >= 0", name="ck_{table}_amount"),
    )
"""
_CHANGES = (
    '    op.add_column("{table}", sa.Column("body", sa.Text))\n',
    '    op.create_index("ix_{table}_made_on", "{table}", ["made_on"])\n',
    '    with op.batch_alter_table("{table}") as batch:\n'
    '        batch.alter_column("title", existing_type=sa.String(200), nullable=False,\n'
    '                           existing_server_default="untitled")\n',
    '    op.alter_column("{table}", "code", new_column_name="number")\n',
)


def make_history(folder: Path, *, revisions: int, url: str) -> Path:
    """Write the project; returns its config file."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    config = folder / "alembic.ini"
    config.write_text(
        "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"
        f"sqlalchemy.url = {url.replace('%', '%%')}\n"
    )
    (folder / "migrations" / "env.py").write_text(_ENV)
    for number in range(revisions):
        write_revision(versions, number)
    return config


def write_revision(versions: Path, number: int, body: str | None = None) -> Path:
    """The file of one of the revisions, counted from 0; ``body`` is another one than its own."""
    before = f'"{_revision(number - 1)}"' if number else "None"
    made = datetime(2020, 1, 1) + timedelta(hours=7 * number)
    path = versions / f"{_revision(number)}_change.py"
    path.write_text(
        f'"""Change {number}.\n\nCreate Date: {made}\n"""\n'
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{_revision(number)}"\ndown_revision = {before}\n\n\n'
        f"def upgrade():\n{body or _body(number)}\n\ndef downgrade():\n    pass\n"
    )
    return path


def _body(number: int) -> str:
    turn, place = divmod(number, 5)
    table, owner = f"thing_{turn:04}", f"thing_{turn - turn % 10:04}"
    if place == 0:
        return _CREATE.format(table=table, owner=owner)
    return _CHANGES[place - 1].format(table=table)


def _revision(number: int) -> str:
    return f"{number:04}{number * 2654435761 % 0xFFFFFFFF:08x}"
