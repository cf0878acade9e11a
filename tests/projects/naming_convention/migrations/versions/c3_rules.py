"""rules"""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("age", sa.Integer))
        batch.add_column(sa.Column("boss_id", sa.Integer))
        batch.create_unique_constraint(None, ["email"])
        batch.create_check_constraint("age", "age >= 0")
        batch.create_foreign_key(None, "person", ["boss_id"], ["id"])
        batch.create_index(batch.f("ix_person_boss_id"), ["boss_id"])


def downgrade():
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint("fk_person_boss_id_person", type_="foreignkey")
        batch.drop_index("ix_person_boss_id")
        batch.drop_constraint("age", type_="check")
        batch.drop_constraint("uq_person_email", type_="unique")
        batch.drop_column("boss_id")
        batch.drop_column("age")
