"""Two bases, each with its own metadata."""

from alembic import context
from models import Audit, Base
from sqlalchemy import create_engine

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=[Base.metadata, Audit.metadata])
    with context.begin_transaction():
        context.run_migrations()
