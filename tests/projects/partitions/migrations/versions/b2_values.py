"""values"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.add_column("reading", sa.Column("value", sa.Numeric, nullable=False, server_default="0"))
    op.alter_column("reading", "value", server_default=None)
    op.execute(
        "CREATE TABLE reading_2024 PARTITION OF reading"
        " FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
    )


def downgrade():
    op.drop_table("reading_2024")
    op.drop_column("reading", "value")
