"""Views, functions, triggers and extensions are registered with alembic_utils."""

from alembic import context
from alembic_utils.replaceable_entity import register_entities
from entities import ENTITIES
from models import Base
from sqlalchemy import engine_from_config, pool

section = context.config.get_section(context.config.config_ini_section, {})
register_entities(ENTITIES)

engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
