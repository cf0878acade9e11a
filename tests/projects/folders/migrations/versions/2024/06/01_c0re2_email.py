"""email"""

import sqlalchemy as sa
from alembic import op

revision = "c0re2"
down_revision = "c0re1"


def upgrade():
    op.add_column("person", sa.Column("email", sa.String(120)))


def downgrade():
    with op.batch_alter_table("person") as batch:
        batch.drop_column("email")
