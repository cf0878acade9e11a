"""Prints in all ways, also below Python."""

import os
import sys

from alembic import context
from models import Base
from sqlalchemy import create_engine

print('{"id": 1, "result": "no reply"}')
print("é ☃ \x1b[31mred\x1b[0m \x1e7", flush=True)
os.write(1, b"\xff\xfe bytes that are no text\n")
os.system("echo from another program")
sys.stderr.write("no newline at the end")
sys.__stdout__.write("x" * 200_000 + "\n")

with create_engine("sqlite:///live.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
