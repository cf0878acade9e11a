"""Alembic's generic template, with a filter."""

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool

config = context.config


def include_object(item, name, kind, reflected, compare_to):
    return not (kind == "table" and name.startswith("ignored_"))


connectable = engine_from_config(
    config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with connectable.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table="generic_version",
        render_as_batch=True,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()
