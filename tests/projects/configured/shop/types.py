"""A type of the project's own, which env.py has rendered by its short name."""

import sqlalchemy as sa


class Money(sa.TypeDecorator):
    """Cents."""

    impl = sa.Integer
    cache_ok = True
