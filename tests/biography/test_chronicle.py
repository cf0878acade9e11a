"""Tables and columns over time: what was born, changed and died at which revision."""

from __future__ import annotations

from schema.biography import chronicle_of
from tests.biography.conftest import Past


def lived(past: Past) -> Past:
    past.revision(
        "a1", "op.create_table('users', sa.Column('id', sa.Integer), sa.Column('x', sa.Text))"
    )
    past.revision("b2", "op.create_table('posts', sa.Column('id', sa.Integer))")
    past.revision("c3", "op.rename_table('users', 'people')\nop.drop_column('people', 'x')")
    past.revision("d4", "op.execute('SELECT 1')")
    return past.revision("e5", "op.drop_table('posts')")


def test_a_row_for_each_table_with_its_marks(past: Past) -> None:
    found = chronicle_of(lived(past))
    people, posts = found.tables
    assert (people.names, people.born, people.died) == (("users", "people"), 0, None)
    assert [(mark.step, mark.change) for mark in people.marks] == [(0, "added"), (2, "renamed")]
    assert (posts.born, posts.died) == (1, 4)
    assert [(row.label, row.born, row.died) for row in people.columns] == [
        ("people.id", 0, None),
        ("users.x", 0, 2),
    ]
    assert repr(found) == "<Chronicle of 5 revisions: 1 tables, 1 that are gone>"


def test_the_busiest_tables_come_first(past: Past) -> None:
    found = chronicle_of(lived(past))
    assert [(item.table, item.revisions, item.changes) for item in found.busiest] == [
        ("people", 2, 3),
        ("posts", 2, 2),
    ]
    assert found.busiest[0].last.id == "c3"


def test_the_calendar_counts_by_month_and_author(past: Past) -> None:
    found = chronicle_of(lived(past))
    assert [(item.month, item.author, dict(item.tables)) for item in found.calendar] == [
        ("2024-01", "", {"people": 1}),
        ("2024-02", "", {"posts": 1}),
        ("2024-03", "", {"people": 1}),
        ("2024-04", "", {}),
        ("2024-05", "", {"posts": 1}),
    ]
    frame = found.calendar_frame()
    assert list(frame["table"]) == ["people", "posts", "people", "posts"]


def test_the_frame_has_a_row_for_each_change(past: Past) -> None:
    frame = chronicle_of(lived(past)).frame()
    dropped = frame[frame["change"] == "removed"]
    assert list(zip(dropped["table"], dropped["column"], strict=True)) == [
        ("people", "x"),
        ("posts", ""),
        ("posts", "id"),
    ]
    assert chronicle_of(past).to_dict()["tables"][0]["marks"][1]["step"] == 2
