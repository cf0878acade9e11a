"""a port is a harbour, and a voyage has a fare and a state"""

import sqlalchemy as sa
from alembic import op

revision = "v3"
down_revision = "v2"

FLAG = sa.Boolean(create_constraint=False)
STATE = sa.Enum("planned", "under way", name="voyage_state", create_constraint=False)


def upgrade():
    STATE.create(op.get_bind(), checkfirst=True)
    with op.batch_alter_table("voyage") as batch:
        batch.alter_column("port", new_column_name="harbour", existing_type=sa.String(80),
                           existing_nullable=False)  # fmt: skip
        batch.add_column(sa.Column("fare", sa.Numeric(8, 2)))
        batch.add_column(
            sa.Column("is_done", FLAG, nullable=False, server_default=sa.text("false"))
        )
        batch.add_column(sa.Column("state", STATE))


def downgrade():
    with op.batch_alter_table("voyage") as batch:
        batch.drop_column("state")
        batch.drop_column("is_done")
        batch.drop_column("fare")
        batch.alter_column("harbour", new_column_name="port", existing_type=sa.String(80),
                           existing_nullable=False)  # fmt: skip
    STATE.drop(op.get_bind(), checkfirst=True)
