"""Leaves threads that wait for the program's end, and programs that go on."""

import subprocess
import sys
import threading

from alembic import context
from models import Base
from sqlalchemy import create_engine

wait = threading.main_thread().join
for _ in range(3):
    threading.Thread(target=wait).start()
sleeper = [sys.executable, "-c", "import time; time.sleep(5)"]
subprocess.Popen(sleeper)
subprocess.Popen(sleeper, start_new_session=True)

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
