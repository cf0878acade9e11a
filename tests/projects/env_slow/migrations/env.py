"""Takes its time: it waits for a server that is slow to answer."""

import os
import time

from alembic import context
from models import Base
from sqlalchemy import create_engine

for second in range(int(os.environ.get("LIBRARY_SECONDS", "20"))):
    print(f"waiting for the key server, {second} s", flush=True)
    time.sleep(1)

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
