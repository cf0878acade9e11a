"""city"""

import sqlalchemy as sa
from alembic import op

revision = "c1"
down_revision = "a1"
branch_labels = ("places",)


def upgrade():
    op.add_column("person", sa.Column("city", sa.String(40)))


def downgrade():
    with op.batch_alter_table("person") as batch:
        batch.drop_column("city")
