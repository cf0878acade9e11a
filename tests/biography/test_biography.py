"""The life of a table, a column, a key: followed through its names, in files that really ran."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.biography import Biography, biography_of, chronicle_of, dropped_of
from schema.compare import compare
from schema.errors import WorkbenchError
from tests.biography.conftest import Past

USERS = """
op.create_table(
    "users",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False),
    sa.Column("mail", sa.String(80)),
    sa.UniqueConstraint("mail", name="uq_mail"),
)
"""


def told(biography: Biography) -> list[tuple[str, str, str]]:
    """Revision, what it was done to, and what it was."""
    return [
        (entry.revision.id, f"{entry.difference.kind} {entry.difference.label}", entry.change)
        for entry in biography.entries
    ]


def test_a_column_is_told_from_its_birth_with_its_table_to_its_last_change(past: Past) -> None:
    past.revision("a1", USERS, message="Users").revision(
        "b2", "with op.batch_alter_table('users') as b:\n    b.alter_column('mail', nullable=False)"
    )
    found = biography_of(past, "users.mail")
    assert [(e.revision.id, e.what) for e in found.entries] == [
        ("a1", "added (VARCHAR(80)), with its table"),
        ("a1", "added (mail), with its table"),
        ("b2", "NOT NULL set"),
    ]
    first, unique, last = found.entries
    assert first.revision.message == "Users"
    assert first.operation is not None
    assert unique.operation is not None
    assert last.operation is not None
    assert first.operation.line == past.line("a1", 'sa.Column("mail"')
    assert unique.operation.line == past.line("a1", "UniqueConstraint")
    assert last.operation.line == past.line("b2", "alter_column")
    assert last.difference.properties == {"nullable": (True, False)}
    assert found.is_alive


@pytest.mark.parametrize("name", ["users.post", "users.mail", "accounts.post", "accounts.mail"])
def test_the_old_and_the_new_name_give_the_same_life(past: Past, name: str) -> None:
    past.revision("a1", USERS)
    past.revision("b2", "op.alter_column('users', 'mail', new_column_name='post')")
    past.revision("c3", "op.rename_table('users', 'accounts')")
    past.revision("d4", "op.drop_column('accounts', 'name')")
    if name in {"users.post", "accounts.post"}:
        found = biography_of(past, name)
    else:
        found = biography_of(past, "USERS.MAIL" if name == "users.mail" else "accounts.post")
    assert found.lives[0].names == ("users.mail", "users.post", "accounts.post")
    assert (found.label, found.is_alive) == ("accounts.post", True)
    assert told(found) == [
        ("a1", "column users.mail", "added"),
        ("a1", "unique users.uq_mail", "added"),
        ("b2", "column users.post", "renamed"),
        ("c3", "table accounts", "renamed"),
    ]
    assert found.entries[2].operation is not None
    assert found.entries[2].difference.confidence == 1.0


def test_a_table_tells_of_its_columns_under_all_its_names(past: Past) -> None:
    past.revision("a1", USERS)
    past.revision("b2", "op.add_column('users', sa.Column('age', sa.Integer))")
    past.revision("c3", "op.execute('ALTER TABLE users RENAME TO accounts')")
    past.revision("d4", "op.create_index('ix_age', 'accounts', ['age'])")
    past.revision("e5", "op.drop_index('ix_age')\nop.drop_column('accounts', 'age')")
    past.revision("f6", "op.drop_table('accounts')")
    for name in ("users", "accounts", "table Users"):
        assert told(biography_of(past, name)) == [
            ("a1", "table users", "added"),
            ("b2", "column users.age", "added"),
            ("c3", "table accounts", "renamed"),
            ("d4", "index accounts.ix_age", "added"),
            ("e5", "column accounts.age", "removed"),
            ("e5", "index accounts.ix_age", "removed"),
            ("f6", "table accounts", "removed"),
        ]
    assert told(biography_of(past, "accounts.mail"))[-1] == (
        "f6",
        "column accounts.mail",
        "removed",
    )


def test_a_table_that_was_there_before_the_first_revision_tells_of_its_columns(
    sqlite_url: str, folder: Path
) -> None:
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    sa.Table("customer", sa.MetaData(), sa.Column("id", sa.Integer)).create(engine)
    with closing(Past(sqlite_url, folder)) as past:
        past.revision("a1", "op.add_column('customer', sa.Column('mail', sa.Text))")
        past.revision("b2", "op.drop_column('customer', 'mail')")
        past.revision("c3", "op.create_index('ix_id', 'customer', ['id'])")
        found = biography_of(past, "customer")
        assert [life.born for life in found.lives] == [None]
        assert told(found) == [
            ("a1", "column customer.mail", "added"),
            ("b2", "column customer.mail", "removed"),
            ("c3", "index customer.ix_id", "added"),
        ]
        (row,) = chronicle_of(past).tables
        assert [mark.step for mark in row.marks] == [0, 1, 2]


def test_what_was_dropped_and_made_again_has_two_lives(past: Past) -> None:
    past.revision("a1", USERS)
    past.revision("b2", "op.add_column('users', sa.Column('age', sa.Integer))")
    past.revision("c3", "op.drop_column('users', 'age')")
    past.revision("d4", "op.add_column('users', sa.Column('age', sa.Text))")
    found = biography_of(past, "users.age")
    assert [(life.born and life.born.id, life.died and life.died.id) for life in found.lives] == [
        ("b2", "c3"),
        ("d4", None),
    ]
    assert [entry.life for entry in found.entries] == [1, 1, 2]
    assert [entry.change for entry in found.of_life(2)] == ["added"]


def test_a_table_that_is_made_anew_within_one_revision_is_told(past: Past) -> None:
    past.revision("a1", USERS)
    past.revision(
        "b2", "op.drop_table('users')\nop.create_table('users', sa.Column('id', sa.Text))"
    )
    past.revision("c3", "op.add_column('users', sa.Column('age', sa.Integer))")
    note = "revision b2 drops users and makes it anew"
    assert biography_of(past, "users").notes == (note,)
    assert biography_of(past, "users.id").notes == (note,)
    assert biography_of(past, "users.age").notes == ()


def test_a_name_that_went_to_another_thing_is_told_beside_it(past: Past) -> None:
    past.revision("a1", USERS)
    past.revision("b2", "op.rename_table('users', 'people')")
    past.revision("c3", "op.create_table('users', sa.Column('key', sa.Text))")
    found = biography_of(past, "users")
    assert told(found) == [("c3", "table users", "added")]
    assert found.notes == ("another thing had this name once: it is now table people",)


def test_a_rename_that_the_catalogs_leave_open_is_proved_by_the_file(past: Past) -> None:
    """Every column is another one afterwards: the comparison alone tells of a new table."""
    past.revision("a1", "op.create_table('one', sa.Column('a', sa.Text), sa.Column('b', sa.Text))")
    past.revision(
        "b2",
        """
        op.rename_table('one', 'two')
        for name in ('a', 'b'):
            op.alter_column('two', name, new_column_name=f'{name}{name}')
        op.add_column('two', sa.Column('c', sa.Integer))
        op.add_column('two', sa.Column('d', sa.Integer))
        op.add_column('two', sa.Column('e', sa.Integer))
        """,
    )
    assert {item.change for item in compare(*past.catalogs[-2:])} == {"added", "removed"}
    found = biography_of(past, "one")
    assert found.lives[0].names == ("one", "two")
    renamed = found.entries[1].difference
    assert (renamed.change, renamed.confidence) == ("renamed", 1.0)
    assert re.match(r"its file says so: line \d+", renamed.evidence[0])
    assert ("b2", "column two.c", "added") in told(found)
    columns = [entry for entry in found.entries if entry.difference.kind == "column"]
    assert {entry.difference.renamed_from for entry in columns if entry.change == "renamed"} == {
        "a",
        "b",
    }


def test_two_columns_that_swap_their_names_keep_their_lives(past: Past) -> None:
    past.revision("a1", "op.create_table('t', sa.Column('x', sa.Text), sa.Column('y', sa.Integer))")
    past.revision(
        "b2",
        """
        op.execute('ALTER TABLE t RENAME x TO z')
        op.execute('ALTER TABLE t RENAME y TO x')
        op.execute('ALTER TABLE t RENAME z TO y')
        """,
    )
    past.revision("c3", "op.drop_column('t', 'y')")
    found = biography_of(past, "t.x")
    assert [life.names for life in found.lives] == [("t.y", "t.x")]
    assert [entry.what for entry in found.entries] == [
        "added (INTEGER), with its table",
        "renamed from y (1.00: its file says so: line 15)",
    ]
    text = biography_of(past, "t.y")
    assert [life.names for life in text.lives] == [("t.x", "t.y")]
    assert text.entries[0].what == "added (TEXT), with its table"
    assert not text.is_alive


def test_two_tables_that_swap_their_names_keep_their_lives(past: Past) -> None:
    past.revision(
        "a1",
        """
        op.create_table('t', sa.Column('id', sa.Integer), sa.Column('x', sa.Text))
        op.create_table('u', sa.Column('id', sa.Integer), sa.Column('y', sa.Text))
        """,
    )
    past.revision(
        "b2", "op.rename_table('t', 'z')\nop.rename_table('u', 't')\nop.rename_table('z', 'u')"
    )
    assert [life.names for life in biography_of(past, "t").lives] == [("u", "t")]
    assert [life.names for life in biography_of(past, "u.x").lives] == [("t.x", "u.x")]
    whats = [entry.what for entry in biography_of(past, "u").entries]
    assert whats == ["added (columns id, x)", "renamed from t (1.00: its file says so: line 16)"]
    assert not dropped_of(past).items


def test_a_name_that_is_taken_over_leads_to_both_that_had_it(past: Past) -> None:
    past.revision("a1", USERS + "\nop.create_table('orders', sa.Column('id', sa.Integer))")
    past.revision(
        "b2",
        """
        op.rename_table('orders', 'orders_old')
        op.create_table('orders', sa.Column('id', sa.Integer))
        op.execute('ALTER TABLE users RENAME COLUMN name TO name_old')
        op.add_column('users', sa.Column('name', sa.Text))
        """,
    )
    past.revision("c3", "op.drop_table('orders')\nop.rename_table('orders_old', 'orders')")
    past.revision(
        "d4",
        """
        op.drop_column('users', 'name')
        op.execute('ALTER TABLE users RENAME COLUMN name_old TO name')
        """,
    )
    for name, old in (("orders", "orders_old"), ("users.name", "users.name_old")):
        first, second = biography_of(past, name).lives
        assert (first.names, first.died) == ((old, name), None)
        end = "c3" if name == "orders" else "d4"
        assert second.names == (name,)
        assert second.born is not None
        assert second.died is not None
        assert (second.born.id, second.died.id) == ("b2", end)
    assert [gone.life.label for gone in dropped_of(past).items] == ["users.name", "orders"]


def test_what_hangs_on_a_column_that_its_file_renames_is_not_dropped(past: Past) -> None:
    past.revision(
        "a1",
        USERS + "\nop.create_table('orders', sa.Column('id', sa.Integer, primary_key=True),"
        " sa.Column('user_id', sa.Integer, sa.ForeignKey('users.id')))",
    )
    past.revision(
        "b2",
        """
        op.rename_table('orders', 'sales')
        with op.batch_alter_table('sales') as batch:
            batch.alter_column('user_id', new_column_name='buyer')
            batch.add_column(sa.Column('total', sa.Integer))
        """,
    )
    assert not dropped_of(past).items
    changes = [entry.change for entry in biography_of(past, "sales").entries]
    assert changes == ["added", "renamed", "renamed", "added"]


def test_a_name_with_dots_and_quotes_is_found_as_it_is_shown(past: Past) -> None:
    past.revision(
        "a1",
        """op.create_table("we'ird.tab`le", sa.Column('q"uote', sa.Text))\n""",
    )
    for name in ("we'ird.tab`le", """we'ird.tab`le.q"uote"""):
        assert biography_of(past, name).label == name


