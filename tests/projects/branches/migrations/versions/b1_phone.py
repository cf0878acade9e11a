"""phone"""

import sqlalchemy as sa
from alembic import op

revision = "b1"
down_revision = "a1"
branch_labels = ("contacts",)


def upgrade():
    op.add_column("person", sa.Column("phone", sa.String(30)))


def downgrade():
    with op.batch_alter_table("person") as batch:
        batch.drop_column("phone")
