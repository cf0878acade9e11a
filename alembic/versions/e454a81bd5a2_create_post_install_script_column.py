"""create post_install_script column

Revision ID: e454a81bd5a2
Revises: 1d54a4ff03e8
Create Date: 2020-10-22 11:04:26.960592
"""

import sqlalchemy as sa
from alembic import op

revision: str = "e454a81bd5a2"
down_revision: str | None = "1d54a4ff03e8"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("guest_requests", sa.Column("post_install_script", sa.Text()))


def downgrade() -> None:
    op.drop_column("guest_requests", "post_install_script")
