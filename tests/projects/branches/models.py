import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Member(Base):
    __tablename__ = "member"
    id = sa.Column(sa.Integer, primary_key=True)
    full_name = sa.Column(sa.String(50), nullable=False)
    phone = sa.Column(sa.String(30))
    city = sa.Column(sa.String(40))


class Visit(Base):
    __tablename__ = "visit"
    id = sa.Column(sa.Integer, primary_key=True)
    member_id = sa.Column(sa.Integer, nullable=False)
