"""articles"""

import sqlalchemy as sa
from alembic import op

revision = "s7"
down_revision = None
branch_labels = ("stock",)


def upgrade():
    op.create_table(
        "article",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
    )


def downgrade():
    op.drop_table("article")
