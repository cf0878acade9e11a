"""The URL stands in .env, which is read without a library."""

from pathlib import Path

from alembic import context
from models import Base
from sqlalchemy import create_engine


def settings():
    lines = Path(".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


with create_engine(settings()["LIBRARY_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
