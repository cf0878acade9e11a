"""people are members"""

from alembic import op

revision = "e1"
down_revision = "d1"


def upgrade():
    op.rename_table("person", "member")


def downgrade():
    op.rename_table("member", "person")
