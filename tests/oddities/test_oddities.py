"""What each revision really does, against what it says; each oddity made on purpose, and none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schema.biography.lives import lives_of
from schema.history import Revision
from schema.oddities import KINDS, oddities_of
from schema.oddities.files import other_names
from schema.oddities.promises import Broken, broken_promises
from schema.oddities.trial import try_revisions
from schema.timeline import read_timeline
from tests.biography.conftest import Past
from tests.oddities.conftest import Odd

ADD = "op.add_column('customer', sa.Column({!r}, sa.Text))"
DROP = "op.drop_column('customer', {!r})"


def test_a_history_as_it_should_be_is_not_odd(odd: Odd) -> None:
    odd.revision("b1", ADD.format("mail"), DROP.format("mail"), message="Add customer.mail")
    odd.revision("c2", "op.execute(\"UPDATE customer SET mail = ''\")", message="Fill mail")
    odd.revision(
        "d3",
        "for row in op.get_bind().execute(sa.text('SELECT id FROM customer')):\n"
        "    op.execute(f'DELETE FROM customer WHERE id = {row.id}')",
        message="Forget customers",
    )
    found = odd.found()
    assert not found, found.to_dict()
    assert found.verdict == "nothing odd about 4 revisions"


def test_all_at_once_in_one_history(odd: Odd) -> None:
    """What the report says about a history that is odd on purpose."""
    odd.revision("b1", "pass", message="Add an index")
    odd.revision("c2", ADD.format("mail"), message="Add customer.mail")
    odd.revision("d3", ADD.format("age"), "raise NotImplementedError", message="")
    odd.revision("e4", ADD.format("x"), DROP.format("x"), message="Drop customer.mail")
    odd.revision("f5", DROP.format("x"), ADD.format("x"), message="Add customer.x")
    odd.revision("a6", ADD.format("y"), DROP.format("y"), file="b1_y.py")
    assert odd.kinds() == [
        ("b1", "changes-nothing"),
        ("c2", "not-undone"),
        ("d3", "downgrade-fails"),
        ("d3", "no-message"),
        ("e4", "promises-other"),
        ("f5", "undoes-the-last"),
        ("f5", "does-the-opposite"),
        ("a6", "other-id"),
    ]
    found = odd.found()
    assert found.verdict == "8 oddities in 6 of 7 revisions"
    assert list(found.counts) == [kind for kind in KINDS if kind in found.counts]
    frame = found.frame()
    assert list(frame["revision"])[:2] == ["b1", "c2"]
    assert found.to_dict()["oddities"][0]["look"] == "b1_a_change.py, line 12: upgrade()"


# -- the way back -----------------------------------------------------------------------------


def test_what_the_way_back_leaves_and_why_it_fails(odd: Odd) -> None:
    comment = "# schema: ignore irreversible-downgrade: hashes cannot be cut\n"
    up = ADD.format("b") + "\n" + ADD.format("bb")
    odd.revision("b1", up, DROP.format("bb"))
    odd.revision("c2", ADD.format("c"), doc="\nThere is no way back. Not at all.")
    odd.revision("d3", comment + ADD.format("d"), comment + "raise RuntimeError('no')")
    odd.revision("e4", ADD.format("e"), DROP.format("e") + "\nraise RuntimeError('half way')")
    odd.revision("f5", ADD.format("f"), DROP.format("f"))
    found = odd.found()
    assert [(item.revision.id, item.kind) for item in found] == [
        ("b1", "not-undone"),
        ("c2", "not-undone"),
        ("d3", "downgrade-fails"),
        ("e4", "downgrade-fails"),
    ]
    partly, nothing, declared, half = found
    assert partly.evidence == (
        "after up and down, the schema is not what it was before:",
        "column customer.b: added (TEXT)",
    )
    assert partly.look == "b1_a_change.py, line 16: downgrade()"
    assert nothing.evidence[0] == "its downgrade ran, and left all as it was:"
    assert nothing.evidence[-1] == "its docstring says: There is no way back."
    assert declared.declared == "hashes cannot be cut"
    assert found.undeclared == (partly, nothing, half)
    assert "half way" in half.evidence[0]


# -- nothing ----------------------------------------------------------------------------------


def test_what_leaves_no_trace_changes_nothing(odd: Odd) -> None:
    odd.revision("b1", "op.execute('SELECT 1')")
    up = "op.create_table('ignored_cache', sa.Column('id', sa.Integer))"
    odd.revision("c2", up, "op.drop_table('ignored_cache')")  # env.py leaves it out
    odd.shop.revision("d3", "c2", "pass")
    odd.shop.revision("e4", "c2", "op.execute('DELETE FROM customer')")
    odd.shop.revision("f5", ("d3", "e4"), "pass")  # a merge is empty
    found = odd.found()
    assert {item.revision.id: item.evidence[0] for item in found} == {
        "b1": "its upgrade() ran 1 statement, and the catalog is the same before and after",
        "d3": "its upgrade() is empty",
    }


# -- another day ------------------------------------------------------------------------------

MOMENTS = {
    "b1": "datetime.datetime.now().isoformat()",
    "b2": "datetime.datetime.utcnow().isoformat()",
    "b3": "str(datetime.date.today())",
    "b4": "str(int(time.time()))",
    "b5": "time.strftime('%Y-%m-%d')",
}


def test_a_time_that_is_frozen_into_a_default_is_proved(odd: Odd) -> None:
    head = "import datetime, time, uuid"
    for name, moment in MOMENTS.items():
        up = f"op.add_column('customer', sa.Column({name!r}, sa.Text, server_default={moment}))"
        odd.revision(name, up, DROP.format(name), head=head)
    letters = "'k' + uuid.uuid4().hex.translate(dict.fromkeys(range(48, 58)))"
    up = f"op.add_column('customer', sa.Column('key', sa.Text, server_default={letters}))"
    odd.revision("c1", up, DROP.format("key"), head=head)
    up = "op.create_table('log', sa.Column('at', sa.DateTime, server_default=sa.func.now()))"
    odd.revision("d1", up, "op.drop_table('log')", head=head)  # the database reads it each time
    found = odd.found()
    assert [(item.revision.id, item.kind) for item in found] == [
        *((name, "another-day") for name in MOMENTS),
        ("c1", "other-each-time"),
    ]
    assert all("400 days ahead" in item.evidence[0] for item in found)
    assert all(" → '" in item.evidence[1] for item in found)
    assert found[0].evidence[1].startswith("column customer.b1: default '")


def test_a_revision_that_fails_on_another_day_is_noted_and_the_rest_tried(odd: Odd) -> None:
    up = f"assert datetime.date.today().year == {date.today().year}\n"
    odd.revision("b1", up + ADD.format("x"), head="import datetime")
    found = odd.found()
    assert [item.kind for item in found] == ["not-undone"]
    assert found.notes[0].startswith("another day could not be tried: b1 fails there")


# -- the other kind of database ---------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.usefixtures("one_server")
def test_postgresql_beside_sqlite(odd: Odd) -> None:
    """``'now'`` and ``'today'`` are turned into a time when a default is made, not when it is used:
    https://www.postgresql.org/docs/current/datatype-datetime.html"""
    guarded = "if op.get_bind().dialect.name == 'postgresql':\n    {}"
    for name, kind, default in (("b1", "DateTime", "now"), ("b2", "Date", "today")):
        column = f"sa.Column('{name}', sa.{kind}, server_default={default!r})"
        odd.revision(name, f"op.add_column('customer', {column})", DROP.format(name))
    odd.revision(
        "c1",
        guarded.format("op.create_index('ix_name', 'customer', ['name'])"),
        guarded.format("op.drop_index('ix_name')"),
    )
    odd.revision(
        "d1",
        "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True),"
        " sa.Column('u', sa.Text, unique=True), sa.Column('b', sa.Boolean),"
        " sa.Column('e', sa.Enum('A', name='kind')),"
        " sa.Column('c', sa.Integer, sa.ForeignKey('customer.id')))",
        "op.drop_table('t')\nsa.Enum(name='kind').drop(op.get_bind())",
    )
    odd.revision(
        "e1",
        "op.alter_column('t', 'b', nullable=False)",
        "op.alter_column('t', 'b', nullable=True)",
    )
    found = odd.found(both=True, dialect="postgresql")
    assert [(item.revision.id, item.kind) for item in found] == [
        ("b1", "another-day"),
        ("b2", "another-day"),
        ("c1", "dialects-differ"),
        ("e1", "dialects-differ"),
    ]
    assert "today's date stands in what it made" in found[1].evidence[0]
    assert found[2].evidence == ("only on PostgreSQL: + index customer.ix_name",)
    assert found[3].evidence[0] == "on SQLite it cannot be run:"
    assert found.dialects == ("postgresql", "sqlite")


