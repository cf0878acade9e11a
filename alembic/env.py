"""How Alembic reaches the bundled project's database, and which models it compares with.

The database is, in this order: the connection handed over as ``config.attributes["connection"]``,
``-x url=…``, the environment variable SCHEMA_DATABASE_URL, ``sqlalchemy.url`` of the config, and
``sqlite:///test.db`` in the working directory.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable
from logging.config import fileConfig
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from schema.models import Base

config = context.config
logger = logging.getLogger("alembic.env")

DEFAULT_URL = "sqlite:///test.db"

#: Which driver a URL without one means, whatever SQLAlchemy's own default is in its version.
DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


def database_url() -> URL:
    """The URL to connect to when no connection was handed over."""
    arguments = context.get_x_argument(as_dictionary=True)
    url = make_url(
        arguments.get("url")
        or os.environ.get("SCHEMA_DATABASE_URL")
        or config.get_main_option("sqlalchemy.url")
        or DEFAULT_URL
    )
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def drop_empty_revision(
    _migration: MigrationContext,
    _revision: str | Iterable[str | None] | Iterable[str],
    directives: list[MigrationScript],
) -> None:
    """Have ``alembic revision --autogenerate`` write no file when there is nothing to migrate."""
    script = directives[0]
    # `alembic check` compares in the same way and needs its script; it is the one without message.
    options = config.cmd_opts
    writes = getattr(options, "autogenerate", False) if options else script.message is not None
    if writes and script.upgrade_ops is not None and script.upgrade_ops.is_empty():
        directives.clear()
        logger.info("No changes in schema detected: no revision file was written.")


#: What ``context.configure`` is told, whichever way the database is reached. A revision that was
#: written on one database shall run on the others too, and only batch mode can alter a column on
#: SQLite; elsewhere it emits a plain ALTER.
OPTIONS: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "compare_server_default": True,
    "process_revision_directives": drop_empty_revision,
    "render_as_batch": True,
}


def sqlite_in_transactions(engine: Engine) -> None:
    """Let a failed migration leave nothing behind: Python's driver would commit before each DDL.

    Source: SQLAlchemy's documentation of pysqlite, "Serializable isolation / Savepoints /
    Transactional DDL".
    """

    @sa.event.listens_for(engine, "connect")
    def stop_implicit_begin(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def migrate(connection: Connection, transactional_ddl: bool | None = None) -> None:
    context.configure(connection=connection, transactional_ddl=transactional_ddl, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_offline() -> None:
    """Write the SQL (``--sql``) without connecting."""
    named = {"paramstyle": "named"}
    context.configure(url=database_url(), literal_binds=True, dialect_opts=named, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    handed_over = config.attributes.get("connection")
    if handed_over is not None:
        migrate(handed_over)
        return
    engine = sa.create_engine(database_url(), poolclass=NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        sqlite_in_transactions(engine)
    try:
        with engine.connect() as connection:
            migrate(connection, transactional_ddl=True if is_sqlite else None)
    finally:
        engine.dispose()


# A program that runs migrations has logging of its own; only the command line is given ours.
if (
    config.cmd_opts is not None
    and config.config_file_name
    and "connection" not in config.attributes
):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
