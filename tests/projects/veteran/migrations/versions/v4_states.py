"""every voyage has a state"""

import sqlalchemy as sa
from alembic import op

revision = "v4"
down_revision = "v3"

voyage = sa.table("voyage", sa.column("id"), sa.column("fare"), sa.column("harbour"))


def upgrade():
    bind = op.get_bind()
    rows = bind.execute(sa.text("SELECT id, harbour FROM voyage WHERE fare IS NULL")).fetchall()
    for row in rows:
        bind.execute(voyage.update().where(voyage.c.id == row[0]).values(fare=len(row[1])))
    op.execute("UPDATE voyage SET state = 'planned' WHERE state IS NULL")


def downgrade():
    op.execute(voyage.update().values(fare=None))
