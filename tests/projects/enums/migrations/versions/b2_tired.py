"""people are tired"""

from alembic import op
from alembic_postgresql_enum import ColumnType, TableReference

revision = "b2"
down_revision = "a1"


def upgrade():
    op.sync_enum_values(
        enum_schema="public",
        enum_name="mood",
        new_values=["CALM", "HAPPY", "TIRED"],
        affected_columns=[
            TableReference(
                table_schema="public",
                table_name="person",
                column_name="mood",
                existing_server_default="'CALM'::mood",
            ),
            TableReference(
                table_schema="public",
                table_name="person",
                column_name="past",
                column_type=ColumnType.ARRAY,
            ),
        ],
        enum_values_to_rename=[],
    )


def downgrade():
    op.sync_enum_values(
        enum_schema="public",
        enum_name="mood",
        new_values=["CALM", "HAPPY"],
        affected_columns=[
            TableReference(
                table_schema="public",
                table_name="person",
                column_name="mood",
                existing_server_default="'CALM'::mood",
            ),
            TableReference(
                table_schema="public",
                table_name="person",
                column_name="past",
                column_type=ColumnType.ARRAY,
            ),
        ],
        enum_values_to_rename=[],
    )
