"""Who may ask for guests, and the keys that open them."""

from __future__ import annotations

import enum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from schema.models.base import NAME, STRING, Base

__all__ = ["PriorityGroup", "SSHKey", "User", "UserRoles"]


class UserRoles(enum.Enum):
    """What a user may do. The names, not the values, are what the database stores."""

    USER = "user"
    ADMIN = "admin"


class User(Base):
    """A person or a service. Tokens are SHA-256 hashes as 64 hexadecimal digits."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(NAME, primary_key=True)
    admin_token: Mapped[str] = mapped_column(STRING, server_default="undefined")
    provisioning_token: Mapped[str] = mapped_column(STRING, server_default="undefined")
    role: Mapped[UserRoles] = mapped_column(server_default=UserRoles.USER.name)


class PriorityGroup(Base):
    """A queue that a guest request may wait in."""

    __tablename__ = "priority_groups"

    name: Mapped[str] = mapped_column(NAME, primary_key=True)


class SSHKey(Base):
    """A key that is put onto a guest, so that the service can reach it."""

    __tablename__ = "sshkeys"

    keyname: Mapped[str] = mapped_column(NAME, primary_key=True)
    enabled: Mapped[bool | None]
    ownername: Mapped[str] = mapped_column(NAME, ForeignKey("users.username"))
    file: Mapped[str] = mapped_column(NAME)
