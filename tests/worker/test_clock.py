"""Another day: the clock that a project's code reads is put forward, and nothing else."""

from __future__ import annotations

import sqlite3
import time

REVISION = """
import datetime, time
import sqlalchemy as sa
from alembic import op

KNOWN = datetime.datetime

class Own(datetime.datetime):
    pass

revision = "a1"
down_revision = None

def upgrade():
    assert KNOWN is datetime.datetime and type(datetime.datetime.now()) is datetime.datetime
    assert isinstance(datetime.datetime(2020, 1, 1), datetime.datetime)
    told = [
        datetime.datetime.now().timestamp(),
        datetime.datetime.now(datetime.timezone.utc).timestamp(),
        datetime.datetime.now(tz=None).timestamp(),
        datetime.datetime.today().timestamp(),
        Own.now().timestamp(),
        time.time(),
        time.time_ns() / 1e9,
        time.mktime(time.localtime()),
    ]
    op.create_table("told", sa.Column("at", sa.Float), sa.Column("day", sa.Date))
    for each in told:
        op.execute(sa.text("INSERT INTO told VALUES (:at, :day)").bindparams(
            sa.bindparam("at", each), sa.bindparam("day", datetime.date.today(), sa.Date)))

def downgrade():
    op.drop_table("told")
"""


def test_project_code_reads_a_clock_that_is_ahead(open_project, scratch):
    project = open_project("generic")
    for path in project.version_locations[0].glob("*.py"):
        path.unlink()
    (project.version_locations[0] / "a1.py").write_text(REVISION)
    ahead = 400 * 86_400.0
    with project.start_worker(ahead=ahead) as worker:
        began = time.time()
        worker.step(scratch, "up", "a1")
    with sqlite3.connect(scratch.url.database) as connection:
        rows = connection.execute("SELECT at, day FROM told").fetchall()
    connection.close()
    assert len(rows) == 8
    assert all(began + ahead - 2 < at < time.time() + ahead + 2 for at, _ in rows)
    days = {
        time.strftime("%Y-%m-%d", time.localtime(moment + ahead)) for moment in (began, time.time())
    }
    assert {day for _, day in rows} <= days
