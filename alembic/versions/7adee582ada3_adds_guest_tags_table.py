"""Adds guest_tags table

Revision ID: 7adee582ada3
Revises: a31dd2a66069
Create Date: 2021-02-12 15:05:51.412826
"""

import sqlalchemy as sa
from alembic import op

revision: str = "7adee582ada3"
down_revision: str | None = "a31dd2a66069"
branch_labels: str | None = None
depends_on: str | None = None

STRING = sa.String().with_variant(sa.String(255), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "guest_tags",
        sa.Column("poolname", STRING, primary_key=True),
        sa.Column("tag", STRING, primary_key=True),
        sa.Column("value", STRING, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("guest_tags")
