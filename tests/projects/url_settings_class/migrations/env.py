"""The URL is a property of the application's settings."""

from alembic import context
from models import Base
from settings import Settings
from sqlalchemy import create_engine

with create_engine(Settings().url).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
