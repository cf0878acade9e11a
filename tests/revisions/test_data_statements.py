"""What a revision's text does to data is read from it, with the line, and nothing is run."""

from __future__ import annotations

import pytest

from schema.revisions import data_statements

HEAD = """
import sqlalchemy as sa
from alembic import op

people = sa.table("people", sa.column("name"))
FILL = "UPDATE people SET name = 'x'"


class Pet(Base):
    __tablename__ = "pets"

"""


def told(up: str, down: str = "pass") -> list[tuple[str, str, str | None]]:
    text = f"{HEAD}\ndef upgrade():\n    {up}\n\ndef downgrade():\n    {down}\n"
    return [(item.direction, item.change, item.table) for item in data_statements(text)]


@pytest.mark.parametrize(
    ("statement", "change", "table"),
    [
        ('op.bulk_insert(people, [{"name": "Ada"}])', "insert", "people"),
        ('op.bulk_insert(sa.table("inline"), rows)', "insert", "inline"),
        ("op.execute(people.insert().values(name='x'))", "insert", "people"),
        ("op.execute(sa.update(people).values(name='x'))", "update", "people"),
        ("connection.execute(delete(people))", "delete", "people"),
        ("op.execute(sa.delete(Pet).where(Pet.id == 1))", "delete", "pets"),
        ('op.execute("DELETE FROM people")', "delete", "people"),
        ('op.execute("""\n  -- tidy up\n  UPDATE people SET name = 1""")', "update", "people"),
        ('op.get_bind().execute(sa.text("insert into people values (1)"))', "insert", "people"),
        ('op.execute("INSERT INTO shop.people SELECT * FROM old")', "insert", "shop.people"),
        ('op.execute("TRUNCATE TABLE people")', "delete", "people"),
        ("op.execute(FILL)", "update", "people"),
        ('op.execute(f"UPDATE {table} SET name = 1")', "update", None),
        ('op.execute("UPDATE %s SET name = 1" % table)', "update", None),
        ('op.execute("WITH x AS (SELECT 1) INSERT INTO people SELECT 2")', "insert", "people"),
        ('op.execute("WITH x AS (DELETE FROM people RETURNING *) SELECT 1")', "delete", None),
        ("session.query(Pet).filter(Pet.id == 1).update({})", "update", "pets"),
        ("session.add(Pet(name='x'))", "insert", "pets"),
    ],
)  # fmt: skip
def test_a_statement_is_told_with_its_table(statement: str, change: str, table: str | None) -> None:
    assert told(statement) == [("up", change, table)]
    assert told("pass", statement) == [("down", change, table)]


@pytest.mark.parametrize(
    "statement",
    [
        '"""Update the people set before."""',
        'op.create_table("people", sa.Column("name"))',
        'print("Update your config first")',
        'print("Insert a coin")',
        "options.update({1: 2})",
        "found.insert(0, people)",
        "batch.delete()",
        "names.add(1)",
        'op.execute("CREATE TABLE people (name TEXT)")',
        'op.execute("SELECT * FROM people")',
    ],
)
def test_what_is_no_change_of_data_is_not_told(statement: str) -> None:
    assert told(statement) == []


def test_line_source_and_count_of_rows_are_those_of_the_text() -> None:
    text = (
        'def upgrade():\n    op.bulk_insert(\n        sa.table("t"),\n'
        '        [{"a": 1}, {"a": 2}],\n    )\n'
    )
    (found,) = data_statements(text)
    assert (found.line, found.rows) == (2, 2)
    assert found.source.splitlines()[:2] == ["op.bulk_insert(", '    sa.table("t"),']
    assert found.to_dict()["table"] == "t"


def test_a_function_that_is_called_counts_for_the_way_that_calls_it() -> None:
    text = (
        'def fill():\n    op.execute("DELETE FROM a")\n\n'
        "def unused():\n    op.execute('DELETE FROM b')\n\n"
        "def upgrade():\n    if True:\n        fill()\n\n"
        "def downgrade():\n    op.execute('DELETE FROM c')\n"
    )
    assert [(item.direction, item.table, item.line) for item in data_statements(text)] == [
        ("up", "a", 2),
        ("down", "c", 12),
    ]


@pytest.mark.parametrize("text", ["def upgrade(:", "\0", "x = " + "(" * 2000])
def test_what_is_no_python_changes_nothing(text: str) -> None:
    assert data_statements(text) == ()
