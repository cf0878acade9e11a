"""Logging is set up anew: other loggers are disabled, and there is a log file."""

import logging.config

from alembic import context
from models import Base
from sqlalchemy import create_engine

logging.config.fileConfig(context.config.config_file_name, disable_existing_loggers=True)
logging.getLogger("library").warning("about to migrate")
logging.raiseExceptions = False

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