def test_an_index_a_view_and_a_trigger_have_biographies_too(past: Past) -> None:
    past.revision("a1", USERS + "\nop.create_index('ix_name', 'users', ['name'])")
    past.revision("b2", "op.execute('CREATE VIEW names AS SELECT name FROM users')")
    past.revision(
        "c3", "op.execute('CREATE TRIGGER stop BEFORE DELETE ON users BEGIN SELECT 1; END')"
    )
    past.revision("d4", "op.drop_index('ix_name')\nop.create_index('ix_name', 'users', ['mail'])")
    assert told(biography_of(past, "index ix_name")) == [
        ("a1", "index users.ix_name", "added"),
        ("d4", "index users.ix_name", "changed"),
    ]
    assert told(biography_of(past, "names")) == [("b2", "view names", "added")]
    assert told(biography_of(past, "users.stop", kind="trigger")) == [
        ("c3", "trigger users.stop", "added")
    ]
    assert told(biography_of(past, "uq_mail")) == [("a1", "unique users.uq_mail", "added")]
    assert told(biography_of(past, "constraint uq_mail"))[0][0] == "a1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("id", "means 2 things: column users.id, column posts.id"),
        ("users.nothing", "No revision ever made 'users.nothing'"),
        ("usrs", "Near it: users"),
        ("users.mial", "Near it: users.mail"),
        ("old_mails", "Near it: old_mail (dropped)"),
        ("users.nickname", "Near it: users.nick (dropped)"),
        ("usersname", "Near it: users.name"),
    ],
)
def test_a_name_that_means_nothing_or_several_things_is_explained(
    past: Past, name: str, said: str
) -> None:
    past.revision("a1", USERS)
    past.revision("b2", "op.create_table('posts', sa.Column('id', sa.Integer, primary_key=True))")
    past.revision("c3", "op.create_table('old_mail', sa.Column('x', sa.Integer))")
    past.revision("d4", "op.add_column('users', sa.Column('nick', sa.Text))")
    past.revision("e5", "op.drop_table('old_mail')\nop.drop_column('users', 'nick')")
    with pytest.raises(WorkbenchError) as caught:
        biography_of(past, name)
    assert said in str(caught.value)


