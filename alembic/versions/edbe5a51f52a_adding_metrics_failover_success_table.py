"""Adding metrics_failover_success table

Revision ID: edbe5a51f52a
Revises: e454a81bd5a2
Create Date: 2020-11-03 15:04:02.410404
"""

import sqlalchemy as sa
from alembic import op

revision: str = "edbe5a51f52a"
down_revision: str | None = "e454a81bd5a2"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    pools = "pools.poolname"
    op.create_table(
        "metrics_failover_success",
        sa.Column("from_pool", sa.String(250), sa.ForeignKey(pools), primary_key=True),
        sa.Column("to_pool", sa.String(250), sa.ForeignKey(pools), primary_key=True),
        sa.Column("count", sa.Integer()),
        sa.Column("updated", sa.DateTime()),
    )


def downgrade() -> None:
    op.drop_table("metrics_failover_success")
