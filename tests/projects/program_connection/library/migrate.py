"""Brings the database to its newest state, when the application starts."""

import sys

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from library.models import Base


def upgrade(url):
    config = Config()
    config.set_main_option("script_location", "library:migrations")
    config.attributes["target_metadata"] = Base.metadata
    with create_engine(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


if __name__ == "__main__":
    upgrade(sys.argv[1])
