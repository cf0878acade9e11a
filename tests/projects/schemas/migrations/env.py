"""Alembic's own table is in a schema of its own, and one schema belongs to somebody else."""

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool, text

section = context.config.get_section(context.config.config_ini_section, {})


def include_name(name, kind, parents):
    return name in (None, "crm", "money") if kind == "schema" else True


engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS migrations"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table="applied",
        version_table_schema="migrations",
        include_schemas=True,
        include_name=include_name,
    )
    with context.begin_transaction():
        context.run_migrations()
