"""Partitions are no models: autogenerate is to pass them over."""

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool

section = context.config.get_section(context.config.config_ini_section, {})


def include_name(name, kind, parents):
    return not (kind == "table" and name.startswith("reading_"))


engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, include_name=include_name
    )
    with context.begin_transaction():
        context.run_migrations()
