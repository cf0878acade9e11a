import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

from shop.types import Money

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
Base = declarative_base(metadata=sa.MetaData(naming_convention=CONVENTION))


class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False, index=True)
    email = sa.Column(sa.String(120), unique=True)
    balance = sa.Column(Money, nullable=False, server_default="0")
    is_active = sa.Column(sa.Boolean, nullable=False, server_default=sa.true())
    __table_args__ = (sa.CheckConstraint("balance >= 0", name="not_overdrawn"),)


class Order(Base):
    __tablename__ = "order"
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False)


class Legacy(Base):
    """Kept by another program: env.py leaves it out."""

    __tablename__ = "legacy_import"
    id = sa.Column(sa.Integer, primary_key=True)
