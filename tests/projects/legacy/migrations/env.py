"""As written for SQLAlchemy 1.3: strings executed, nothing committed by hand."""

from alembic import context
from models import Base
from sqlalchemy import create_engine, pool

connectable = create_engine(
    context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool
)
with connectable.connect() as connection:
    context.configure(connection, target_metadata=[Base.metadata], transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
