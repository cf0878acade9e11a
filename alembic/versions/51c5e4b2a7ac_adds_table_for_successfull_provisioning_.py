"""Adds table for "successfull provisioning" metric

Revision ID: 51c5e4b2a7ac
Revises: 8f7a33b3e529
Create Date: 2021-02-09 13:09:37.501620
"""

import sqlalchemy as sa
from alembic import op

revision: str = "51c5e4b2a7ac"
down_revision: str | None = "8f7a33b3e529"
branch_labels: str | None = None
depends_on: str | None = None

STRING = sa.String().with_variant(sa.String(255), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "metrics_provisioning_success",
        sa.Column("pool", STRING, primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("metrics_provisioning_success")
