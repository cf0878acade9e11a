"""Adding guest_requests.user_data column

Revision ID: a3c173dfd6f5
Revises: 57f5d41c7200
Create Date: 2020-09-09 15:46:08.082626
"""

import sqlalchemy as sa
from alembic import op

revision: str = "a3c173dfd6f5"
down_revision: str | None = "57f5d41c7200"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("guest_requests", sa.Column("user_data", sa.Text()))


def downgrade() -> None:
    op.drop_column("guest_requests", "user_data")
