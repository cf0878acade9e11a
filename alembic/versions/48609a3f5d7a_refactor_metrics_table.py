"""Refactor metrics table

Revision ID: 48609a3f5d7a
Revises: 8c470c3f4331
Create Date: 2020-10-02 15:38:06.976919

Counters are told apart by name from now on. Those that exist have none, and nobody can say what
they counted: they are dropped. The way back keeps the counts, and loses the names.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "48609a3f5d7a"
down_revision: str | None = "8c470c3f4331"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    pools = "pools.poolname"
    op.create_table(
        "metrics_failover",
        sa.Column("from_pool", sa.String(250), sa.ForeignKey(pools), primary_key=True),
        sa.Column("to_pool", sa.String(250), sa.ForeignKey(pools), primary_key=True),
        sa.Column("count", sa.Integer()),
        sa.Column("updated", sa.DateTime()),
    )
    # schema: ignore data-lost(metrics), drop-table(metrics): nobody can say what these counted
    # A new primary key without a row to keep: making the table anew is the same on every database.
    op.drop_table("metrics")
    op.create_table(
        "metrics",
        sa.Column("metric", sa.String(250), primary_key=True),
        sa.Column("count", sa.Integer()),
        sa.Column("updated", sa.DateTime()),
    )


def downgrade() -> None:
    op.execute("CREATE TABLE metrics_kept AS SELECT count, updated FROM metrics")
    op.drop_table("metrics")
    op.create_table(
        "metrics",
        sa.Column("_id", sa.Integer(), primary_key=True),
        sa.Column("count", sa.Integer()),
        sa.Column("updated", sa.DateTime()),
    )
    op.execute("INSERT INTO metrics (count, updated) SELECT count, updated FROM metrics_kept")
    op.drop_table("metrics_kept")
    op.drop_table("metrics_failover")
