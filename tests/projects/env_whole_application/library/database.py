from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Of all models."""


engine = create_engine("sqlite:///live.db")
