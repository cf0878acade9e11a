"""age"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("age", sa.Integer))
        batch.create_check_constraint("ck_person_age", "age >= 0")


def downgrade():
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint("ck_person_age", type_="check")
        batch.drop_column("age")
