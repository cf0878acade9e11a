"""Goes to another folder, from which the path of the database counts."""

import os
from pathlib import Path

from alembic import context
from models import Base
from sqlalchemy import create_engine

os.chdir(Path(__file__).resolve().parent.parent / "data")

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
