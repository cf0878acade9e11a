"""Names of constraints follow a convention, in models and in batch mode."""

from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
