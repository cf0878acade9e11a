"""Tables in three schemas, of which the project's people look after two."""

import enum

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class State(enum.Enum):
    OPEN = "open"
    PAID = "paid"


class Person(Base):
    __tablename__ = "person"
    __table_args__ = ({"schema": "crm"},)
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)


class Bill(Base):
    __tablename__ = "bill"
    __table_args__ = ({"schema": "money"},)
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("crm.person.id"), nullable=False, index=True)
    state = sa.Column(sa.Enum(State, name="bill_state", schema="money"), nullable=False)


class Note(Base):
    __tablename__ = "note"
    id = sa.Column(sa.Integer, primary_key=True)
    bill_id = sa.Column(sa.ForeignKey("money.bill.id"))
    text = sa.Column(sa.Text, nullable=False)
