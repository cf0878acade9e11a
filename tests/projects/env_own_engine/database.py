import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

engine = sa.create_engine("sqlite:///live.db", pool_pre_ping=True)
Session = sessionmaker(engine)


@sa.event.listens_for(engine, "connect")
def enforce_foreign_keys(connection, record):
    if engine.dialect.name == "sqlite":
        connection.execute("PRAGMA foreign_keys = ON")
