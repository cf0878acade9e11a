"""Adding pool resources metrics table

Revision ID: 2a205a7d6150
Revises: 487f52cc5aef
Create Date: 2020-09-15 14:11:27.472692
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2a205a7d6150"
down_revision: str | None = "487f52cc5aef"
branch_labels: str | None = None
depends_on: str | None = None

dimensions = sa.Enum("LIMITS", "USAGE", name="poolresourcesmetricsdimensions")


def upgrade() -> None:
    # PostgreSQL's enum type is made along with its table, but outlives it unless it is dropped.
    op.create_table(
        "metrics_pool_resources",
        sa.Column("poolname", sa.String(250), primary_key=True),
        sa.Column("dimension", dimensions, primary_key=True),
        sa.Column("instances", sa.BigInteger()),
        sa.Column("cores", sa.BigInteger()),
        sa.Column("memory", sa.BigInteger()),
        sa.Column("diskspace", sa.BigInteger()),
        sa.Column("snapshots", sa.BigInteger()),
    )


def downgrade() -> None:
    op.drop_table("metrics_pool_resources")
    dimensions.drop(op.get_bind(), checkfirst=False)
