import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Reading(Base):
    """Measured values, a partition for each year; the partitions are made by revisions."""

    __tablename__ = "reading"
    __table_args__ = ({"postgresql_partition_by": "RANGE (taken_on)"},)
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    taken_on = sa.Column(sa.Date, primary_key=True)
    value = sa.Column(sa.Numeric, nullable=False)