@pytest.mark.postgresql
@pytest.mark.usefixtures("one_server")
def test_a_database_that_a_project_is_not_made_for_is_not_said_to_be_tried(odd: Odd) -> None:
    for name in ("b1", "c1"):
        odd.revision(
            name, f"op.execute('CREATE SCHEMA of_{name}')", f"op.execute('DROP SCHEMA of_{name}')"
        )
    found = odd.found(both=True, dialect="postgresql")
    assert found.dialects == ("postgresql",)
    [note] = found.notes
    assert note.startswith("2 of 3 revisions cannot be run on SQLite alone")


@pytest.mark.postgresql
@pytest.mark.usefixtures("one_server")
def test_a_name_that_postgresql_would_have_made_up_itself_is_that_name(odd: Odd) -> None:
    """``box_size_check`` is what an unnamed check of that column is called there."""
    odd.revision(
        "b1",
        "op.create_table('box', sa.Column('size', sa.Integer),"
        " sa.CheckConstraint('size > 0', name='box_size_check'))\n"
        "op.create_index('box_size_idx', 'box', ['size'])",
        "op.drop_table('box')",
    )
    odd.revision(
        "c1",
        "if op.get_bind().dialect.name == 'sqlite':\n    op.drop_index('box_size_idx')",
        "if op.get_bind().dialect.name == 'sqlite':\n"
        "    op.create_index('box_size_idx', 'box', ['size'])",
    )
    found = odd.found(both=True)
    assert [(item.revision.id, *item.evidence) for item in found] == [
        ("c1", "only on SQLite: − index box.box_size_idx")
    ]


