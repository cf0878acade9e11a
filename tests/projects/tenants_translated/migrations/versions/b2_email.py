"""email"""

import sqlalchemy as sa
from alembic import context, op

revision = "b2"
down_revision = "a1"


def tenant():
    """Alembic's ALTER TABLE is not translated: it names the schema itself."""
    return context.get_x_argument(as_dictionary=True).get("tenant", "acme")


def upgrade():
    op.add_column("person", sa.Column("email", sa.String(120)), schema=tenant())
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("tenant.person.id"), nullable=False),
        schema="tenant",
    )


def downgrade():
    op.drop_table("letter", schema="tenant")
    op.drop_column("person", "email", schema=tenant())
