"""The section of alembic.ini says which database: alembic -n live."""

from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine(
    context.config.get_section_option(context.config.config_ini_section, "sqlalchemy.url")
).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
