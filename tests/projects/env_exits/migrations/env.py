"""Ends the program when it is done, as a script does."""

import sys

from alembic import context
from models import Base
from sqlalchemy import create_engine


def main():
    with create_engine("sqlite:///live.db").connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    return 0


sys.exit(main())
