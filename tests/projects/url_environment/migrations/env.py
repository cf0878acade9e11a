"""The URL stands in a variable."""

import os

from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine(os.environ["LIBRARY_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
