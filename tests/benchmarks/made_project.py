"""A made-up project of many tables: models, revisions, and a database at their head.

Each table has 12 columns, 10 constraints (a primary key, 2 unique, 2 foreign keys, 5 checks) and
4 indexes. The models are plain ``Table`` objects: they load faster than mapped classes, which is
in favour of ``alembic check``.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["make_project"]

#: Tables in one module of the models.
_TABLES_IN_MODULE = 100

_COLUMNS = """
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("title", sa.String(200), nullable=False, server_default="untitled"),
    sa.Column("body", sa.Text),
    sa.Column("amount", sa.Numeric(12, 2), nullable=False, server_default="0"),
    sa.Column("quantity", sa.Integer, nullable=False, server_default="1"),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("made_on", sa.Date),
    sa.Column("changed_at", sa.DateTime, nullable=False, server_default=sa.func.now()),
    sa.Column("parent_id", sa.Integer),
    sa.Column("owner_id", sa.Integer, nullable=False),
    sa.Column("rating", sa.Float),
    sa.UniqueConstraint("code", name="uq_{name}_code"),
    sa.UniqueConstraint("owner_id", "title", name="uq_{name}_owner_title"),
    sa.ForeignKeyConstraint(["parent_id"], ["{name}.id"], name="fk_{name}_parent"),
    sa.ForeignKeyConstraint(["owner_id"], ["{owner}.id"], name="fk_{name}_owner",
                            ondelete="CASCADE"),
    sa.CheckConstraint("amount >= 0", name="ck_{name}_amount"),
    sa.CheckConstraint("quantity > 0", name="ck_{name}_quantity"),
    sa.CheckConstraint("length(code) > 1", name="ck_{name}_code"),
    sa.CheckConstraint("rating IS NULL OR rating <= 5", name="ck_{name}_rating"),
    sa.CheckConstraint("title <> code", name="ck_{name}_title"),"""

_INDEXES = (
    ("made_on", '"made_on"', ""),
    ("changed_at", '"changed_at", "is_open"', ""),
    ("parent", '"parent_id"', ""),
    ("amount", '"amount"', ", unique=False"),
)

_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine
from models import metadata

url = os.environ.get("BENCHMARK_URL") or context.config.get_main_option("sqlalchemy.url")
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata,
                      compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def make_project(folder: Path, *, tables: int, revisions: int, url: str) -> Path:
    """Write the project; returns its config file. Its database is not made."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "models").mkdir()
    config = folder / "alembic.ini"
    escaped = url.replace("%", "%%")
    config.write_text(
        "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"
        f"sqlalchemy.url = {escaped}\n"
    )
    (folder / "migrations" / "env.py").write_text(_ENV)
    _write_models(folder / "models", tables)
    _write_revisions(versions, tables, revisions)
    return config


def _name(number: int) -> str:
    return f"thing_{number:05}"


def _write_models(folder: Path, tables: int) -> None:
    (folder / "base.py").write_text("import sqlalchemy as sa\n\nmetadata = sa.MetaData()\n")
    starts = range(0, tables, _TABLES_IN_MODULE)
    modules = [f"part_{start // _TABLES_IN_MODULE:03}" for start in starts]
    imports = "".join(f"from . import {module}\n" for module in modules)
    (folder / "__init__.py").write_text(f"from .base import metadata\n{imports}")
    for start, module in zip(starts, modules, strict=True):
        numbers = range(start, min(tables, start + _TABLES_IN_MODULE))
        text = "".join(_table(number) for number in numbers)
        (folder / f"{module}.py").write_text(
            f"import sqlalchemy as sa\nfrom .base import metadata\n{text}"
        )


def _table(number: int) -> str:
    name = _name(number)
    columns = _COLUMNS.format(name=name, owner=_name(number - number % 10))
    indexes = "".join(
        f'\n    sa.Index("ix_{name}_{label}", {parts}{more}),' for label, parts, more in _INDEXES
    )
    return f'\n{name} = sa.Table("{name}", metadata,{columns}{indexes}\n)\n'


def _write_revisions(folder: Path, tables: int, revisions: int) -> None:
    share = -(-tables // revisions)
    starts = range(0, tables, share)
    for place, start in enumerate(starts):
        before = f'"{_revision(place - 1)}"' if place else "None"
        numbers = range(start, min(tables, start + share))
        body = "".join(_operations(number) for number in numbers)
        down = "".join(f'    op.drop_table("{_name(number)}")\n' for number in reversed(numbers))
        (folder / f"{_revision(place)}.py").write_text(
            f'"""Part {place}."""\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f'revision = "{_revision(place)}"\ndown_revision = {before}\n\n\n'
            f"def upgrade():\n{body}\n\ndef downgrade():\n{down}"
        )


def _revision(place: int) -> str:
    return f"{place:04x}c0ffee00"


def _operations(number: int) -> str:
    name = _name(number)
    columns = _COLUMNS.format(name=name, owner=_name(number - number % 10)).replace(
        "\n    ", "\n        "
    )
    made = f'    op.create_table("{name}",{columns}\n    )\n'
    return made + "".join(
        f'    op.create_index("ix_{name}_{label}", "{name}", [{parts}]{more})\n'
        for label, parts, more in _INDEXES
    )
