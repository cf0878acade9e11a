"""people"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, ENUM

revision = "a1"
down_revision = None


def upgrade():
    sa.Enum("CALM", "HAPPY", name="mood").create(op.get_bind())
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column(
            "mood", ENUM("CALM", "HAPPY", name="mood", create_type=False), server_default="CALM"
        ),
        sa.Column("past", ARRAY(ENUM("CALM", "HAPPY", name="mood", create_type=False))),
    )


def downgrade():
    op.drop_table("person")
    sa.Enum("CALM", "HAPPY", name="mood").drop(op.get_bind())
