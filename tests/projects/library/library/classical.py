"""The library's own staff: imperative mapping, a dataclass, and a table without a class."""

import dataclasses
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import registry, relationship

metadata = sa.MetaData()
mapped = registry(metadata=metadata)

#: Who works here.
staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("chief_id", sa.ForeignKey("staff.id")),
)

#: Opening hours, read by the web site alone.
hours = sa.Table(
    "hours",
    metadata,
    sa.Column("weekday", sa.Integer, primary_key=True),
    sa.Column("opens", sa.Time, comment="Local time."),
)


class Person:
    """Somebody who works here."""

    greeting = "Good morning"


mapped.map_imperatively(
    Person,
    staff,
    properties={
        "display": staff.c.name,
        "chief": relationship(Person, remote_side=staff.c.id, backref="team"),
    },
)


@mapped.mapped
@dataclasses.dataclass
class Key:
    __table__ = sa.Table(
        "door_key",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("door", sa.String(20), nullable=False),
    )
    id: int = dataclasses.field(init=False)
    door: Optional[str] = None  # noqa: UP045 -- for Python 3.8
