"""faces"""

import sqlalchemy as sa
from alembic import op
from models import Vector

revision = "b2"
down_revision = "a1"


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.add_column("person", sa.Column("face", Vector(3)))
    op.create_index(
        "ix_person_face",
        "person",
        ["face"],
        postgresql_using="hnsw",
        postgresql_ops={"face": "vector_l2_ops"},
    )


def downgrade():
    op.drop_index("ix_person_face", "person")
    op.drop_column("person", "face")
    op.execute("DROP EXTENSION vector")
