"""Adds guest_requests.ctime

Revision ID: 8f7a33b3e529
Revises: edbe5a51f52a
Create Date: 2021-02-03 14:45:59.275145

When an existing request was made was not kept: it is given 1970-01-01, which cannot be taken for a
true time. A constant, as SQLite adds no NOT NULL column with any other default; and dropped at
once, so that a new request must bring its own time.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "8f7a33b3e529"
down_revision: str | None = "edbe5a51f52a"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    unknown = "1970-01-01 00:00:00.000000"
    ctime = sa.Column("ctime", sa.DateTime(), nullable=False, server_default=unknown)
    op.add_column("guest_requests", ctime)
    with op.batch_alter_table("guest_requests") as batch:
        batch.alter_column(
            "ctime",
            server_default=None,
            existing_type=sa.DateTime(),
            existing_nullable=False,
        )


def downgrade() -> None:
    op.drop_column("guest_requests", "ctime")
