"""What all bundled models share: the declarative base, and the column types of the schema."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase

__all__ = ["NAME", "STRING", "Base"]

#: The service's usual string: names, states, addresses.
NAME = String(250)

#: A string without a length. MariaDB and MySQL accept none, and their keys hold at most 768
#: characters of utf8mb4; with 255, the three parts that the longest key could have still fit.
STRING = String().with_variant(String(255), "mysql", "mariadb")


class Base(DeclarativeBase):
    """Holds the metadata that ``alembic/env.py`` compares the database with."""
