"""Goes wrong in the way that BROKEN names."""

import os
import sys

from alembic import context

how = os.environ["BROKEN"]
print("env.py says hello")
if how == "raises":
    raise RuntimeError("no vault at postgresql://app:hunter2@vault/app")
if how == "exits":
    sys.exit("no database for you")
if how == "models":
    import broken_models  # noqa: F401
if how == "never configures":
    sys.stdout.write("done")
if how == "queries":
    from sqlalchemy import create_engine, text

    with create_engine("sqlite:///live.db").connect() as connection:
        rows = connection.execute(text("SELECT name FROM tenants")).fetchall()
        context.configure(connection=connection, version_table=rows[0][0])
if how == "never runs":
    context.configure(dialect_name="sqlite")
if how == "rolls back":
    connection = context.config.attributes.get("connection")
    transaction = None if connection is None else connection.begin()
    context.configure(connection=connection, dialect_name="sqlite")
    if transaction is not None:
        context.run_migrations()
        transaction.rollback()
