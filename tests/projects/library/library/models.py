"""The library in declarative style, as it runs on SQLAlchemy 1.4 and 2.x."""

import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    backref,
    column_property,
    declarative_base,
    foreign,
    relationship,
    synonym,
    validates,
)

Base = declarative_base()


class Shelf(enum.Enum):
    """Where a book is kept."""

    OPEN = "open"
    STACKS = "stacks"


class Shouted(sa.TypeDecorator):
    """Text that is kept in capitals."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value.upper()


class Dated:
    """What is known of when a row was made."""

    #: When the row was made, in UTC.
    made = sa.Column(sa.DateTime, server_default=sa.func.current_timestamp())


def new_code():
    return uuid.uuid4().hex


book_subject = sa.Table(
    "book_subject",
    Base.metadata,
    sa.Column("book_id", sa.ForeignKey("book.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("subject_id", sa.ForeignKey("subject.id"), primary_key=True),
    comment="Which books are about what.",
)


class Reader(Dated, Base):
    """Somebody who may borrow. ``mail`` is where reminders go."""

    __tablename__ = "reader"

    id = sa.Column(sa.Integer, primary_key=True)
    mail = sa.Column(sa.String(120), nullable=False, unique=True)
    full_name = sa.Column("name", sa.String(80), nullable=False, comment="As on the card.")
    """The name as the reader writes it."""
    code = sa.Column(sa.String(32), default=new_code, onupdate=new_code, doc="On the card.")
    kind = sa.Column(sa.String(10), nullable=False, default="adult", info={"owner": "desk"})

    loans = relationship("Loan", back_populates="reader", cascade="all, delete-orphan",
                         passive_deletes=True, order_by="Loan.due")  # fmt: skip
    card = relationship("Card", back_populates="reader", uselist=False)
    address = synonym("mail")
    titles = association_proxy("loans", "book")

    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "adult"}  # noqa: RUF012

    @validates("mail")
    def has_an_at(self, key, value):
        """A mail address has an @ in it."""
        assert "@" in value
        return value

    @hybrid_property
    def initial(self):
        """The first letter of the name."""
        return self.full_name[0]


class Child(Reader):
    """A reader under 14: the same table."""

    guardian_id = sa.Column(sa.ForeignKey("reader.id"))
    guardian = relationship("Reader", remote_side=Reader.id, backref=backref("wards"))

    __mapper_args__ = {"polymorphic_identity": "child"}  # noqa: RUF012


class Scholar(Reader):
    __tablename__ = "scholar"

    id = sa.Column(sa.ForeignKey("reader.id"), primary_key=True)
    field = sa.Column(Shouted)

    __mapper_args__ = {"polymorphic_identity": "scholar"}  # noqa: RUF012


class Card(Base):
    __tablename__ = "card"
    id = sa.Column(sa.Integer, primary_key=True)
    reader_id = sa.Column(sa.ForeignKey("reader.id"), nullable=False)
    reader = relationship("Reader", back_populates="card")


class Subject(Base):
    __tablename__ = "subject"
    id = sa.Column(sa.Integer, primary_key=True)
    word = sa.Column(sa.String(40), nullable=False)


class Book(Base):
    """A book that can be borrowed."""

    __tablename__ = "book"

    id = sa.Column(sa.Integer, primary_key=True)
    title = sa.Column(sa.String(200), nullable=False, index=True)
    shelf = sa.Column(sa.Enum(Shelf, name="shelf"), nullable=False, server_default="OPEN")
    shouted = column_property(sa.func.upper(title))
    publisher_no = sa.Column(sa.Integer)

    subjects = relationship(Subject, secondary=book_subject, backref="books")
    loans = relationship("Loan", back_populates="book", doc="All loans, also past ones.")


class Loan(Base):
    __tablename__ = "loan"
    __table_args__ = (
        sa.CheckConstraint("days > 0", name="days_are_some"),
        sa.Index("ix_loan_book", "book_id"),
        sa.Index("ix_loan_book_due", "book_id", "due"),
    )

    id = sa.Column(sa.Integer, primary_key=True)
    book_id = sa.Column(sa.ForeignKey("book.id"), nullable=False)
    reader_id = sa.Column(sa.ForeignKey("reader.id"), nullable=False)
    due = sa.Column(sa.Date)
    days = sa.Column(sa.Integer, nullable=False, default=14)
    desk_id = sa.Column(sa.Integer, sa.ForeignKey("desk.id"))

    book = relationship("Book", back_populates="loans")
    reader = relationship("Reader", back_populates="loans")


class Desk(Base):
    __tablename__ = "desk"
    id = sa.Column(sa.Integer, primary_key=True)
    hall = sa.Column(sa.Integer)
    # No foreign key in the database: halls come from another system.
    books = relationship(
        Book, primaryjoin=lambda: foreign(Book.publisher_no) == Desk.hall, viewonly=True
    )


class Script(Base):
    """A table with <b>a name</b> that no page may take for markup."""

    __tablename__ = "<script>"
    id = sa.Column(sa.Integer, primary_key=True)
    alert = sa.Column("<img src=x onerror=alert(1)>", sa.String(20), comment="<i>mine</i>")
