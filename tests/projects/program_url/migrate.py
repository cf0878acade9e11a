"""Brings the database to its newest state, when the application starts."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config


def upgrade(url):
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "heads")


if __name__ == "__main__":
    upgrade(sys.argv[1])
