"""Where guests come from: pools of cloud capacity, tags for their guests, and settings."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from schema.models.base import NAME, STRING, Base

__all__ = ["GuestTag", "Knob", "Pool"]


class Pool(Base):
    """A source of guests. ``driver`` is aws, azure, beaker, openstack or localhost.

    ``parameters`` holds the driver's own settings as JSON text.
    """

    __tablename__ = "pools"

    poolname: Mapped[str] = mapped_column(NAME, primary_key=True)
    driver: Mapped[str] = mapped_column(NAME)
    parameters: Mapped[str] = mapped_column(Text)


class GuestTag(Base):
    """A tag that a pool puts onto its guests; pool ``__system__`` stands for every pool.

    ``__system__`` is why ``poolname`` is no foreign key.
    """

    __tablename__ = "guest_tags"

    poolname: Mapped[str] = mapped_column(STRING, primary_key=True)
    tag: Mapped[str] = mapped_column(STRING, primary_key=True)
    value: Mapped[str] = mapped_column(STRING)


class Knob(Base):
    """A setting of the service that can be turned while it runs: ``route-guest-request.retry``."""

    __tablename__ = "knobs"

    knobname: Mapped[str] = mapped_column(STRING, primary_key=True)
    value: Mapped[str] = mapped_column(STRING)
