"""Tables of each tenant, in the schema ``tenant`` by name only, and one that all of them share."""

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base(metadata=sa.MetaData(schema="tenant"))


class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)
    email = sa.Column(sa.String(120))


class Letter(Base):
    __tablename__ = "letter"
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("tenant.person.id"), nullable=False)
