"""Open the library

Revision ID: a1
Create Date: 2023-04-01 10:00:00
"""

from alembic import op
from library import classical, models

revision = "a1"
down_revision = None


def upgrade():
    bind = op.get_bind()
    models.Base.metadata.create_all(bind)
    classical.metadata.create_all(bind)
    op.execute("CREATE VIEW overdue AS SELECT id, reader_id FROM loan WHERE due < CURRENT_DATE")


def downgrade():
    op.execute("DROP VIEW overdue")
    models.Base.metadata.drop_all(op.get_bind())
    classical.metadata.drop_all(op.get_bind())
