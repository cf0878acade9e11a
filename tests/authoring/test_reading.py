"""What Alembic made, next to what it cannot see, and the offers to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schema.authoring import Draft, Reading, read_operations

if TYPE_CHECKING:
    from schema.project import Project

MAIL = "    mail = Column(String(80))\n"


def unseen(reading: Reading) -> list[str]:
    return [item.words for item in reading.unseen]


def test_a_rename_is_seen_as_what_it_is_and_offered_as_one(drafted: Draft) -> None:
    drafted.edit("shop.py", drafted.text("shop.py").replace("mail =", "address ="))
    reading = drafted.autogenerate("rename")
    assert [item.name for item in reading.operations] == ["add_column", "drop_column"]
    [only] = reading.unseen
    assert only.difference.renamed_from == "mail"
    assert "its values are lost" in only.why
    mended = drafted.mend(reading.mend("rename column customer.mail"))
    assert [item.words for item in mended.operations] == [
        "Column customer.mail: renames it to address."
    ]
    assert mended.is_complete
    trip = drafted.rehearse(made_up=True).trip
    assert trip is not None
    assert trip.is_clean, "no value is lost"


def test_a_renamed_table_keeps_its_rows(drafted: Draft) -> None:
    text = drafted.text("shop.py")
    drafted.edit("shop.py", text.replace('"invoice"', '"bill"'))
    reading = drafted.autogenerate("rename")
    assert unseen(reading) == [reading.unseen[0].difference.describe()]
    mended = drafted.mend(reading.mend("rename table invoice"))
    assert [item.words for item in mended.operations] == ["Renames table invoice to bill."]
    assert mended.is_complete, mended


def test_what_sqlite_hides_is_found_and_can_be_added(drafted: Draft) -> None:
    """A server default, a check, the primary key's columns, AUTOINCREMENT: none is compared."""
    text = drafted.text("shop.py").replace(
        "number = Column(String(20), nullable=False)",
        "number = Column(String(20, collation='NOCASE'), nullable=False, server_default='none')\n"
        "    __table_args__ = (CheckConstraint('length(number) > 2', name='long'),\n"
        "                      {'sqlite_autoincrement': True})",
    )
    drafted.edit("shop.py", text.replace("import Column", "import CheckConstraint, Column"))
    reading = drafted.autogenerate("hidden")
    assert reading.operations == ()
    assert not reading.is_empty, "Alembic sees nothing, and there is something"
    said = "; ".join(unseen(reading))
    for words in ("check", "default", "NOCASE", "autoincrement"):
        assert words in said
    mended = drafted.mend(reading.mend("add"))
    assert mended.is_complete, mended


def test_what_a_revision_does_besides_is_told(drafted: Draft) -> None:
    """An earlier revision made a table that is in no model: Alembic takes it away."""
    first = "migrations/versions/ccc333_change.py"
    made = 'op.execute("CREATE TABLE legacy (id INTEGER PRIMARY KEY)"); op.create_table('
    drafted.edit(first, drafted.text(first).replace("op.create_table(", made, 1))
    new = f"{MAIL}{MAIL.replace('mail', 'post')}"
    drafted.edit("shop.py", drafted.text("shop.py").replace(MAIL, new))
    reading = drafted.autogenerate("besides")
    [only] = reading.besides
    assert only.describe().startswith("table legacy: removed")
    mended = drafted.mend(reading.mend("leave table legacy"))
    assert not mended.besides
    assert "legacy" not in mended.text


def test_a_column_that_must_not_be_null_fails_with_rows_until_it_is_filled(drafted: Draft) -> None:
    new = MAIL + "    points = Column(Integer, nullable=False)\n"
    drafted.edit("shop.py", drafted.text("shop.py").replace(MAIL, new))
    reading = drafted.autogenerate("points")
    assert reading.error is None, "on an empty table it works"
    rules = {item.rule for item in reading.hazards_of(reading.operations[0])}
    assert "not-null-without-default" in rules
    failed = drafted.rehearse(made_up=True)
    assert failed.steps[-1].failed
    default = drafted.mend(reading.mend("give"))
    assert unseen(default) == ["column customer.points: default 0 → none"]
    rehearsal = drafted.rehearse(made_up=True)
    assert not rehearsal.steps[-1].failed


