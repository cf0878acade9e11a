"""A type that an extension brings: pgvector's ``vector``."""

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import UserDefinedType

Base = declarative_base()


class Vector(UserDefinedType):
    cache_ok = True

    def __init__(self, dimensions):
        self.dimensions = dimensions

    def get_col_spec(self, **options):
        return f"vector({self.dimensions})"


class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)
    face = sa.Column(Vector(3))
    __table_args__ = (
        sa.Index(
            "ix_person_face",
            "face",
            postgresql_using="hnsw",
            postgresql_ops={"face": "vector_l2_ops"},
        ),
    )
