import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

naming = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
Base = declarative_base(metadata=sa.MetaData(naming_convention=naming))


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (sa.CheckConstraint("age >= 0", name="age"),)
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)
    email = sa.Column(sa.String(120), unique=True)
    age = sa.Column(sa.Integer)
    boss_id = sa.Column(sa.ForeignKey("person.id"), index=True)