@pytest.mark.postgresql
@pytest.mark.usefixtures("one_server")
def test_what_fails_on_both_hides_no_difference_before_it(odd: Odd) -> None:
    odd.revision(
        "b1",
        "if op.get_bind().dialect.name == 'postgresql':\n"
        "    op.create_index('ix_name', 'customer', ['name'])",
        "if op.get_bind().dialect.name == 'postgresql':\n    op.drop_index('ix_name')",
    )
    for name in ("c1", "d1"):
        odd.revision(name, "op.drop_table('never_there')")
    found = odd.found(both=True)
    assert [(item.revision.id, item.kind) for item in found] == [
        ("b1", "dialects-differ"),
        ("c1", "cannot-run"),
        ("d1", "cannot-run"),
    ]
    assert found.notes == ()


# -- messages and names -----------------------------------------------------------------------


def test_a_message_counts_where_it_surely_names_a_table_or_a_column(past: Past) -> None:
    past.revision(
        "a1",
        "op.create_table('customer', sa.Column('name', sa.Text))\n"
        "op.create_table('invoice', sa.Column('number', sa.Text),"
        " sa.Column('street_name', sa.Text))",
    )
    messages = {
        "Add customer.name": ["customer.name"],
        "Widen name column": ["name"],
        "Rework `invoice`": ["invoice"],
        "Rework invoice table": ["invoice"],
        "Let street_name be longer": ["street_name"],
        "Rework customer table": [],
        "Rework the invoice of every number": [],
        "Number of customers": [],
        "Let street_names be longer": [],
        "e.g. a customer.unknown thing": [],
        "Drop NOT NULL of customer.z9": [],
    }
    for number, message in enumerate(messages):
        past.revision(f"z{number}", ADD.format(f"z{number}"), message=message)
    found = {
        revision.message: [each.name for each in broken]
        for revision, broken in broken_promises(lives_of(past), {})
    }
    assert found == {message: names for message, names in messages.items() if names}


