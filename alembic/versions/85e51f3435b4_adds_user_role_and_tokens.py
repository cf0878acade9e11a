"""Adds user role and tokens

Revision ID: 85e51f3435b4
Revises: 2a205a7d6150
Create Date: 2020-09-16 13:40:01.642000
"""

import sqlalchemy as sa
from alembic import op

revision: str = "85e51f3435b4"
down_revision: str | None = "2a205a7d6150"
branch_labels: str | None = None
depends_on: str | None = None

roles = sa.Enum("USER", "ADMIN", name="userroles")


def upgrade() -> None:
    # Adding a column does not make PostgreSQL's enum type, as making a table does.
    roles.create(op.get_bind(), checkfirst=False)
    for name in ("admin_token", "provisioning_token"):
        token = sa.Column(name, sa.String(32), nullable=False, server_default="undefined")
        op.add_column("users", token)
    op.add_column("users", sa.Column("role", roles, nullable=False, server_default="USER"))


def downgrade() -> None:
    for name in ("role", "provisioning_token", "admin_token"):
        op.drop_column("users", name)
    roles.drop(op.get_bind(), checkfirst=False)
