"""full name"""

import sqlalchemy as sa
from alembic import op

revision = "f1"
down_revision = "e1"


def upgrade():
    with op.batch_alter_table("member") as batch:
        batch.alter_column(
            "name",
            new_column_name="full_name",
            existing_type=sa.String(50),
            existing_nullable=False,
        )


def downgrade():
    with op.batch_alter_table("member") as batch:
        batch.alter_column(
            "full_name",
            new_column_name="name",
            existing_type=sa.String(50),
            existing_nullable=False,
        )
