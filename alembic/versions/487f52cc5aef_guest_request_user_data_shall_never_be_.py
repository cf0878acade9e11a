"""Guest request user data shall never be NULL

Revision ID: 487f52cc5aef
Revises: a3c173dfd6f5
Create Date: 2020-09-14 14:51:17.934625

Requests that were made before the column was are given the empty JSON object. The way back keeps
it: which of them had none is not known any more.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "487f52cc5aef"
down_revision: str | None = "a3c173dfd6f5"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    user_data = sa.column("user_data", sa.Text())
    requests = sa.table("guest_requests", user_data)
    op.execute(sa.update(requests).where(user_data.is_(None)).values(user_data="{}"))
    with op.batch_alter_table("guest_requests") as batch:
        batch.alter_column("user_data", existing_type=sa.Text(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("guest_requests") as batch:
        batch.alter_column("user_data", existing_type=sa.Text(), nullable=True)
