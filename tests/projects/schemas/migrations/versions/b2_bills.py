"""bills"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.execute("CREATE SCHEMA money")
    op.create_table(
        "bill",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("crm.person.id"), nullable=False),
        sa.Column(
            "state", sa.Enum("OPEN", "PAID", name="bill_state", schema="money"), nullable=False
        ),
        schema="money",
    )
    op.create_index("ix_money_bill_person_id", "bill", ["person_id"], schema="money")
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("bill_id", sa.Integer, sa.ForeignKey("money.bill.id")),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade():
    op.drop_table("note")
    op.drop_table("bill", schema="money")
    op.execute("DROP SCHEMA money CASCADE")
