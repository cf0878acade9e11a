"""visits"""

import sqlalchemy as sa
from alembic import op

revision = "v1"
down_revision = None
branch_labels = ("visits",)
depends_on = ("d1",)


def upgrade():
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("member_id", sa.Integer, nullable=False),
    )


def downgrade():
    op.drop_table("visit")
