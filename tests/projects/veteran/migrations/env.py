"""Alembic's generic template, as it was before SQLAlchemy 1.4 and as it still runs."""

import os

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool

config = context.config
options = dict(config.get_section(config.config_ini_section))
options["sqlalchemy.url"] = os.environ.get("VETERAN_URL", options["sqlalchemy.url"])
connectable = engine_from_config(options, prefix="sqlalchemy.", poolclass=pool.NullPool)

with connectable.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()
