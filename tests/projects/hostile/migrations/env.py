"""Ignores the connection that it is given: an engine of its own, from an environment variable."""

import os

from alembic import context
from models import Base
from sqlalchemy import create_engine, event

engine = create_engine(os.environ["HOSTILE_DATABASE_URL"])


@event.listens_for(engine, "connect")
def enforce_foreign_keys(connection, record):
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


with engine.begin() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    context.run_migrations()
