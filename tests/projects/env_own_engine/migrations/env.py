"""The connection is that of a session of the application, whatever alembic hands over."""

from alembic import context
from database import Session
from models import Base

with Session() as session:
    connection = session.connection()
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
    session.commit()