def test_an_unknown_kind_is_refused(past: Past) -> None:
    with pytest.raises(WorkbenchError, match="'thing' is no kind of thing"):
        biography_of(past, "users", kind="thing")


def test_a_past_without_revisions_is_no_error_of_ours(past: Past) -> None:
    with pytest.raises(WorkbenchError, match="no revisions yet"):
        biography_of(past, "users")


def test_what_is_no_more_is_listed_with_its_birth_and_its_end(past: Past) -> None:
    past.revision("a1", USERS, message="Users")
    past.revision("b2", "op.create_index('ix_name', 'users', ['name'])")
    past.revision("c3", "op.drop_index('ix_name')", message="Slow")
    past.revision("d4", "op.create_table('old', sa.Column('x', sa.Text), sa.Column('y', sa.Text))")
    past.revision("e5", "op.drop_table('old')")
    past.revision("f6", "op.create_table('old', sa.Column('z', sa.Integer))")
    found = dropped_of(past)
    assert [(gone.life.kind, gone.life.label, gone.columns) for gone in found.items] == [
        ("table", "old", ("x", "y")),
        ("index", "users.ix_name", ()),
    ]
    table, index = found.items
    assert table.is_back
    assert not index.is_back
    row = found.frame().iloc[1]
    assert (row["born"], row["died"], row["died_message"]) == ("b2", "c3", "Slow")
    assert row["died_line"] == past.line("c3", "drop_index")
    assert found.to_dict()["dropped"][0]["death"]["revision"] == "e5"


