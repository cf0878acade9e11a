"""balance"""

import sqlalchemy as sa
from alembic import op
from shop.types import Money

revision = "b2"
down_revision = "a1"


def upgrade(owner):
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("balance", Money(), nullable=False, server_default="0"))
        batch.add_column(
            sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch.create_check_constraint("not_overdrawn", "balance >= 0")


def downgrade(owner):
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint("not_overdrawn", type_="check")
        batch.drop_column("is_active")
        batch.drop_column("balance")
