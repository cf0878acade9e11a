"""The database is asked what it is, before Alembic is configured."""

from alembic import context
from models import Base
from sqlalchemy import create_engine, inspect, text

engine = create_engine("sqlite:///live.db")
with engine.connect() as connection:
    answer = connection.execute(text("SELECT 1 + 1")).scalar()
    known = connection.execute(text("SELECT 1 WHERE 1 = 0")).mappings().all()
    is_new = "person" not in inspect(connection).get_table_names()

with engine.begin() as connection:
    print(f"{answer}, {len(known)}, {'new' if is_new else 'old'}")
    context.configure(connection=connection, target_metadata=Base.metadata)
    context.run_migrations()
