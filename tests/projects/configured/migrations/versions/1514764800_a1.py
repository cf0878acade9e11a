"""people"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade(owner):
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("email", sa.String(120)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_index(op.f("ix_person_name"), "person", ["name"])


def downgrade(owner):
    op.drop_index(op.f("ix_person_name"), table_name="person")
    op.drop_table("person")
