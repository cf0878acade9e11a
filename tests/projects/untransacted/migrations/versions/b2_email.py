"""email"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.add_column("person", sa.Column("email", sa.String(120)))
    with op.get_context().autocommit_block():
        op.create_index("ix_person_email", "person", ["email"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("ix_person_email", "person", postgresql_concurrently=True)
    with op.batch_alter_table("person") as batch:
        batch.drop_column("email")
