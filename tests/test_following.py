"""What the text of a revision file does, in the order in which it would run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from schema.archaeology.following import done_by


def test_what_a_function_within_upgrade_does_is_followed() -> None:
    text = dedent("""
        from alembic import op

        def upgrade():
            def rename(old, new):
                op.rename_table(old, new)

            rename("person", "people")
    """)
    assert [(done.line, done.mention.verb, done.mention.name) for done in done_by(text)] == [
        (6, "drop", "person"),
        (6, "make", "people"),
    ]


@pytest.mark.parametrize(
    ("condition", "dialect", "lines"),
    [
        ("op.get_bind().dialect.name == 'sqlite'", "sqlite", [8]),
        ("op.get_bind().dialect.name == 'sqlite'", "postgresql", [10]),
        ("op.get_bind().dialect.name == 'sqlite'", "", [8, 10]),
        ("'sqlite' != op.get_context().dialect.name", "postgresql", [8]),
        ("kind in ('mysql', 'sqlite')", "postgresql", [10]),
        ("kind not in {'mysql', 'sqlite'}", "postgresql", [8]),
        ("kind == 'mysql'", "mariadb", [8, 10]),
        ("kind in ('mysql', 'mariadb')", "mariadb", [8]),
        ("kind == 'oracle'", "mariadb", [10]),
        ("not kind == 'sqlite' and has_users()", "sqlite", [10]),
        ("kind == 'sqlite' and has_users()", "sqlite", [8, 10]),
        ("kind == 'sqlite' or has_users()", "sqlite", [8]),
        ("kind == 'sqlite' or has_users()", "postgresql", [8, 10]),
        ("user.name == 'sqlite'", "postgresql", [8, 10]),
        ("kind.startswith('sq')", "postgresql", [8, 10]),
    ],
)
def test_of_a_condition_that_asks_for_the_kind_of_database_one_way_is_read(
    condition: str, dialect: str, lines: list[int]
) -> None:
    text = dedent(f"""
        from alembic import op

        def upgrade():
            bind = op.get_bind()
            kind = bind.engine.name
            if {condition}:
                op.drop_table("one")
            else:
                op.drop_table("other")
    """)
    assert [done.line for done in done_by(text, dialect)] == lines
