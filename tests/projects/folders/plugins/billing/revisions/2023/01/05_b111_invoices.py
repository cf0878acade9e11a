"""invoices"""

import sqlalchemy as sa
from alembic import op

revision = "b111"
down_revision = None
branch_labels = "billing"
depends_on = "core"


def upgrade():
    op.create_table(
        "invoice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("total", sa.Numeric(10, 2), nullable=False),
    )


def downgrade():
    op.drop_table("invoice")
