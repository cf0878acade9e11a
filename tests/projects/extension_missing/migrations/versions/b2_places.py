"""places"""

from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("ALTER TABLE person ADD COLUMN place geography(point)")


def downgrade():
    op.drop_column("person", "place")
    op.execute("DROP EXTENSION postgis")