def test_the_frame_has_a_row_for_each_entry(past: Past) -> None:
    past.revision("a1", USERS).revision("b2", "op.drop_column('users', 'name')")
    frame = biography_of(past, "users").frame()
    assert list(frame["revision"]) == ["a1", "b2"]
    assert list(frame["what"])[1] == "removed (VARCHAR(50), NOT NULL)"
    assert list(frame["operation"])[1] == "op.drop_column('users', 'name')"


def test_names_that_could_be_code_stay_text(past: Past) -> None:
    name = "<script>alert('x')</script>"
    past.revision("a1", f"op.create_table({name!r}, sa.Column('a.b', sa.Text))")
    found = biography_of(past, name)
    assert found.label == name
    assert biography_of(past, f'"{name}"."a.b"').kind == "column"


@pytest.mark.postgresql
def test_a_table_that_is_moved_to_another_schema_goes_on_living(postgresql_past: Past) -> None:
    past = postgresql_past
    past.revision("a1", f"op.execute('CREATE SCHEMA shop')\n{USERS}")
    past.revision("b2", "op.execute('ALTER TABLE users SET SCHEMA shop')")
    past.revision("c3", "op.add_column('users', sa.Column('age', sa.Integer), schema='shop')")
    for name in ("users", "shop.users", "public.users"):
        found = biography_of(past, name)
        assert found.lives[0].names == ("users", "shop.users")
        assert told(found)[1:] == [
            ("b2", "table shop.users", "renamed"),
            ("c3", "column shop.users.age", "added"),
        ]
    assert found.entries[1].operation is not None
    column = biography_of(past, "shop.users.mail")
    assert column.lives[0].names == ("users.mail", "shop.users.mail")


