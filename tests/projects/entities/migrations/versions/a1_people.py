"""people"""

import sqlalchemy as sa
from alembic import op
from alembic_utils.pg_extension import PGExtension

revision = "a1"
down_revision = None

public_vector = PGExtension(schema="public", signature="vector")


def upgrade():
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("email", sa.String(120)),
    )
    op.create_entity(public_vector)


def downgrade():
    op.drop_entity(public_vector)
    op.drop_table("person")
