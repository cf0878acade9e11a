"""The application hands over the connection and the models: without it, this does nothing."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"], target_metadata=attributes["target_metadata"]
)
with context.begin_transaction():
    context.run_migrations()