def test_operations_are_read_from_source_without_running_it() -> None:
    text = """
def upgrade():
    op.create_table("a", sa.Column("id", sa.Integer()), sa.Column("b", sa.Text()))
    with op.batch_alter_table("t", schema=None) as batch_op:
        batch_op.add_column(sa.Column("c", sa.Integer(), server_default="1", nullable=False))
        batch_op.alter_column("d", existing_type=sa.Integer(), type_=sa.Text(), nullable=True)
        batch_op.create_foreign_key(None, "u", ["c"], ["id"])
        batch_op.create_index(batch_op.f("ix_t_c"), ["c"], unique=True)
    op.drop_constraint("x", "t", type_="foreignkey")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE t SET c = 2")
    op.rename_table("t", "v")


def downgrade():
    raise NotImplementedError
"""
    found = read_operations(text)
    assert [item.words for item in found] == [
        "Creates table a with the columns id, b.",
        "Adds column t.c, Integer(), NOT NULL, default 1.",
        "Column t.d: changes its type from Integer() to Text(), lets it be NULL.",
        "Adds a foreign key from t (c) to u (id), without a name.",
        "Creates unique index ix_t_c on t (c).",
        "Drops the foreign key x of t.",
        "Runs SQL: UPDATE t SET c = 2",
        "Renames table t to v.",
    ]
    assert [item.line for item in found[:2]] == [3, 5]
    assert found[1].in_batch
    assert read_operations(text, "downgrade") == ()


@pytest.mark.postgresql
def test_enum_types_checks_and_names_on_postgresql(postgresql_project: Project) -> None:
    with Draft.start(postgresql_project) as draft:
        text = draft.text("models.py")
        text = text.replace('"a", "b",', '"a", "b", "c",').replace(
            "points = sa.Column(sa.Integer)",
            "points = sa.Column(sa.Integer, sa.CheckConstraint('points > 0', name='positive'))\n"
            "    mood = sa.Column(sa.Enum('x', 'y', name='mood'), nullable=False)\n"
            "    email = sa.Column(sa.String(20), unique=True)",
        )
        draft.edit("models.py", text)
        reading = draft.autogenerate("much")
        assert reading.error is not None
        assert 'type "mood" does not exist' in reading.error
        reading = draft.mend(reading.mend("create the enum type mood"))
        assert unseen(reading) == [
            "enum public.kind: labels (a, b) → (a, b, c)",
            "check public.customer.positive: added ((points > 0))",
        ]
        assert [item.describe() for item in reading.besides] == [
            "table public.legacy: removed (columns id)"
        ]
        for offer in ("name the constraints", "fill", "leave", "add 2 differences"):
            reading = draft.mend(reading.mend(offer))
        assert reading.is_complete, reading
        assert "WARNING" not in reading.text


@pytest.mark.postgresql
def test_an_enum_type_that_the_way_back_leaves(postgresql_project: Project) -> None:
    table = (
        "\n\nclass Mood(Base):\n    __tablename__ = 'mood'\n"
        "    id = sa.Column(sa.Enum('x', 'y', name='feeling'), primary_key=True)\n"
    )
    with Draft.start(postgresql_project) as draft:
        draft.edit("models.py", draft.text("models.py") + table)
        reading = draft.autogenerate("moods")
        assert "enum public.feeling: added (x, y)" in [i.describe() for i in reading.not_undone]
        assert reading.again_error is not None
        reading = draft.mend(reading.mend("drop the enum type feeling"))
        assert not reading.not_undone
        assert reading.again_error is None
