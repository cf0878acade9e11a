"""The models are SQLModel's."""

from alembic import context
from models import SQLModel
from sqlalchemy import create_engine

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata)
    with context.begin_transaction():
        context.run_migrations()
