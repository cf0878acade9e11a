"""Models as a dozen years of SQLAlchemy understand them, from 1.3 on."""

import sqlalchemy as sa

try:
    from sqlalchemy.orm import declarative_base, relationship
except ImportError:  # SQLAlchemy 1.3
    from sqlalchemy.ext.declarative import declarative_base
    from sqlalchemy.orm import relationship

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLAlchemy 1.3 adds a CHECK to both unless it is told not to; newer ones add none.
FLAG = sa.Boolean(create_constraint=False)
STATE = sa.Enum("planned", "under way", name="voyage_state", create_constraint=False)

Base = declarative_base(metadata=sa.MetaData(naming_convention=NAMES))


class Ship(Base):
    """A vessel."""

    __tablename__ = "ship"
    __table_args__ = (sa.CheckConstraint("tons > 0", name="tons"),)
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(60), nullable=False, unique=True)
    tons = sa.Column(sa.Integer, nullable=False, server_default="1")
    voyages = relationship("Voyage", back_populates="ship")


class Voyage(Base):
    """One sailing of a vessel."""

    __tablename__ = "voyage"
    id = sa.Column(sa.Integer, primary_key=True)
    ship_id = sa.Column(sa.ForeignKey("ship.id", ondelete="CASCADE"), nullable=False, index=True)
    harbour = sa.Column(sa.String(80), nullable=False)
    fare = sa.Column(sa.Numeric(8, 2))
    is_done = sa.Column(FLAG, nullable=False, server_default=sa.text("false"))
    state = sa.Column(STATE)
    ship = relationship("Ship", back_populates="voyages")
