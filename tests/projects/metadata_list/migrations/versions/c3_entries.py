"""entry"""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("said", sa.Text, nullable=False),
    )


def downgrade():
    op.drop_table("entry")
