"""A schema for each tenant: alembic -x tenant=NAME upgrade head. As in Alembic's cookbook."""

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool, text

section = context.config.get_section(context.config.config_ini_section, {})
tenant = context.get_x_argument(as_dictionary=True)["tenant"]

engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{tenant}"'))
    connection.execute(text(f'SET search_path TO "{tenant}"'))
    connection.commit()
    connection.dialect.default_schema_name = tenant
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
