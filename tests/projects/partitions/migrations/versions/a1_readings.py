"""readings"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("taken_on", sa.Date, primary_key=True),
        postgresql_partition_by="RANGE (taken_on)",
    )
    op.execute(
        "CREATE TABLE reading_2023 PARTITION OF reading"
        " FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')"
    )


def downgrade():
    op.drop_table("reading")
