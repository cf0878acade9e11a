"""Upgrade size of user tokens to handle SHA256

Revision ID: 8c470c3f4331
Revises: 85e51f3435b4
Create Date: 2020-09-21 11:02:04.149998

The way back is one-way on purpose: hashes of 64 characters do not fit into 32, and a hash that was
cut would be lost, so the columns stay as wide as they are.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "8c470c3f4331"
down_revision: str | None = "85e51f3435b4"
branch_labels: str | None = None
depends_on: str | None = None

STRING = sa.String().with_variant(sa.String(255), "mysql", "mariadb")


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        for name in ("admin_token", "provisioning_token"):
            batch.alter_column(
                name,
                type_=STRING,
                existing_type=sa.String(32),
                existing_nullable=False,
                existing_server_default="undefined",
            )


def downgrade() -> None:
    """Keep the columns; see above."""
