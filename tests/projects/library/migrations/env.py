"""Every style of mapping that SQLAlchemy 1.4 and 2.x share, in two MetaData."""

from alembic import context
from library import classical, models
from sqlalchemy import create_engine

metadata = [models.Base.metadata, classical.metadata]
url = context.config.get_main_option("sqlalchemy.url")

with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
