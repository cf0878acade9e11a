"""email"""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.add_column("person", sa.Column("email", sa.String(120)))


def downgrade():
    op.drop_column("person", "email")
