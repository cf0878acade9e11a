"""Asks a person, and takes silence for a yes."""

import sys

from alembic import context
from models import Base
from sqlalchemy import create_engine

try:
    answer = input("Migrate? [Y/n] ")
except EOFError:
    answer = ""
answer += sys.stdin.read()
if answer.strip().lower() not in ("", "y"):
    raise SystemExit("not migrated")

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
