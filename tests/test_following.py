"""What the text of a revision file does, in the order in which it would run."""

from __future__ import annotations

from textwrap import dedent

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
