"""ships and their voyages"""

import sqlalchemy as sa
from alembic import op

revision = "v1"
down_revision = None


def upgrade():
    op.create_table(
        "ship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ship"),
    )
    op.create_table(
        "voyage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ship_id", sa.Integer(), nullable=False),
        sa.Column("port", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_voyage"),
        sa.ForeignKeyConstraint(
            ["ship_id"], ["ship.id"], name="fk_voyage_ship_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_voyage_ship_id", "voyage", ["ship_id"])


def downgrade():
    op.drop_table("voyage")
    op.drop_table("ship")
