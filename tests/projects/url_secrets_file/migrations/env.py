"""The URL stands in a file, as Docker and Kubernetes hand out secrets."""

from pathlib import Path

from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine((Path("secrets") / "database_url").read_text().strip()).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
