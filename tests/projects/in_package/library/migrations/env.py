"""The migrations are a package of the application."""

from alembic import context
from sqlalchemy import create_engine

from library.models import Base

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
