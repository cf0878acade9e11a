"""An event loop of its own around an engine that knows nothing of it."""

import asyncio

from alembic import context
from models import Base
from sqlalchemy import create_engine


def migrate():
    with create_engine("sqlite:///live.db").connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()


async def main():
    await asyncio.sleep(0)
    migrate()


asyncio.run(main())
