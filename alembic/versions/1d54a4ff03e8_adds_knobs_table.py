"""Adds knobs table

Revision ID: 1d54a4ff03e8
Revises: 48609a3f5d7a
Create Date: 2020-10-08 18:42:09.724642
"""

import sqlalchemy as sa
from alembic import op

revision: str = "1d54a4ff03e8"
down_revision: str | None = "48609a3f5d7a"
branch_labels: str | None = None
depends_on: str | None = None

STRING = sa.String().with_variant(sa.String(255), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "knobs",
        sa.Column("knobname", STRING, primary_key=True),
        sa.Column("value", STRING, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("knobs")