@pytest.mark.postgresql
def test_types_sequences_and_constraints_of_postgresql(postgresql_past: Past) -> None:
    past = postgresql_past
    past.revision("a1", f"sa.Enum('A', 'B', name='kind').create(op.get_bind())\n{USERS}")
    past.revision("b2", "op.execute(\"ALTER TYPE kind RENAME VALUE 'A' TO 'C'\")")
    past.revision("c3", "op.execute('ALTER TYPE kind RENAME TO sort')")
    past.revision("d4", "op.execute('ALTER TABLE users RENAME CONSTRAINT uq_mail TO one_mail')")
    past.revision("e5", "op.execute('CREATE SEQUENCE numbers')")
    assert told(biography_of(past, "kind")) == [
        ("a1", "enum public.kind", "added"),
        ("b2", "enum value public.kind.C", "renamed"),
        ("c3", "enum public.sort", "renamed"),
    ]
    assert [each[0] for each in told(biography_of(past, "uq_mail"))] == ["a1", "d4"]
    assert told(biography_of(past, "sequence numbers")) == [
        ("e5", "sequence public.numbers", "added")
    ]
    assert told(biography_of(past, "users_pkey"))[0][0] == "a1"


def test_the_bundled_schema_is_told_as_its_files_say(root: Path) -> None:
    from schema.workbench import Project

    with Project.open(root) as project:
        timeline = project.timeline(dialect="sqlite")
    lines = {
        name: [
            (entry.revision.id, entry.operation and entry.operation.line, entry.what)
            for entry in biography_of(timeline, name).entries
        ]
        for name in ("guest_requests.user_data", "users.admin_token", "metrics.metric")
    }
    assert lines == {
        "guest_requests.user_data": [
            ("a3c173dfd6f5", 18, "added (TEXT)"),
            ("487f52cc5aef", 25, "NOT NULL set"),
        ],
        "users.admin_token": [
            ("85e51f3435b4", 24, "added (VARCHAR(32), NOT NULL, default 'undefined')"),
            ("8c470c3f4331", 25, "type VARCHAR(32) → VARCHAR"),
        ],
        "metrics.metric": [
            ("48609a3f5d7a", 34, "added (VARCHAR(250), NOT NULL)"),
            ("48609a3f5d7a", 34, "columns (_id) → (metric)"),
        ],
    }
