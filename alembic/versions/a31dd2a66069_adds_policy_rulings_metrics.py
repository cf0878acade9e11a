"""Adds policy rulings metrics

Revision ID: a31dd2a66069
Revises: 51c5e4b2a7ac
Create Date: 2021-02-09 15:25:23.460167
"""

import sqlalchemy as sa
from alembic import op

revision: str = "a31dd2a66069"
down_revision: str | None = "51c5e4b2a7ac"
branch_labels: str | None = None
depends_on: str | None = None

STRING = sa.String().with_variant(sa.String(255), "mysql", "mariadb")


def upgrade() -> None:
    for name in ("metrics_policy_calls", "metrics_policy_cancellations"):
        op.create_table(
            name,
            sa.Column("policy_name", STRING, primary_key=True),
            sa.Column("count", sa.Integer()),
        )
    op.create_table(
        "metrics_policy_rulings",
        sa.Column("policy_name", STRING, primary_key=True),
        sa.Column("pool_name", STRING, primary_key=True),
        sa.Column("allowed", sa.Boolean(), primary_key=True),
        sa.Column("count", sa.Integer()),
    )


def downgrade() -> None:
    op.drop_table("metrics_policy_rulings")
    op.drop_table("metrics_policy_cancellations")
    op.drop_table("metrics_policy_calls")
