"""Imports the whole application, which finds its models by itself."""

import library
from alembic import context

with library.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=library.Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
