"""All of the config is in pyproject.toml, and the URL is here."""

from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
