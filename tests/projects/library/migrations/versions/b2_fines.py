"""Fines are kept with the loan

Revision ID: b2
Create Date: 2024-05-02 10:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.add_column("loan", sa.Column("fine", sa.Integer()))


def downgrade():
    op.drop_column("loan", "fine")
