"""email"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.add_column("person", sa.Column("email", sa.String(120)))
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
    )


def downgrade():
    op.drop_table("letter")
    op.drop_column("person", "email")
