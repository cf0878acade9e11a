"""email"""

import os
import sqlite3

revision = "b2"
down_revision = "a1"


def upgrade():
    how = os.environ["RAW_DRIVER"]
    if how == "sqlite3":
        sqlite3.connect("live.db").execute("DROP TABLE person")
    elif how == "sqlite3 in memory":
        sqlite3.connect(":memory:").execute("ATTACH DATABASE 'live.db' AS live")
    elif how == "psycopg":
        import psycopg

        psycopg.connect("host=production.invalid password=hunter2")
    elif how == "psycopg class":
        from psycopg import Connection

        Connection.connect("host=production.invalid password=hunter2")
    elif how == "attach":
        from alembic import op

        op.execute("COMMIT")
        op.execute("ATTACH DATABASE 'live.db' AS live")
    elif how in ("attach by a parameter", "attach by an expression"):
        from alembic import op

        connection = op.get_bind().connection.dbapi_connection
        connection.execute("COMMIT")
        if how == "attach by a parameter":
            connection.execute("ATTACH DATABASE ? AS live", ("live.db",))
        else:
            connection.execute("ATTACH DATABASE 'live' || '.db' AS live")
        connection.execute("DROP TABLE live.person")
    elif how == "pool":
        from sqlalchemy import create_engine

        create_engine("sqlite:///live.db").pool.connect()
    elif how == "session":
        from sqlalchemy import create_engine, text

        with create_engine("sqlite:///live.db").connect() as connection:
            print("session sees", connection.execute(text("PRAGMA database_list")).fetchone()[2])
    elif how == "fails":
        from alembic import op

        op.execute("CREATE TABLE half (id INTEGER)")
        op.execute("INSERT INTO nowhere VALUES (1)")
    elif how == "exits":
        raise SystemExit(3)
    elif how == "dies":
        os._exit(7)
    elif how == "sleeps":
        import time

        print("sleeping now", flush=True)
        time.sleep(600)
    elif how == "many":
        from alembic import op

        for _ in range(500):
            op.execute("INSERT INTO person (id, name) SELECT count(*) + 1, 'x' FROM person")
        print("inserted 500 rows")


def downgrade():
    pass
