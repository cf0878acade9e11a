"""people, and who said what"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade(engine_name):
    globals()[f"upgrade_{engine_name}"]()


def downgrade(engine_name):
    globals()[f"downgrade_{engine_name}"]()


def upgrade_people():
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
    )


def downgrade_people():
    op.drop_table("person")


def upgrade_audit():
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("said", sa.Text, nullable=False),
    )


def downgrade_audit():
    op.drop_table("entry")
