"""The URL in alembic.ini has a place that a variable fills, as Alembic's documents have it."""

import os

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool

config = context.config
section = config.config_ini_section
config.set_section_option(section, "LIBRARY_URL", os.environ["LIBRARY_URL"].replace("%", "%%"))

connectable = engine_from_config(
    config.get_section(section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
