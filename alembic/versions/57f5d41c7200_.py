"""Intial database schema import

Revision ID: 57f5d41c7200
Revises:
Create Date: 2020-07-21 15:51:55.334506
"""

import sqlalchemy as sa
from alembic import op

revision: str = "57f5d41c7200"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    create_users_and_pools()
    create_guests()
    op.create_table(
        "metrics",
        sa.Column("_id", sa.Integer(), primary_key=True),
        sa.Column("count", sa.Integer()),
        sa.Column("updated", sa.DateTime()),
    )


def downgrade() -> None:
    op.drop_table("metrics")
    op.drop_table("snapshot_requests")
    op.drop_table("guest_events")
    op.drop_table("guest_requests")
    op.drop_table("sshkeys")
    op.drop_table("pools")
    op.drop_table("priority_groups")
    op.drop_table("users")


def create_users_and_pools() -> None:
    op.create_table(
        "users",
        sa.Column("username", sa.String(250), primary_key=True),
    )
    op.create_table(
        "priority_groups",
        sa.Column("name", sa.String(250), primary_key=True),
    )
    op.create_table(
        "pools",
        sa.Column("poolname", sa.String(250), primary_key=True),
        sa.Column("driver", sa.String(250), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
    )
    op.create_table(
        "sshkeys",
        sa.Column("keyname", sa.String(250), primary_key=True),
        sa.Column("enabled", sa.Boolean()),
        sa.Column("ownername", sa.String(250), sa.ForeignKey("users.username"), nullable=False),
        sa.Column("file", sa.String(250), nullable=False),
    )


def create_guests() -> None:
    op.create_table(
        "guest_requests",
        sa.Column("guestname", sa.String(250), primary_key=True),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("ownername", sa.String(250), sa.ForeignKey("users.username"), nullable=False),
        sa.Column("priorityname", sa.String(250), sa.ForeignKey("priority_groups.name")),
        sa.Column("poolname", sa.String(250), sa.ForeignKey("pools.poolname")),
        sa.Column("state", sa.String(250), nullable=False),
        sa.Column("address", sa.String(250)),
        sa.Column("ssh_keyname", sa.String(250), sa.ForeignKey("sshkeys.keyname"), nullable=False),
        sa.Column("ssh_port", sa.Integer(), nullable=False),
        sa.Column("ssh_username", sa.String(250), nullable=False),
        sa.Column("pool_data", sa.Text(), nullable=False),
    )
    op.create_table(
        "guest_events",
        sa.Column("_id", sa.Integer(), primary_key=True),
        sa.Column("updated", sa.DateTime()),
        # No foreign key: events outlive the guest.
        sa.Column("guestname", sa.String(250), nullable=False),
        sa.Column("eventname", sa.String(250), nullable=False),
        sa.Column("details", sa.Text()),
    )
    op.create_table(
        "snapshot_requests",
        sa.Column("snapshotname", sa.String(250), primary_key=True),
        sa.Column(
            "guestname",
            sa.String(250),
            sa.ForeignKey("guest_requests.guestname"),
            nullable=False,
        ),
        sa.Column("poolname", sa.String(250), sa.ForeignKey("pools.poolname")),
        sa.Column("state", sa.String(250), nullable=False),
        sa.Column("start_again", sa.Boolean(), nullable=False),
    )
