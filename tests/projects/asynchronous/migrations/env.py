"""Alembic's async template."""

import asyncio

from alembic import context
from models import Base
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine


def run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    # The driver is installed wherever the workbench's PostgreSQL extra is; nothing listens there.
    connectable = create_async_engine(
        "postgresql+psycopg://app:hunter2@production.invalid/app", poolclass=pool.NullPool
    )
    async with connectable.connect() as connection:
        await connection.run_sync(run)
    await connectable.dispose()


asyncio.run(main())
