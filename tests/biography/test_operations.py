"""The operation in a revision's file that made a difference, by its line and its source."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from schema.biography import Operation, operation_for
from schema.compare import Difference

PATH = Path("1_.py")


def found(up: str, change: Difference, more: str = "", head: str = "") -> Operation | None:
    """In a file whose ``upgrade()`` begins in line 4."""
    body = "\n".join(f"    {line}" for line in dedent(up).strip().splitlines())
    first = f"import sqlalchemy as sa; from alembic import op, context; {head}"
    text = f"{first}\n\ndef upgrade():\n{body}\n\n{dedent(more)}"
    return operation_for(change, text, PATH)


def line(*arguments: object, **more: str) -> int | None:
    told = found(*arguments, **more)  # type: ignore[arg-type]
    return None if told is None else told.line


def change(
    kind: str, table: str | None, name: str, how: str = "added", **properties: tuple[object, object]
) -> Difference:
    pairs = {key: value for key, value in properties.items() if key != "renamed_from"}
    return Difference(kind, None, table, name, how, pairs)  # type: ignore[arg-type]


def renamed(kind: str, table: str | None, old: str, new: str) -> Difference:
    return Difference(kind, None, table, new, "renamed", {"name": (old, new)}, renamed_from=old)


COLUMN = change("column", "users", "mail")
GONE = change("column", "users", "mail", "removed")
NULLABLE = change("column", "users", "mail", "changed", nullable=(True, False))


@pytest.mark.parametrize(
    ("up", "wanted"),
    [
        ("op.add_column('users', sa.Column('mail', sa.Text))", COLUMN),
        ("op.add_column(column=sa.Column('mail', sa.Text), table_name='users')", COLUMN),
        ("op.drop_column('users', 'mail')", GONE),
        ("op.alter_column('users', 'mail', nullable=False)", NULLABLE),
        ("op.drop_table('users')", GONE),
        ("op.execute('ALTER TABLE users ADD COLUMN mail text')", COLUMN),
        ("op.execute(sa.text('ALTER TABLE \"users\" DROP mail'))", GONE),
        ("op.get_bind().execute(sa.text('alter table users alter mail set not null'))", NULLABLE),
        ("op.alter_column('users', 'post', new_column_name='mail')",
         renamed("column", "users", "post", "mail")),
        ("op.execute('ALTER TABLE users RENAME post TO mail')",
         renamed("column", "users", "post", "mail")),
        ("op.rename_table('people', 'users')", renamed("table", None, "people", "users")),
        ("op.create_index('ix_mail', 'users', ['mail'])", change("index", "users", "ix_mail")),
        ("op.execute('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix_mail ON users (mail)')",
         change("index", "users", "ix_mail")),
        ("op.create_foreign_key('fk', 'users', 'posts', ['post'], ['id'])",
         change("foreign key", "users", "fk")),
        ("op.create_unique_constraint(None, 'users', ['mail'])",
         change("unique", "users", "unique (mail)", columns=(None, ("mail",)))),
        ("op.execute('CREATE OR REPLACE VIEW grown AS SELECT 1')", change("view", None, "grown")),
        ("op.execute('DROP VIEW grown')", change("view", None, "grown", "removed")),
        ("op.execute('CREATE TRIGGER t BEFORE UPDATE ON users BEGIN SELECT 1; END')",
         change("trigger", "users", "t")),
        ("sa.Enum('A', name='kind').create(op.get_bind())", change("enum", None, "kind")),
        ("op.execute(\"ALTER TYPE kind ADD VALUE 'B'\")",
         change("enum", None, "kind", "changed", labels=(("A",), ("A", "B")))),
        ("op.execute('CREATE SEQUENCE numbers')", change("sequence", None, "numbers")),
        ("op.add_column('users', sa.Column('mail', sa.Text, unique=True))",
         change("unique", "users", "unique (mail)", columns=(None, ("mail",)))),
        ("op.add_column('users', sa.Column('post', sa.Integer, sa.ForeignKey('posts.id')))",
         change("foreign key", "users", "x", columns=(None, ("post",)))),
        ("op.create_table_comment('users', 'who logs in')",
         change("table", None, "users", "changed", comment=(None, "who logs in"))),
    ],
)  # fmt: skip
def test_one_operation_is_found_among_others(up: str, wanted: Difference) -> None:
    others = (
        "op.create_table('other', sa.Column('mail', sa.Text))\n"
        "op.add_column('other', sa.Column('mail', sa.Text))\n"
    )
    told = found(f"{others}{up}\nop.drop_column('other', 'mail')", wanted)
    assert told == Operation(PATH, 6, told.text if told else "")
    assert told.text.startswith(up.partition("(")[0].split(".create")[0][:6])
    assert found(others, wanted) is None


def test_a_column_has_its_own_line_in_a_table() -> None:
    told = found(
        """
        op.create_table(
            "users",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("mail", sa.Text),
            sa.UniqueConstraint("mail", name="uq_mail"),
        )
        """,
        COLUMN,
    )
    assert told == Operation(PATH, 7, 'op.create_table("users", … sa.Column("mail", sa.Text) …)')


def test_a_batch_block_gives_its_calls_their_table() -> None:
    up = """
    with op.batch_alter_table("other") as batch_op:
        batch_op.alter_column("mail", nullable=False)
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.alter_column("mail", nullable=False)
    """
    assert line(up, NULLABLE) == 7


def test_of_two_calls_the_one_counts_that_changes_the_property() -> None:
    up = """
    op.alter_column("users", "mail", type_=sa.String(80))
    op.alter_column("users", "mail", nullable=False)
    """
    assert line(up, NULLABLE) == 5
    typed = change("column", "users", "mail", "changed", type=("a", "b"))
    assert line(up, typed) == 4


def test_a_function_of_the_file_is_followed_with_what_it_is_given() -> None:
    more = """
    def add_to(table, *names):
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text))

    def downgrade():
        op.add_column("users", sa.Column("mail", sa.Text))
    """
    told = found("add_to('other', 'mail')\nadd_to('users', 'post', 'mail')", COLUMN, more)
    assert told is not None
    assert (told.line, told.text) == (10, "op.add_column(table, sa.Column(name, sa.Text))")
    assert told.here == "op.add_column('users', sa.Column('mail', sa.Text))"


@pytest.mark.parametrize(
    "loop",
    [
        "for name in ('post', 'mail'):",
        "for name in NAMES:",
        "for number, name in enumerate(['post', 'mail']):",
        "for name in [f'{first}l' for first in ()] or ():\n    pass\nfor name in sorted(NAMES):",
        "for name, of in {'mail': sa.Text}.items():",
    ],
)
def test_a_loop_is_told_by_the_line_of_its_call(loop: str) -> None:
    up = f"{loop}\n    op.add_column('users', sa.Column(name, sa.Text))"
    told = found(up, COLUMN, head="NAMES = ['post', 'ma' + 'il']")
    assert told is not None
    assert told.line == 4 + loop.count("\n") + 1
    assert "'mail'" in told.here


def test_another_name_for_op_and_a_variable_do_no_harm() -> None:
    up = """
    column = sa.Column("mail", sa.Text)
    o.add_column("users", column)
    """
    assert line(up, COLUMN, head="from alembic import op as o") == 5


def test_a_statement_of_many_has_its_own_line() -> None:
    up = '''
    op.execute("""
        CREATE TABLE posts (id int);
        ALTER TABLE users
            ADD COLUMN mail text;
    """)
    '''
    told = found(up, COLUMN)
    assert told is not None
    assert told.line == 6
    assert told.text == "op.execute: ALTER TABLE users\n            ADD COLUMN mail text;"


def test_a_statement_from_a_list_is_told_with_the_call_that_runs_it() -> None:
    up = "for statement in SQL:\n    op.execute(statement)"
    head = "SQL = ['CREATE VIEW a AS SELECT 1', 'CREATE VIEW grown AS SELECT 2']"
    told = found(up, change("view", None, "grown"), head=head)
    assert told is not None
    assert (told.line, told.text) == (5, "op.execute: CREATE VIEW grown AS SELECT 2")


def test_a_name_from_elsewhere_is_no_more_than_a_guess() -> None:
    up = "for name in inspect():\n    op.add_column('users', sa.Column(name, sa.Text))"
    told = found(up, COLUMN)
    assert told is not None
    assert (told.line, told.is_sure) == (5, False)
    twice = up + "\nop.add_column('users', sa.Column(other(), sa.Text))"
    assert found(twice, COLUMN) is None


def test_what_cannot_be_told_is_none() -> None:
    assert found("Base.metadata.create_all(op.get_bind())", COLUMN) is None
    assert found("op.execute(SOMETHING)", COLUMN) is None
    assert operation_for(COLUMN, "def upgrade(:", PATH) is None


def test_another_schema_is_another_table() -> None:
    up = """
    op.add_column("users", sa.Column("mail", sa.Text), schema="billing")
    op.add_column("users", sa.Column("mail", sa.Text), schema="shop")
    """
    shop = Difference("column", "shop", "users", "mail", "added")
    assert line(up, shop) == 5


def test_a_long_call_is_cut() -> None:
    columns = "\n".join(f'    sa.Column("c{n}", sa.Text),' for n in range(40))
    told = found(f'op.create_table(\n    "users",\n{columns}\n)', change("table", None, "users"))
    assert told is not None
    assert told.text.endswith("…")
    assert len(told.text.splitlines()) == 13


def test_a_loop_without_an_end_is_not_followed_for_ever() -> None:
    more = "def again(name):\n    again(name)\n    again(name)\n"
    assert found("again('a')\nop.drop_column('users', 'mail')", GONE, more) is not None


def test_a_table_whose_name_is_taken_from_elsewhere_is_known_by_its_columns() -> None:
    made = """
        op.create_table(models.User.__tablename__, sa.Column("id"), sa.Index(None, "id"))
        op.create_table(models.Post.__tablename__, sa.Column("id"), sa.Column("text"))
    """
    told = found(made, change("table", None, "posts", columns=(None, ("id", "text"))))
    assert told is not None
    assert (told.line, told.is_sure) == (5, False)
    assert line(made, change("table", None, "posts", columns=(None, ("id", "other")))) is None


def test_the_operation_is_that_of_the_database_it_was_seen_on() -> None:
    text = (
        "def upgrade():\n"
        "    if op.get_bind().dialect.name == 'sqlite':\n"
        "        op.drop_column('users', 'mail')\n"
        "    else:\n"
        "        op.drop_column('users', 'mail')\n"
    )
    told = [operation_for(GONE, text, PATH, dialect=each) for each in ("sqlite", "postgresql")]
    assert [each and each.line for each in told] == [3, 5]
