"""The guests that were asked for, what happened to them, and their snapshots."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from schema.models.base import NAME, Base

__all__ = ["GuestEvent", "GuestRequest", "SnapshotRequest"]


class GuestRequest(Base):
    """A machine that a user asked for; ``guestname`` is a UUID.

    ``state`` is one of shelved, pending, routing, provisioning, promised, preparing, ready,
    condemned, error. ``environment``, ``pool_data`` and ``user_data`` hold JSON text. ``ctime`` is
    UTC; rows that are older than the column bear 1970-01-01, as nobody knows their time.
    """

    __tablename__ = "guest_requests"

    guestname: Mapped[str] = mapped_column(NAME, primary_key=True)
    environment: Mapped[str] = mapped_column(Text)
    ownername: Mapped[str] = mapped_column(NAME, ForeignKey("users.username"))
    priorityname: Mapped[str | None] = mapped_column(NAME, ForeignKey("priority_groups.name"))
    poolname: Mapped[str | None] = mapped_column(NAME, ForeignKey("pools.poolname"))
    state: Mapped[str] = mapped_column(NAME)
    address: Mapped[str | None] = mapped_column(NAME)
    ssh_keyname: Mapped[str] = mapped_column(NAME, ForeignKey("sshkeys.keyname"))
    ssh_port: Mapped[int]
    ssh_username: Mapped[str] = mapped_column(NAME)
    pool_data: Mapped[str] = mapped_column(Text)
    user_data: Mapped[str] = mapped_column(Text)
    post_install_script: Mapped[str | None] = mapped_column(Text)
    ctime: Mapped[datetime]


class GuestEvent(Base):
    """Something that happened to a guest, with ``details`` as JSON text.

    ``guestname`` is on purpose no foreign key: events outlive the guest.
    """

    __tablename__ = "guest_events"

    id: Mapped[int] = mapped_column("_id", primary_key=True)
    updated: Mapped[datetime | None]
    guestname: Mapped[str] = mapped_column(NAME)
    eventname: Mapped[str] = mapped_column(NAME)
    details: Mapped[str | None] = mapped_column(Text)


class SnapshotRequest(Base):
    """A snapshot of a guest that a user asked for."""

    __tablename__ = "snapshot_requests"

    snapshotname: Mapped[str] = mapped_column(NAME, primary_key=True)
    guestname: Mapped[str] = mapped_column(NAME, ForeignKey("guest_requests.guestname"))
    poolname: Mapped[str | None] = mapped_column(NAME, ForeignKey("pools.poolname"))
    state: Mapped[str] = mapped_column(NAME)
    start_again: Mapped[bool]