def test_the_opposite_of_what_is_said(past: Past) -> None:
    past.revision("a1", "op.create_table('customer', sa.Column('name', sa.Text))")
    past.revision("b2", ADD.format("mail"), message="Drop customer.mail")
    past.revision("c3", DROP.format("mail"), message="Adding mail column")
    past.revision("d4", ADD.format("mail"), message="Adds customer.mail")
    found = [broken[0] for _, broken in broken_promises(lives_of(past), {})]
    assert found == [
        Broken("customer.mail", "it says 'Drop', and makes it"),
        Broken("mail", "it says 'Adding', and drops it"),
    ]


@pytest.mark.parametrize(
    ("file", "doc", "said"),
    [
        ("0123456789ab_x.py", "", []),
        ("2024_01_02_0123-0123456789ab_x.py", "", []),
        ("ba9876543210_0123456789ab.py", "", []),
        ("any.py", "a\n\nRevision ID: 0123456789ab\nRevises: aaa, bbb\n", []),
        ("ba9876543210_x.py", "", ["its file is called ba9876543210_x.py"]),
        ("ccc_x.py", "", ["its file is called ccc_x.py"]),
        ("x.py", "a\n\nRevision ID: other", ["its docstring says Revision ID: other"]),
        ("x.py", "a\n\nRevises: zzz", ["its docstring says Revises: zzz, and it follows aaa, bbb"]),
        ("x.py", "a\n\nRevises:\n", ["its docstring says Revises: nothing"]),
    ],
)
def test_files_that_say_another_id(file: str, doc: str, said: list[str]) -> None:
    revision = Revision(
        "0123456789ab", ("aaa", "bbb"), "a", None, None, Path(file), (), (),
        is_head=False, is_base=False, is_branch_point=False, is_merge_point=False, doc=doc,
    )  # fmt: skip
    found = list(other_names(revision, {"aaa", "bbb", "ccc", "0123456789ab"}))
    assert len(found) == len(said)
    assert all(each.startswith(start) for each, start in zip(found, said, strict=True))


# -- what is known is not tried again ---------------------------------------------------------


def test_only_new_revisions_are_tried(odd: Odd) -> None:
    told: list[str] = []

    def trials() -> int:
        told.clear()
        timeline = read_timeline(odd.project, dialect="sqlite")
        try_revisions(odd.project, timeline, on_progress=lambda *each: told.append(each[2]))
        return len(told)

    odd.revision("b1", ADD.format("x"))
    assert trials() == 2
    assert trials() == 0
    odd.revision("c2", ADD.format("y"))
    assert trials() == 1
    assert oddities_of(odd.project, read_timeline(odd.project), both=False).revisions == 3


def test_what_failed_in_the_replay_is_not_run_again(odd: Odd, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for name in ("b1", "c1"):
        odd.revision(name, f"open({str(ran)!r}, 'a').write('{name} ')\nop.drop_table('no_such')")
    found = odd.found()
    assert ran.read_text() == "b1 c1 "
    assert [item.evidence[1:] for item in found if item.kind == "cannot-run"] == [
        (),
        ("it was run without b1, which failed before it",),
    ]


def test_an_empty_project_is_not_odd(odd: Odd) -> None:
    for path in odd.shop.versions.glob("*.py"):
        path.unlink()
    assert odd.found().verdict == "nothing odd about 0 revisions"
