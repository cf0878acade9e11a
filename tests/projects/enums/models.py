import enum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, ENUM
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Mood(enum.Enum):
    CALM = "calm"
    HAPPY = "happy"
    TIRED = "tired"


class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)
    mood = sa.Column(ENUM(Mood, name="mood"), server_default="CALM")
    past = sa.Column(ARRAY(ENUM(Mood, name="mood")))
