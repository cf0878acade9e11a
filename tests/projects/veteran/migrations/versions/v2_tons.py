"""tons, and longer names that are unique"""

import sqlalchemy as sa
from alembic import op

revision = "v2"
down_revision = "v1"


def upgrade():
    with op.batch_alter_table("ship") as batch:
        batch.add_column(sa.Column("tons", sa.Integer(), nullable=False, server_default="1"))
        batch.alter_column("name", existing_type=sa.String(40), type_=sa.String(60),
                           existing_nullable=False)  # fmt: skip
        batch.create_unique_constraint("uq_ship_name", ["name"])
        batch.create_check_constraint(op.f("ck_ship_tons"), "tons > 0")


def downgrade():
    with op.batch_alter_table("ship") as batch:
        batch.drop_constraint(op.f("ck_ship_tons"), type_="check")
        batch.drop_constraint("uq_ship_name", type_="unique")
        batch.alter_column("name", existing_type=sa.String(60), type_=sa.String(40),
                           existing_nullable=False)  # fmt: skip
        batch.drop_column("tons")
