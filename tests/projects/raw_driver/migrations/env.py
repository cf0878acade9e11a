"""Well-behaved itself; the revision opens connections by the drivers."""

from alembic import context
from models import Base

context.configure(
    connection=context.config.attributes.get("connection"),
    dialect_name="sqlite",
    target_metadata=Base.metadata,
)
with context.begin_transaction():
    context.run_migrations()
